"""Danger in words and the numbers against it, ready in a moment: no tokenizer, no dictionary, no database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from routing.danger import DANGER_KINDS, DangerRules
from routing.directory import City
from routing.hours import is_open
from routing.normalise import Normalised, normalise
from routing.results import FoundDanger, Line

LINES_SHOWN = 5
GENERAL_DANGER = "life"
_CLOSED = 3


class DangerWatch:
    """The part of the room that must work when nothing else does. Immutable; threads share it."""

    def __init__(self, city: City) -> None:
        self._hotlines = city.hotlines
        self._holidays = city.holidays
        self._zone = ZoneInfo(city.timezone)
        self._rules = DangerRules()

    def find(self, text: str) -> FoundDanger | None:
        """Danger in the words, by rules alone (linear time); None when there is none."""
        return self.find_in(normalise(text))

    def find_in(self, read: Normalised) -> FoundDanger | None:
        """The same for a text that was read already."""
        return self._rules.find(read)

    def lines(self, kinds: Sequence[str], now: datetime) -> tuple[Line, ...]:
        """The telephone lines for kinds of danger (none: danger of no known kind) that answer at `now`.

        Lines that surely answer come first, then those that may; within these the pack's place for the kind decides,
        between equals the more pressing kind. Closed lines stand in only when nothing else would.
        """
        wanted = [kind for kind in DANGER_KINDS if kind in kinds] or [GENERAL_DANGER]
        fits = {
            index: min((line.kinds[kind], wanted.index(kind)) for kind in wanted if kind in line.kinds)
            for index, line in enumerate(self._hotlines)
            if not line.kinds.keys().isdisjoint(wanted)
        }
        return self._answering(fits, now)

    def menu_lines(self, now: datetime) -> tuple[Line, ...]:
        """The general list for somebody who looks for a number before anything was said, in the pack's order."""
        return self._answering({i: (h.menu, 0) for i, h in enumerate(self._hotlines) if h.menu is not None}, now)

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
        is_sure = self._hotlines[index].checked.certainty != "uncertain"
        return _CLOSED if not is_answering else 0 if is_sure else 1

    def _line(self, index: int, now: datetime) -> Line:
        line = self._hotlines[index]
        is_answering = is_open(line.hours, now, self._zone, self._holidays)
        return Line(line.id, line.name, line.number, line.dial, line.hours.text, is_answering)
