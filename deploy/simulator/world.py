"""The whole state of the simulator, and how a message reaches a person."""

from collections.abc import Sequence

from deploy.simulator import ids
from deploy.simulator.bus import Bus
from deploy.simulator.clock import Clock, SystemClock
from deploy.simulator.models import Content, Device, Item, Json, Logs, Person, Quick, Road, Sender
from deploy.simulator.rates import Rates
from deploy.simulator.richmenus import RichMenus
from deploy.simulator.settings import Fault, FaultTarget, Settings
from deploy.simulator.tokens import Quota, ReplyTokens, RetryKeys

QUOTABLE = {"text", "textV2", "sticker", "image", "video", "template", "flex", "imagemap"}
"""Kinds of messages that can be quoted and therefore get a quote token."""


class World:
    """Everything in memory. `people` are the names of those who are there from the start.

    Raises:
        ValueError: when the channel secret or the access token is empty.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        secret: str,
        access_token: str,
        clock: Clock | None = None,
        people: Sequence[str] = (),
    ) -> None:
        if not secret or not access_token:
            raise ValueError("the channel secret and the access token must not be empty")
        self.secret = secret
        self.access_token = access_token
        self.clock: Clock = clock or SystemClock()
        self.bus = Bus()
        self.bot_id = ids.user_id()
        self._first_settings = settings.model_copy()
        self._first_people = tuple(people)
        self.begin(settings)

    def begin(self, settings: Settings) -> None:
        """An empty world under these settings."""
        self.settings = settings.model_copy()
        self.people: dict[str, Person] = {}
        self.message_ids = ids.MessageIds()
        self.tokens = ReplyTokens()
        self.retry_keys = RetryKeys()
        self.quota = Quota()
        self.rates = Rates()
        self.menus = RichMenus()
        self.contents: dict[str, Content] = {}
        self.read_tokens: dict[str, tuple[str, str]] = {}
        self.id_tokens: dict[str, Json] = {}
        self.faults: list[Fault] = []
        self.logs = Logs()
        for name in self._first_people:
            self.add_person(name)

    def reset(self) -> None:
        """Forget everything that happened; the settings of the start hold again."""
        self.begin(self._first_settings)
        self.bus.tell("reset")

    def now_ms(self) -> int:
        return int(self.clock.now() * 1000)

    def add_person(self, name: str, device: Device = "phone", *, walker: bool = False) -> Person:
        person = Person(ids.user_id(), name, device, "walk" if walker else "person")
        self.people[person.id] = person
        self.bus.tell("people")
        return person

    def changed(self, person: Person) -> None:
        """Wake whoever waits for this talk, and tell the page."""
        person.changed.fire()
        self.bus.tell("talk", person=person.id, last=person.last)

    def next_fault(self, target: FaultTarget) -> Fault | None:
        """The fault that meets this call, counted down."""
        for fault in self.faults:
            if fault.on in (target, "any"):
                fault.count -= 1
                if fault.count == 0:
                    self.faults.remove(fault)
                self.bus.tell("faults")
                return fault
        return None

    def put(self, person: Person, sender: Sender, message: Json, road: Road) -> Item:
        """Put one message into the talk. Whatever arrives, the quick replies that stood there vanish."""
        item = Item(
            n=person.last + 1,
            id=self.message_ids.next(),
            sender=sender,
            at=self.now_ms(),
            message=message,
            road=road,
            quote_token=ids.quote_token() if message.get("type") in QUOTABLE else "",
        )
        person.items.append(item)
        person.quick = None
        return item

    def deliver(self, person: Person | None, messages: Sequence[Json], road: Road) -> list[Json]:
        """Send the bot's messages to a person; LINE answers alike when they do not arrive (blocked, unknown)."""
        sent: list[Json] = []
        if person is None or not person.reachable:
            return [{"id": self.message_ids.next()} for _ in messages]
        for message in messages:
            item = self.put(person, "bot", message, road)
            sent.append({"id": item.id, **({"quoteToken": item.quote_token} if item.quote_token else {})})
            quick = message.get("quickReply")
            if quick and person.device == "phone":
                person.quick = Quick(item.id, [entry["action"] for entry in quick["items"]])
        person.loading_until = 0.0
        self.changed(person)
        return sent
