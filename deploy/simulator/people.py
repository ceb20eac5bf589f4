"""People act: each act changes the talk and becomes the webhook that LINE would send."""

import base64
import binascii
from collections.abc import Callable
from pathlib import Path

from deploy.simulator import ids
from deploy.simulator.acts import (
    AnyAct,
    Follow,
    Image,
    Location,
    Media,
    Outcome,
    Sticker,
    Tap,
    Text,
    Unfollow,
    Unsend,
)
from deploy.simulator.buttons import Button, available
from deploy.simulator.events_out import envelope, message_event
from deploy.simulator.limits_actions import fits_mode
from deploy.simulator.models import Content, Item, Json, Person
from deploy.simulator.webhook_out import Courier
from deploy.simulator.world import World

SAMPLE_PHOTO = Path(__file__).parent / "static" / "sample-photo.jpg"
PHONE_ONLY = {"camera", "cameraRoll", "location", "datetimepicker"}
OPENINGS = {"closeRichMenu": "closed-menu", "openRichMenu": "menu", "openKeyboard": "keyboard", "openVoice": "keyboard"}


class CannotAct(Exception):  # noqa: N818 - the talk does not allow it; told to the caller as data
    """The person cannot do this now (no such button, account blocked, nothing to take back)."""


class Acting:
    """The hands of all people."""

    def __init__(self, world: World, courier: Courier) -> None:
        self.world = world
        self.courier = courier

    def act(self, person: Person, act: AnyAct) -> Outcome:
        """Do it, and return what came of it; the webhook leaves in its own time.

        Raises:
            CannotAct: when the talk does not allow it.
        """
        if not isinstance(act, Follow) and not person.reachable:
            raise CannotAct("the account is blocked or not a friend")
        outcome = Outcome(n=person.last)
        match act:
            case Follow():
                self._follow(person, outcome)
            case Unfollow():
                person.blocked, person.quick, person.loading_until = True, None, 0.0
                self._tell(envelope(self.world, person, "unfollow", answerable=False), outcome)
            case Unsend():
                self._unsend(person, act, outcome)
            case Tap():
                self._tap(person, act, outcome)
            case _:
                self._send(person, act, outcome)
        self.world.changed(person)
        outcome.n = person.last
        return outcome

    def _tell(self, event: Json, outcome: Outcome, origin: tuple[Person, Item] | None = None) -> None:
        outcome.events.append(event["webhookEventId"])
        self.courier.submit(event, origin)

    def _follow(self, person: Person, outcome: Outcome) -> None:
        if person.reachable:
            raise CannotAct("the account is a friend already")
        unblocked = person.blocked
        person.following, person.blocked = True, False
        event = envelope(self.world, person, "follow", answerable=True, follow={"isUnblocked": unblocked})
        self._tell(event, outcome)
        self.world.bus.tell("people")

    def _unsend(self, person: Person, act: Unsend, outcome: Outcome) -> None:
        item = person.item(act.item)
        if item is None or item.sender != "person" or item.unsent or not item.webhook:
            raise CannotAct("this message cannot be taken back")
        item.unsent = True
        item.message = {"type": item.message["type"]}
        self.world.contents.pop(item.id, None)
        event = envelope(self.world, person, "unsend", answerable=False, unsend={"messageId": item.id})
        self._tell(event, outcome)

    def _say(self, person: Person, message: Json, outcome: Outcome) -> Item:
        """A message of the person stands in the talk, and the bot is told."""
        item = self.world.put(person, "person", message, "person")
        item.delivery = "waiting"
        outcome.items.append(item.id)
        self._tell(message_event(self.world, person, item), outcome, (person, item))
        return item

    def _show(self, person: Person, text: str, outcome: Outcome) -> Item:
        """A message that only the talk shows: the display text of a postback."""
        item = self.world.put(person, "person", {"type": "text", "text": text}, "person")
        item.webhook = False
        outcome.items.append(item.id)
        return item

    def _send(self, person: Person, act: Text | Sticker | Image | Media | Location, outcome: Outcome) -> None:
        match act:
            case Text():
                quote = {"quotedMessageId": act.quote} if act.quote else {}
                self._say(person, {"type": "text", "text": act.text, **quote}, outcome)
            case Sticker():
                self._say(person, sticker_message(act), outcome)
            case Location():
                self._say(person, location_message(act), outcome)
            case Image():
                self._images(person, act, outcome)
            case Media():
                self._media(person, act, outcome)

    def _images(self, person: Person, act: Image, outcome: Outcome) -> None:
        content = picture(act.data)
        set_id = ids.reply_token().upper()
        for index in range(act.count):
            message: Json = {"type": "image", "contentProvider": {"type": "line"}}
            if act.count > 1:
                message["imageSet"] = {"id": set_id, "index": index + 1, "total": act.count}
            item = self._say(person, message, outcome)
            self.world.contents[item.id] = content

    def _media(self, person: Person, act: Media, outcome: Outcome) -> None:
        types = {"video": "video/mp4", "audio": "audio/x-m4a", "file": "application/octet-stream"}
        message: Json = {"type": act.kind}
        if act.kind == "file":
            message |= {"fileName": act.name, "fileSize": act.size}
        else:
            message |= {"duration": act.duration, "contentProvider": {"type": "line"}}
        item = self._say(person, message, outcome)
        self.world.contents[item.id] = Content(types[act.kind], bytes(act.size), act.name)

    def _tap(self, person: Person, tap: Tap, outcome: Outcome) -> None:
        button = self._button(person, tap)
        kind = button.action["type"]
        if person.device == "pc" and kind in PHONE_ONLY:
            raise CannotAct(f"{kind} does not exist on a PC")
        self.taps[kind](self, person, button, tap, outcome)

    def _button(self, person: Person, tap: Tap) -> Button:
        wanted = (("source", tap.source), ("item", tap.item), ("index", tap.index), ("label", tap.label))
        asked = [(name, value) for name, value in wanted if value is not None]
        for button in available(self.world, person):
            if asked and all(getattr(button, name) == value for name, value in asked):
                return button
        raise CannotAct(f"no such button: {dict(asked)}")

    def _postback_event(
        self, person: Person, action: Json, outcome: Outcome, params: Json | None = None, shown: Item | None = None
    ) -> None:
        postback = {"data": action["data"], **({"params": params} if params else {})}
        event = envelope(self.world, person, "postback", answerable=True, postback=postback)
        self._tell(event, outcome, (person, shown) if shown else None)

    def _tap_postback(self, person: Person, button: Button, _tap: Tap, outcome: Outcome) -> None:
        action = button.action
        shown = self._show(person, action["displayText"], outcome) if action.get("displayText") else None
        self._postback_event(person, action, outcome, shown=shown)
        if action.get("text"):
            self._say(person, {"type": "text", "text": action["text"]}, outcome)
        if button.source == "quick":
            person.quick = None
        opening = OPENINGS.get(action.get("inputOption", ""))
        if opening:
            outcome.opens, outcome.value = opening, action.get("fillInText", "")  # type: ignore[assignment]

    def _tap_message(self, person: Person, button: Button, _tap: Tap, outcome: Outcome) -> None:
        self._say(person, {"type": "text", "text": button.action["text"]}, outcome)

    def _tap_uri(self, _person: Person, button: Button, _tap: Tap, outcome: Outcome) -> None:
        outcome.opens, outcome.value = "uri", button.action.get("uri") or button.action.get("linkUri", "")

    def _tap_clipboard(self, _person: Person, button: Button, _tap: Tap, outcome: Outcome) -> None:
        outcome.opens, outcome.value = "clipboard", button.action["clipboardText"]

    def _tap_moment(self, person: Person, button: Button, tap: Tap, outcome: Outcome) -> None:
        mode = button.action["mode"]
        if tap.moment is None or not fits_mode(mode, tap.moment):
            raise CannotAct(f"pick a {mode}")
        least, most = button.action.get("min", ""), button.action.get("max", "~")
        if not least.lower() <= tap.moment.lower() <= most.lower():
            raise CannotAct(f"pick a {mode} within the limits of the button")
        self._postback_event(person, button.action, outcome, {mode: tap.moment})
        if button.source == "quick":
            person.quick = None

    def _tap_location(self, person: Person, _button: Button, tap: Tap, outcome: Outcome) -> None:
        if tap.latitude is None or tap.longitude is None:
            raise CannotAct("choose a place")
        place = Location(latitude=tap.latitude, longitude=tap.longitude, title=tap.title, address=tap.address)
        self._say(person, location_message(place), outcome)

    def _tap_camera(self, person: Person, _button: Button, tap: Tap, outcome: Outcome) -> None:
        self._images(person, Image(data=tap.data), outcome)

    def _tap_switch(self, person: Person, button: Button, _tap: Tap, outcome: Outcome) -> None:
        alias = button.action["richMenuAliasId"]
        menu = self.world.menus.aliases.get(alias)
        status = "SUCCESS"
        if menu is None:
            status = "RICHMENU_ALIAS_ID_NOTFOUND"
        elif menu not in self.world.menus.menus:
            status = "RICHMENU_NOTFOUND"
        else:
            person.menu = menu
        params = {"newRichMenuAliasId": alias, "status": status}
        self._postback_event(person, button.action, outcome, params)

    taps: dict[str, Callable[["Acting", Person, Button, Tap, Outcome], None]] = {  # noqa: RUF012 - a table, never changed
        "postback": _tap_postback,
        "message": _tap_message,
        "uri": _tap_uri,
        "clipboard": _tap_clipboard,
        "datetimepicker": _tap_moment,
        "location": _tap_location,
        "camera": _tap_camera,
        "cameraRoll": _tap_camera,
        "richmenuswitch": _tap_switch,
    }


def sticker_message(act: Sticker) -> Json:
    message: Json = {
        "type": "sticker",
        "stickerId": act.sticker_id,
        "packageId": act.package_id,
        "stickerResourceType": "STATIC",
    }
    return {**message, "keywords": act.keywords} if act.keywords else message


def location_message(act: Location) -> Json:
    given = {"title": act.title, "address": act.address, "latitude": act.latitude, "longitude": act.longitude}
    return {"type": "location", **{key: value for key, value in given.items() if value is not None}}


def picture(data: str | None) -> Content:
    """The picture in these base64 letters, or the sample.

    Raises:
        CannotAct: when it is neither JPEG nor PNG.
    """
    if data is None:
        return Content("image/jpeg", SAMPLE_PHOTO.read_bytes())
    try:
        raw = base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise CannotAct("the picture is not base64") from error
    if raw.startswith(b"\xff\xd8\xff"):
        return Content("image/jpeg", raw)
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return Content("image/png", raw)
    raise CannotAct("the picture is neither JPEG nor PNG")
