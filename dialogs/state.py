"""Where a person stands in a conversation. Frozen, JSON, versioned.

Everything a person answered is a list of entries (slot, value, message it came from), so that an unsend is one
filter, and a report's sources come for free.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import AwareDatetime, TypeAdapter

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
    """One thing a person told.

    Attributes:
        message: the LINE message it came from, empty for a tap.
        private: it was written in the 安心フォーム, and is never shown in the talk.
        at: when it was written, where that decides its place (UTC).
    """

    slot: str
    value: str
    message: str = ""
    private: bool = False
    at: AwareDatetime | None = None


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
        warned: the person was told in this session that names and numbers were left out.
        tapped: a digest of the last button tapped, and `tapped_at` when that was: a double tap acts once.
        shared: the last set of photos that was answered, and `shared_at` when any photo was.
        heard_at: when the newest word or tap happened that was answered, by LINE's clock: it overtakes older ones.
        form_at: when the 安心フォーム was confirmed last, by our own clock.
        excused_at: when the person was told that something came too late. It speaks for all that was written before.
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
    warned: bool = False
    tapped: str = ""
    tapped_at: AwareDatetime | None = None
    shared: str = ""
    shared_at: AwareDatetime | None = None
    heard_at: AwareDatetime | None = None
    form_at: AwareDatetime | None = None
    excused_at: AwareDatetime | None = None

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

    def of(self, slot: str, *, private: bool) -> tuple[str, ...]:
        """Every value for `slot` from the 安心フォーム (`private`) or from the talk, oldest first, each once."""
        found = (entry.value for entry in self.entries if entry.slot == slot and entry.private == private)
        return tuple(dict.fromkeys(found))

    def is_private(self, *slots: str) -> bool:
        """Whether anything of `slots` came from the 安心フォーム."""
        return any(entry.private and entry.slot in slots for entry in self.entries)

    def with_entry(self, slot: str, value: str, message: str = "", *, private: bool = False) -> "State":
        """One more value for `slot`."""
        return replace(self, entries=(*self.entries, Entry(slot, value, message, private)))

    def with_story(self, value: str, message: str, at: datetime | None) -> "State":
        """One more message of the story, in the order in which they were written: LINE may bring an older one late."""
        later = (
            place
            for place, entry in enumerate(self.entries)
            if at and entry.slot == "story" and entry.at and entry.at > at
        )
        place = next(later, len(self.entries))
        entry = Entry("story", value, message, at=at)
        return replace(self, entries=(*self.entries[:place], entry, *self.entries[place:]))

    def with_only(self, slot: str, value: str, message: str = "", *, private: bool = False) -> "State":
        """The one value for `slot`."""
        return self.without(slot).with_entry(slot, value, message, private=private)

    def without(self, *slots: str) -> "State":
        return replace(self, entries=tuple(entry for entry in self.entries if entry.slot not in slots))

    def without_told(self, slot: str) -> "State":
        """Without what the talk told for `slot`; what was written in the 安心フォーム stays."""
        return replace(self, entries=tuple(e for e in self.entries if e.slot != slot or e.private))

    def without_private(self, slot: str) -> "State":
        """Without what the 安心フォーム told for `slot`."""
        return replace(self, entries=tuple(e for e in self.entries if e.slot != slot or not e.private))

    def to_json(self) -> Raw:
        return {"version": VERSION, **_STATE.dump_python(self, mode="json")}

    @classmethod
    def from_json(cls, raw: Any) -> "State":
        """The state stored as `raw`; a fresh one for None, and one that says so for anything unreadable."""
        if raw is None:
            return cls()
        try:
            lifted = lift(raw)
            return cls(restarted=True) if lifted is None else _STATE.validate_python(lifted)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            # A lift meets whatever was stored; a talk must not end because a version ago it was written otherwise.
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
