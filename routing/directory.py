"""The city as data: districts, agencies, telephone lines. Read by `routing.city.parse_city`, never from a database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Scope = Literal["district", "city", "pref", "nation"]
Certainty = Literal["official", "secondary", "uncertain", "missing"]
HolidayRule = Literal["closed", "as_week", "as_sunday"]


@dataclass(frozen=True, slots=True)
class Span:
    """Open from `opens` to `closes`, in minutes after the day's midnight; past midnight `closes` exceeds 1440."""

    weekdays: frozenset[int]
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Hours:
    """Weekly hours (Monday is 0). `always` is 24 h; no span and not always means unknown hours."""

    spans: tuple[Span, ...] = ()
    always: bool = False
    on_holidays: HolidayRule = "closed"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """Where a fact comes from and how sure it is."""

    certainty: Certainty
    source: str
    verified_on: date | None = None


@dataclass(frozen=True, slots=True)
class District:
    id: str
    name: str
    kana: str
    aliases: tuple[str, ...] = ()
    towns: tuple[str, ...] = ()
    landmarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Agency:
    """A consultation agency. `types` are the agency types of the concern list; `phone` may be empty (unknown)."""

    id: str
    name: str
    types: tuple[str, ...]
    scope: Scope
    checked: Checked
    kana: str = ""
    phone: str = ""
    fax: str = ""
    address: str = ""
    url: str = ""
    serves: str = ""
    note: str = ""
    districts: tuple[str, ...] = ()
    hours: Hours = field(default_factory=Hours)


@dataclass(frozen=True, slots=True)
class Hotline:
    """A telephone line for danger.

    Attributes:
        kinds: the danger kinds it answers, each with its place among that kind's lines (1 is shown first).
        menu: its place in the general list of the menu; None leaves it out there.
    """

    id: str
    name: str
    number: str
    dial: str
    kinds: Mapping[str, int]
    checked: Checked
    hours: Hours = field(default_factory=Hours)
    menu: int | None = None


@dataclass(frozen=True, slots=True)
class City:
    """A city pack.

    Attributes:
        readers: who reads a report, as told to the person before it is sent.
        bounds: south, west, north, east in degrees.
        holidays: national holidays and the city's days around New Year.
        not_places: everyday words that only look like a place (三輪車).
    """

    id: str
    name: str
    readers: str
    timezone: str
    districts: tuple[District, ...]
    agencies: tuple[Agency, ...]
    hotlines: tuple[Hotline, ...]
    bounds: tuple[float, float, float, float]
    office_hours: Hours
    holidays: frozenset[date] = frozenset()
    not_places: tuple[str, ...] = ()

    def district(self, district_id: str | None) -> District | None:
        return next((d for d in self.districts if d.id == district_id), None)

    def agency(self, agency_id: str) -> Agency | None:
        return next((a for a in self.agencies if a.id == agency_id), None)
