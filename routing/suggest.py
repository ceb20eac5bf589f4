"""From concerns to agencies: by kind of agency, district, scope and hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from routing.directory import Agency, City, Scope
from routing.hours import is_open
from routing.results import SuggestedAgency, Urgency
from routing.taxonomy import CONCERNS, OTHER

AGENCIES_SHOWN = 6
_PER_CONCERN = 3
_SCOPES: tuple[Scope, ...] = ("district", "city", "pref", "nation")
_FIRST_AID = frozenset({"消防119", "警察110"})


@dataclass(frozen=True, slots=True)
class Asked:
    """When and where from the directory is asked (`district` None: unknown), and how urgent it is."""

    now: datetime
    district: str | None
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class _Answer:
    """An agency that answers a concern; `place` is the rank of its kind in the concern's own order."""

    agency: Agency
    place: int
    is_first_aid: bool


class Directory:
    """The agencies of a city, ordered by what they answer. Immutable; threads share it."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._zone = ZoneInfo(city.timezone)
        self._answers: Mapping[str, list[_Answer]] = {concern: _answers(city, concern) for concern in CONCERNS}

    def agencies(self, concerns: Sequence[str], asked: Asked) -> tuple[SuggestedAgency, ...]:
        """Agencies for the concerns, best first; for none, whoever takes what nobody else takes (`other`).

        119 and 110 lead in an emergency, close the list when it is a matter of days, and are left out otherwise:
        they are no consultation desk.
        """
        ranked: dict[str, tuple[Agency, list[str]]] = {}
        for concern in concerns or (OTHER,):
            here = [answer for answer in self._answers[concern] if _fits(answer, asked)]
            for answer in sorted(here, key=lambda answer: self._rank(answer, asked))[:_PER_CONCERN]:
                ranked.setdefault(answer.agency.id, (answer.agency, []))[1].append(concern)
        listed = list(ranked.values())
        if asked.urgency != "emergency":
            listed.sort(key=lambda suggested: not _FIRST_AID.isdisjoint(suggested[0].types))
        return tuple(self._suggested(agency, named, asked) for agency, named in listed[:AGENCIES_SHOWN])

    def _rank(self, answer: _Answer, asked: Asked) -> tuple[int, int, int, int]:
        """Near before far, open before closed, the concern's own order last; 119 and 110 as the urgency asks."""
        lead = (0 if asked.urgency == "emergency" else 2) if answer.is_first_aid else 1
        closed = 0 if self._open(answer.agency, asked.now) else 1
        return lead, _SCOPES.index(answer.agency.scope), closed, answer.place

    def _open(self, agency: Agency, now: datetime) -> bool | None:
        return is_open(agency.hours, now, self._zone, self._city.holidays)

    def _suggested(self, agency: Agency, concerns: Sequence[str], asked: Asked) -> SuggestedAgency:
        return SuggestedAgency(
            id=agency.id,
            name=agency.name,
            phone=agency.phone,
            hours_text=agency.hours.text,
            open_now=self._open(agency, asked.now),
            concerns=tuple(concerns),
        )


def _fits(answer: _Answer, asked: Asked) -> bool:
    is_here = not answer.agency.districts or asked.district in answer.agency.districts
    return is_here and not (answer.is_first_aid and asked.urgency == "routine")


def _answers(city: City, concern: str) -> list[_Answer]:
    types = CONCERNS[concern].agency_types
    answers = []
    for agency in city.agencies:
        places = [types.index(kind) for kind in agency.types if kind in types]
        if places:
            answers.append(_Answer(agency, min(places), types[min(places)] in _FIRST_AID))
    return answers
