"""Danger, heard by rule: no tokenizer, no state, time linear in the text. Recall comes first.

DOMAIN 3.3 orders it: danger now → numbers at once. Denials, the past and figures of speech lower a finding to `quiet`
but never remove it, for a joke about dying may be none.
"""

import re

from routing import lexicon
from routing.cues import NEAR, CueBook, Found, Hits, Span
from routing.normalise import Normalised
from routing.results import DangerLevel, Evidence, FoundDanger

DANGER_KINDS = ("life", "suicide", "child", "elder", "disability", "dv", "crime", "missing", "health")
"""The kinds of danger, the most pressing first; hotlines of a city pack name them."""

_LEVELS: tuple[DangerLevel, ...] = ("now", "soon", "quiet")
# A film or a study may be about these; somebody lying on the floor beside the television is still lying there.
_TOPICAL = frozenset({"suicide", "child", "elder", "disability", "dv", "crime"})
_EVIDENCE_SHOWN = 5
_LOOK_AROUND = 30
_CLAUSE_END = re.compile(r"[。!?\n]")


class DangerRules:
    """The danger rules of the lexicon, ready for search. Immutable; threads share it."""

    def __init__(self) -> None:
        quieting = lexicon.load("danger")["quieting"]
        shared = lexicon.groups()
        self._book = CueBook(lexicon.danger_cues(), shared)
        self._figures = CueBook((("figure", 1.0, line) for line in quieting["figures"]), shared)
        self._topics = CueBook((("topic", 1.0, line) for line in quieting["topics"]), shared)
        self._denials = _pattern(quieting["denials"])
        self._past = _pattern(quieting["past"])
        self._over = _pattern(quieting["over"])

    def find(self, text: Normalised) -> FoundDanger | None:
        """What is dangerous in the text, or None; the worst level with all its kinds, most pressing first."""
        founds = list(self._book.match(_standing(text, self._book.scan(text.folded))))
        if not founds:
            return None
        levels = self._levels(text, founds)
        worst = min(levels, key=_LEVELS.index)
        shown = [found for found, level in zip(founds, levels, strict=True) if level == worst]
        kinds = {found.cue.owner.partition("/")[0] for found in shown}
        return FoundDanger(worst, tuple(kind for kind in DANGER_KINDS if kind in kinds), _evidence(text, shown))

    def _levels(self, text: Normalised, founds: list[Found]) -> list[DangerLevel]:
        figures, topics = _spans(self._figures, text), _spans(self._topics, text)
        return [self._level(text.folded, found, figures, topics) for found in founds]

    def _level(self, folded: str, found: Found, figures: list[Span], topics: list[Span]) -> DangerLevel:
        start, end = min(s for s, _ in found.spans), max(e for _, e in found.spans)
        before = _CLAUSE_END.split(folded[max(0, start - _LOOK_AROUND) : start])[-1]
        kind, _, level = found.cue.owner.partition("/")
        is_quiet = (
            any(_covers(figure, span) for figure in figures for span in found.spans)
            or (kind in _TOPICAL and any(start - NEAR <= topic[0] <= end + NEAR for topic in topics))
            or self._denials.match(folded, end, end + _LOOK_AROUND)
            or (self._past.search(before) and self._over.match(folded, end, end + _LOOK_AROUND))
        )
        return "quiet" if is_quiet or level == "quiet" else "now" if level == "now" else "soon"


def _spans(book: CueBook, text: Normalised) -> list[Span]:
    return [span for found in book.match(book.scan(text.folded)) for span in found.spans]


def _pattern(expressions: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{expression})" for expression in expressions))


def _standing(text: Normalised, hits: Hits) -> Hits:
    """The hits without pieces of longer Latin words, so that none of them stands in the way of a whole word."""
    whole = {group: [span for span in spans if text.stands_alone(*span)] for group, spans in hits.items()}
    return {group: spans for group, spans in whole.items() if spans}


def _covers(figure: Span, span: Span) -> bool:
    """A danger word that begins within a figure of speech belongs to it (木が倒れ|ている)."""
    return figure[0] <= span[0] < figure[1]


def _evidence(text: Normalised, founds: list[Found]) -> tuple[Evidence, ...]:
    spans = sorted({span for found in founds for span in found.spans})
    return tuple(text.evidence(*span) for span in spans[:_EVIDENCE_SHOWN])
