"""What routing answers with. Everything is explained: each concern carries the words that led to it."""

from dataclasses import dataclass
from typing import Literal

Urgency = Literal["emergency", "soon", "routine"]
DangerLevel = Literal["now", "soon", "quiet"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of the original text: `text == original[start:end]` (code points)."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FoundDanger:
    """Danger found by rule, without a tokenizer. `quiet` marks a figure of speech, a denial or the past."""

    level: DangerLevel
    kinds: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Concern:
    """A concern of the concern list; `score` is between 0 and 1."""

    id: str
    label: str
    score: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class SuggestedAgency:
    """An agency, the concerns it is suggested for, and whether it is open (None: hours unknown)."""

    id: str
    name: str
    phone: str
    hours_text: str
    open_now: bool | None
    concerns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A telephone line as shown at a moment; `open_now` is None where its hours are unknown."""

    id: str
    name: str
    number: str
    dial: str
    hours_text: str
    open_now: bool | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`version` names the rules and lexicon that answered, for the suggestion log."""

    urgency: Urgency
    concerns: tuple[Concern, ...]
    agencies: tuple[SuggestedAgency, ...]
    abstained: bool
    version: str
