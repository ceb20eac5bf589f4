"""What the control API shows; the typed client reads the same models."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from deploy.simulator.buttons import Source, available, label_of
from deploy.simulator.models import ApiCall, Delivery, Device, Item, Person, Road, WebhookCall
from deploy.simulator.world import World


class PersonView(BaseModel):
    """One person; `last` is the number of messages in the talk."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    device: Device
    group: Literal["person", "walk"]
    following: bool
    blocked: bool
    last: int


class ItemView(BaseModel):
    """One message of a talk; see `models.Item`."""

    model_config = ConfigDict(from_attributes=True)

    n: int
    id: str
    sender: Literal["person", "bot"]
    at: int
    message: dict[str, Any]
    road: Road
    delivery: Delivery
    read: bool
    unsent: bool
    webhook: bool

    @property
    def text(self) -> str:
        """The words of the message: its text, or the texts inside a template or Flex container."""
        return words(self.message)


class ButtonView(BaseModel):
    source: Source
    item: str
    index: int
    label: str
    action: dict[str, Any]


class MenuView(BaseModel):
    id: str
    chat_bar_text: str
    selected: bool
    width: int
    height: int
    picture: bool
    areas: list[dict[str, Any]]


class TalkView(BaseModel):
    """A talk as its owner sees it.

    Attributes:
        last: the newest place in the talk; ask again with `after=last`.
        quick_replies: the labels that stand above the keyboard now.
        buttons: everything that can be tapped, nearest first.
        loading: seconds for which the loading animation still shows; 0 is none.
    """

    person: PersonView
    items: list[ItemView]
    last: int
    quick_replies: list[str]
    buttons: list[ButtonView]
    loading: float
    menu: MenuView | None = None

    def texts(self, sender: Literal["bot", "person"] = "bot") -> list[str]:
        return [item.text for item in self.items if item.sender == sender]


class WebhookView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    at: int
    attempt: int
    events: list[dict[str, Any]]
    outcome: str
    status: int
    milliseconds: int
    detail: str


class ApiCallView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    at: int
    name: str
    method: str
    path: str
    request_id: str
    status: int
    request: Any = None
    response: Any = None
    retry_key: str = ""
    fault: str = ""
    milliseconds: int = 0


class WalkView(BaseModel):
    """One example on its way."""

    id: str
    person: str = ""
    state: Literal["waiting", "walking", "done", "failed"] = "waiting"
    turns: int = 0
    captured: str = ""
    reason: str = ""


class RunView(BaseModel):
    """A run over many examples."""

    id: str
    running: bool
    total: int
    done: int
    failed: int
    walks: list[WalkView] = Field(default_factory=list)


def words(node: Any) -> str:
    """All texts of a message in their order, one a line; labels of buttons are not words of the message."""
    return "\n".join(_words(node))


def _words(node: Any) -> list[str]:
    found: list[str] = []
    if isinstance(node, list):
        for member in node:
            found += _words(member)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in ("text", "title") and isinstance(value, str):
                found.append(value)
            elif key not in ("action", "actions", "defaultAction", "quickReply"):
                found += _words(value)
    return found


def person_view(person: Person) -> PersonView:
    return PersonView.model_validate(person)


def item_view(item: Item) -> ItemView:
    return ItemView.model_validate(item)


def webhook_view(call: WebhookCall) -> WebhookView:
    return WebhookView.model_validate(call)


def api_view(call: ApiCall) -> ApiCallView:
    return ApiCallView.model_validate(call)


def menu_view(world: World, person: Person) -> MenuView | None:
    menu = world.menus.shown_to(person)
    if menu is None:
        return None
    size = menu.body["size"]
    return MenuView(
        id=menu.id,
        chat_bar_text=menu.body["chatBarText"],
        selected=menu.body["selected"],
        width=size["width"],
        height=size["height"],
        picture=menu.picture is not None,
        areas=[{**area["bounds"], "label": label_of(area["action"])} for area in menu.body["areas"]],
    )


def talk_view(world: World, person: Person, after: int = 0) -> TalkView:
    buttons = [
        ButtonView(source=one.source, item=one.item, index=one.index, label=one.label, action=one.action)
        for one in available(world, person)
    ]
    return TalkView(
        person=person_view(person),
        items=[item_view(item) for item in person.items if item.n > after],
        last=person.last,
        quick_replies=[one.label for one in buttons if one.source == "quick"],
        buttons=buttons,
        loading=max(0.0, person.loading_until - world.clock.now()),
        menu=menu_view(world, person),
    )
