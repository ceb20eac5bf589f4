"""The room's front door: one object per city, built once, shared by threads."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from routing import lexicon
from routing.concerns import ConcernReader, choose, shown
from routing.cues import Span
from routing.danger import DANGER_KINDS, DangerRules
from routing.directory import City, District
from routing.districts import Gazetteer
from routing.hours import is_open, next_opening
from routing.normalise import Normalised, normalise
from routing.results import FoundDanger, Line, Suggestion, Urgency
from routing.suggest import Asked, Directory
from routing.tokens import Words

LINES_SHOWN = 5
GENERAL_DANGER = "life"
_CLOSED = 3

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
        self._danger = DangerRules()
        self._concerns = ConcernReader(Words(_known_words(city)))
        self._pressing = frozenset(lexicon.load("urgency")["pressing"])

    def danger(self, text: str) -> FoundDanger | None:
        """Danger in the words, by rules alone (no tokenizer, linear time); None when there is none."""
        return self._danger.find(normalise(text))

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
        """The telephone lines for kinds of danger (none: danger of no known kind) that answer at `now`.

        Lines that surely answer come first, then those that may; within these the pack's place for the kind decides,
        between equals the more pressing kind. Closed lines stand in only when nothing else would.
        """
        wanted = [kind for kind in DANGER_KINDS if kind in kinds] or [GENERAL_DANGER]
        fits = {
            index: min((line.kinds[kind], wanted.index(kind)) for kind in wanted if kind in line.kinds)
            for index, line in enumerate(self._city.hotlines)
            if not line.kinds.keys().isdisjoint(wanted)
        }
        return self._answering(fits, now)

    def menu_lines(self, now: datetime) -> tuple[Line, ...]:
        """The general list for somebody who looks for a number before anything was said, in the pack's order."""
        return self._answering({i: (h.menu, 0) for i, h in enumerate(self._city.hotlines) if h.menu is not None}, now)

    def suggest(self, text: str, *, district: str | None, now: datetime, danger: Sequence[str] = ()) -> Suggestion:
        """Concerns with their words, urgency and agencies for a text.

        Args:
            text: what the person wrote.
            district: the city pack's district id, if known.
            now: decides which doors are open.
            danger: kinds of danger already known to press (heard earlier, or answered); they make it an emergency.
        """
        read = normalise(text)
        found = self._danger.find(read)
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

    def _answering(self, fits: Mapping[int, tuple[int, int]], now: datetime) -> tuple[Line, ...]:
        """The lines of the pack (by index, with their fit) in the order in which they are shown."""
        ordered = sorted((self._certainty(index, now), fit, index) for index, fit in fits.items())
        answering = [index for certainty, _, index in ordered if certainty < _CLOSED]
        return tuple(self._line(index, now) for index in (answering or [i for *_, i in ordered])[:LINES_SHOWN])

    def _certainty(self, index: int, now: datetime) -> int:
        """0: answers now; 1: should answer, by facts that are not sure; 2: nobody knows; `_CLOSED`: does not."""
        is_answering = self._line(index, now).open_now
        if is_answering is None:
            return 2
        is_sure = self._city.hotlines[index].checked.certainty != "uncertain"
        return _CLOSED if not is_answering else 0 if is_sure else 1

    def _line(self, index: int, now: datetime) -> Line:
        line = self._city.hotlines[index]
        is_answering = is_open(line.hours, now, self._zone, self._city.holidays)
        return Line(line.id, line.name, line.number, line.dial, line.hours.text, is_answering)


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
