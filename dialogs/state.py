"""Where a person stands in a conversation. Frozen, JSON, versioned.

Everything a person answered is a list of entries (slot, value, message it came from), so that an unsend is one
filter, and a report's sources come for free.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from dialogs.effects import Effect
from dialogs.limits import DRAFT_LIFE
from dialogs.screens import Screen

VERSION = 1
"""Version of the JSON below. A change of meaning raises it and adds a lift from the version before."""

Raw = dict[str, Any]
LIFTS: Mapping[int, Callable[[Raw], Raw]] = {}
"""Version n → function to version n + 1."""

Aside = Literal["", "begin", "resume", "later", "stop", "fresh", "fix", "place"]
"""A side question over the present one: begin with these words? go on (now, or later)? stop? from the start?
correct which answer? is it this place?"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing a person told: `message` is the LINE message it came from, empty for a tap."""

    slot: str
    value: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """One person's conversation.

    Attributes:
        session: stands in every button; a button of another session is an old one.
        nonce: stands in every button; changes whenever the question does.
        script: id of the path, with `script_version` as it was when the person started.
        step: the present question; empty when nothing is started.
        page: the open page of a long list.
        aside: a side question over the present one.
        calm: the calm question after telephone numbers stands over everything else.
        calmed: kinds of danger the last calm question was about, until an ordinary act follows.
        quieted: numbers were already offered quietly in this session.
        done: steps answered.
        once: steps that need not be shown to this person again.
        entries: what the person told, oldest first.
        places: districts offered to choose from, as (id, label).
        sent: the session whose report was sent last, and `receipt` its code.
        events: acts in this session.
        touched: when the person last did something (UTC).
        restarted: the stored state could not be read; the person is told.
    """

    session: str = ""
    nonce: str = ""
    script: str = ""
    script_version: int = 0
    step: str = ""
    page: str = ""
    aside: Aside = ""
    calm: bool = False
    calmed: tuple[str, ...] = ()
    quieted: bool = False
    done: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    places: tuple[tuple[str, str], ...] = ()
    sent: str = ""
    receipt: str = ""
    events: int = 0
    touched: AwareDatetime | None = None
    restarted: bool = False

    @property
    def is_draft(self) -> bool:
        """Whether something was told or begun that is not yet submitted."""
        return bool(self.step or self.all("story"))

    def expires_at(self, now: datetime) -> datetime:
        """When the stored state may be deleted, if nothing more happens after `now`."""
        return now + DRAFT_LIFE

    def is_expired(self, now: datetime, life: timedelta = DRAFT_LIFE) -> bool:
        return self.touched is not None and self.touched + life <= now

    def get(self, slot: str) -> str:
        """The last value told for `slot`, or an empty string."""
        return next((entry.value for entry in reversed(self.entries) if entry.slot == slot), "")

    def all(self, slot: str) -> tuple[str, ...]:
        """Every value told for `slot`, oldest first, each once."""
        return tuple(dict.fromkeys(entry.value for entry in self.entries if entry.slot == slot))

    def with_entry(self, slot: str, value: str, message: str = "") -> "State":
        """One more value for `slot`."""
        return replace(self, entries=(*self.entries, Entry(slot, value, message)))

    def with_only(self, slot: str, value: str, message: str = "") -> "State":
        """The one value for `slot`."""
        return self.without(slot).with_entry(slot, value, message)

    def without(self, *slots: str) -> "State":
        return replace(self, entries=tuple(entry for entry in self.entries if entry.slot not in slots))

    def to_json(self) -> Raw:
        return {"version": VERSION, **_STATE.dump_python(self, mode="json")}

    @classmethod
    def from_json(cls, raw: Any) -> "State":
        """The state stored as `raw`; a fresh one for None, and one that says so for anything unreadable."""
        if raw is None:
            return cls()
        lifted = lift(raw)
        if lifted is None:
            return cls(restarted=True)
        try:
            return _STATE.validate_python(lifted)
        except (ValidationError, UnicodeError, RecursionError):
            return cls(restarted=True)


_STATE = TypeAdapter(State)


def start() -> State:
    """The state of a person who has not begun."""
    return State()


def lift(raw: Any, lifts: Mapping[int, Callable[[Raw], Raw]] = LIFTS, to: int = VERSION) -> Raw | None:
    """`raw` raised to version `to` by the registered functions, or None where no road leads there."""
    if not isinstance(raw, dict):
        return None
    version = raw.get("version")
    fields = {key: value for key, value in raw.items() if key != "version"}
    while version != to:
        if type(version) is not int or version not in lifts:
            return None
        fields = lifts[version](fields)
        version += 1
    return fields


@dataclass(frozen=True, slots=True)
class Step:
    """What one act led to: the new state, what to show, what to do in the record."""

    state: State
    screens: tuple[Screen, ...] = ()
    effects: tuple[Effect, ...] = ()
