"""What reaches the conversation: one act of a person, and what was understood in it.

The engine is pure, so everything it may know stands in the event: the act itself, what the routing
room heard in the words (places, danger), and the facts of the city at this hour.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

TalkText = Literal["off", "short", "full"]
DangerLevel = Literal["now", "soon", "quiet"]
Timing = Literal["present", "overtaken", "late"]
"""Whether an act still speaks to the question that stands: `overtaken` by what the person did after it, or brought to
us much too `late`. Neither is an answer (`dialogs.late`)."""


@dataclass(frozen=True, slots=True)
class HelpLine:
    """A telephone line as shown to a person: `dial` is digits and # only, `note` is when it answers."""

    name: str
    number: str
    dial: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Danger:
    """Danger heard in the words. `quiet` is a figure of speech: numbers are offered, the talk goes on."""

    level: DangerLevel
    kinds: tuple[str, ...]
    lines: tuple[HelpLine, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A district that the words may mean: `id` is the city pack's, `names` what else it is called (kana, aliases)."""

    id: str
    label: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """What was understood in an act.

    Attributes:
        danger: danger in the words as they were written.
        places: districts that the words may mean.
        outside: the position on the map lies outside the city.
        personal: kinds of personal data in the words (`routing.personal.Kind`: `phone`, `name` and so on), each once.
        masked: the words with that data masked; empty where there is none.
    """

    danger: Danger | None = None
    places: tuple[Place, ...] = ()
    outside: bool = False
    personal: tuple[str, ...] = ()
    masked: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of the city at this moment.

    `danger_lines` are the lines for danger of no known kind; `lines_by_kind` those for a kind that a person
    tapped rather than wrote (a kind that is not in it gets `danger_lines`). `menu_lines` are those of the menu's
    緊急の電話; empty stands for `danger_lines`. `has_form`: the 安心フォーム can be offered.
    """

    city: str
    readers: str
    answer_time: str
    receipt: str
    danger_lines: tuple[HelpLine, ...]
    talk_text: TalkText = "short"
    lines_by_kind: Mapping[str, tuple[HelpLine, ...]] = field(default_factory=dict)
    menu_lines: tuple[HelpLine, ...] = ()
    has_form: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    text: str
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Tapped:
    """A button: `data` is what the engine itself wrote into a `Choice` (or what somebody forged)."""

    data: str


@dataclass(frozen=True, slots=True)
class Located:
    latitude: float
    longitude: float
    label: str
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Followed:
    unblocked: bool = False


@dataclass(frozen=True, slots=True)
class Unsent:
    message_id: str


@dataclass(frozen=True, slots=True)
class SentOther:
    """A sticker, photo, sound, file, or something LINE invented after we were written.

    `group` is LINE's id of the set of photos that were sent together; empty for a single one.
    """

    kind: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class FormDone:
    """The 安心フォーム was confirmed. Nothing of it is ever said in the talk; an empty field was not filled in.

    Attributes:
        story: what was noticed, in the person's own words.
        name: of whom it is about.
        address: as written.
        landmark: the place in words.
        contact: `line`, `phone`, `none`, or empty.
        phone: digits, where `contact` is `phone`.
        photos: ids of stored photos.
    """

    story: str = ""
    name: str = ""
    address: str = ""
    landmark: str = ""
    contact: str = ""
    phone: str = ""
    photos: tuple[str, ...] = ()


Act = Said | Tapped | Located | Followed | Unsent | SentOther | FormDone


@dataclass(frozen=True, slots=True)
class Event:
    """One act. `key` is unique per event and seeds session ids and nonces, so a repeat gives the same result.

    `at` is when it happened (UTC), where that is known: LINE brings events late and in any order. `timing` is what
    follows from that.
    """

    key: str
    act: Act
    facts: Facts
    heard: Heard = field(default_factory=Heard)
    at: datetime | None = None
    timing: Timing = "present"
