"""What the conversation wants done in the record, in the same transaction as its new state."""

from dataclasses import dataclass, field
from typing import Literal

Contact = Literal["line", "phone", "none"]
YesNo = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Report:
    """What a person reported, slot by slot; everything but `story`/`signs` may be unknown.

    Attributes:
        reporter_type: id of DOMAIN group B (`neighbour`, `family`, `self`, `commissioner`, `work`, `unanswered`).
        district: the city pack's district id, or None.
        place_text: the person's own words for the place (landmark, street), as typed.
        position: latitude and longitude rounded to three decimals (about 100 m), from a location message.
        story: the person's own words, one message a paragraph.
        signs: ids of the sign list.
        observed_period: `now`, `today`, `days`, `month`, `longer`, `unknown`.
        immediate_danger: the person's answer to 「今、危ないですか」.
        danger_kinds: kinds of danger heard in the words anywhere in the talk.
        household_type: id of DOMAIN group C.
        contact: how the person may be reached; `none` is anonymous.
        phone: digits, when `contact` is `phone`.
        name: of whom it is about, as written in the 安心フォーム (group C); empty where it was not told.
        address: likewise.
        photos: ids of stored photos from the 安心フォーム.
        sources: slot name → ids of the LINE messages it came from (so that an unsend can be honoured).
    """

    reporter_type: str = "unanswered"
    district: str | None = None
    place_text: str = ""
    position: tuple[float, float] | None = None
    story: str = ""
    signs: tuple[str, ...] = ()
    observed_period: str = "unknown"
    immediate_danger: YesNo = "unknown"
    danger_kinds: tuple[str, ...] = ()
    household_type: str = "unknown"
    contact: Contact = "none"
    phone: str = ""
    name: str = ""
    address: str = ""
    photos: tuple[str, ...] = ()
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clue:
    """Something tapped that tells where help may be found: its label, and the words it stands for in a search."""

    label: str
    words: str


@dataclass(frozen=True, slots=True)
class Submit:
    """Put the report into the inbox under this receipt code.

    `clues` follow the story, one a line, in the words that agencies are looked for with (`Suggested.story`).
    """

    report: Report
    receipt: str
    script: str
    script_version: int
    clues: tuple[Clue, ...] = ()


Effect = Submit
