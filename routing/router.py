"""The room's front door: one object per city, built once, shared by threads."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from routing import lexicon
from routing.concerns import ConcernReader, choose, shown
from routing.cues import Span
from routing.directory import City, District
from routing.districts import Gazetteer
from routing.hours import next_opening
from routing.normalise import Normalised, normalise
from routing.results import FoundDanger, Line, Suggestion, Urgency
from routing.suggest import Asked, Directory
from routing.tokens import Words
from routing.watch import DangerWatch

_KIND_CONCERNS: Mapping[str, str] = {
    "life": "welfare_check",
    "health": "welfare_check",
    "suicide": "suicide",
    "child": "child_abuse",
    "elder": "elder_abuse",
    "disability": "disability_abuse",
    "dv": "dv",
    "crime": "crime",
    "missing": "dementia",
}


class Router:
    """From words to agencies, for one city."""

    def __init__(self, city: City) -> None:
        """Read the lexicon and prepare Janome (about a second)."""
        self._city = city
        self._zone = ZoneInfo(city.timezone)
        self._gazetteer = Gazetteer(city.districts, city.not_places)
        self._directory = Directory(city)
        self._watch = DangerWatch(city)
        self._concerns = ConcernReader(Words(_known_words(city)))
        self._pressing = frozenset(lexicon.load("urgency")["pressing"])

    def danger(self, text: str) -> FoundDanger | None:
        """Danger in the words, by rules alone (no tokenizer, linear time); None when there is none."""
        return self._watch.find(text)

    def places(self, text: str) -> tuple[District, ...]:
        """The districts that the words may mean, best first; a town on a boundary gives several."""
        return self._gazetteer.places(text)

    def place_at(self, latitude: float, longitude: float, address: str) -> tuple[District, ...]:
        """The districts that a location message may mean: its address decides, within the city's bounds only."""
        return self._gazetteer.places(address) if self.inside(latitude, longitude) else ()

    def inside(self, latitude: float, longitude: float) -> bool:
        """Whether a point (degrees) lies within the city's bounding box."""
        south, west, north, east = self._city.bounds
        return south <= latitude <= north and west <= longitude <= east

    def lines(self, kinds: Sequence[str], now: datetime) -> tuple[Line, ...]:
        """The telephone lines for kinds of danger that answer at `now`; see `DangerWatch.lines`."""
        return self._watch.lines(kinds, now)

    def menu_lines(self, now: datetime) -> tuple[Line, ...]:
        """The general list of telephone lines; see `DangerWatch.menu_lines`."""
        return self._watch.menu_lines(now)

    def suggest(self, text: str, *, district: str | None, now: datetime, danger: Sequence[str] = ()) -> Suggestion:
        """Concerns with their words, urgency and agencies for a text.

        Args:
            text: what the person wrote.
            district: the city pack's district id, if known.
            now: decides which doors are open.
            danger: kinds of danger already known to press (heard earlier, or answered); they make it an emergency.
        """
        read = normalise(text)
        found = self._watch.find_in(read)
        reading = self._concerns.read(read, _from_danger(read, found, danger))
        chosen = choose(reading.weighed, read)
        is_pressing = bool(chosen) and (reading.is_soon or chosen[0].id in self._pressing)
        urgency = _urgency(found, danger, is_pressing=is_pressing)
        return Suggestion(
            urgency=urgency,
            concerns=tuple(shown(w, read) for w in chosen),
            agencies=self._directory.agencies([w.id for w in chosen], Asked(now, district, urgency)),
            abstained=not chosen,
            version=lexicon.VERSION,
        )

    def next_answer(self, now: datetime) -> datetime:
        """When staff will next read: `now` within office hours, else the next opening (UTC)."""
        return next_opening(self._city.office_hours, now, self._zone, self._city.holidays) or now


def _urgency(found: FoundDanger | None, danger: Sequence[str], *, is_pressing: bool) -> Urgency:
    if danger or (found and found.level == "now"):
        return "emergency"
    return "soon" if is_pressing or (found and found.level == "soon") else "routine"


def _known_words(city: City) -> dict[str, str]:
    """Words that Janome must not tear apart: the field's terms and the city's places."""
    known: dict[str, str] = dict(lexicon.load("words"))
    for district in city.districts:
        known[district.name] = district.kana
        known.update(dict.fromkeys((*district.aliases, *district.towns, *district.landmarks), ""))
    return known


def _from_danger(
    text: Normalised, found: FoundDanger | None, danger: Sequence[str]
) -> list[tuple[str, float, tuple[Span, ...]]]:
    """Danger weighs as a strong word of the concern it belongs to."""
    known = [(_KIND_CONCERNS[kind], lexicon.WEIGHTS["clear"], ()) for kind in danger if kind in _KIND_CONCERNS]
    if found is None or found.level == "quiet":
        return [*known]
    spans = tuple(text.locate(evidence) for evidence in found.evidence)
    return [*known, *((_KIND_CONCERNS[kind], lexicon.WEIGHTS["strong"], spans) for kind in found.kinds)]
