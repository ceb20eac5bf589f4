"""Concerns, read out of words: each with its score and the words that led there.

Three roads lead to a word of the lexicon: as it stands in the text, by its dictionary form (Janome: 殴られた → 殴る),
and, for people who write in kana only, by its reading. Weights of the distinct cues add up; nothing is decided by a
model that could not say why.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from routing import lexicon
from routing.cues import Cue, CueBook, Found, Hits, Span
from routing.normalise import Normalised, fold
from routing.results import Concern, Evidence
from routing.taxonomy import CONCERNS, OTHER
from routing.tokens import Token, Words

SOON = "soon"
ENOUGH = 2.0
"""Weight below which a concern is a guess and is not shown."""

_SHOWN = 5
_SHARE = 0.3
_EVIDENCE_SHOWN = 6
_HALF_WEIGHT = 3.0
_FURTHER_WORD = 0.3
_FURTHER_WORDS = 3
_SHORT = 160
_KANA_SHARE = 0.03
_READING_LENGTH = 3
_BOUND_LENGTH = 3
_KANA = re.compile(r"[ぁ-ゖー]+")
_HAN = re.compile(r"[一-龥々]")
# What follows the stem of an inflected word up to where a reader would stop.
_TAIL = re.compile(
    r"(?:(?:られ|れ|せ|させ)(?=[てたなまる]))?"
    r"(?:な(?:い|く|かった)|ません(?:でした)?|まし?た|ます|[てで](?:い?(?:る|ます|た|ない|ません|ました))?|た|だ|る|う)?"
)
_DENIED = re.compile(
    r"(?:で?困ったこと|の心配|の問題)?(?:は|も|が|とか|など|や|では|じゃ|でも|だけは)+"
    r"(?:ない|なし|なく|ねえ|ありません|無い|無し|いません)(?!か)"
)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A concern before it is shown: the sum of its cues' weights and their spans in the folded text."""

    id: str
    weight: float
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text hints at: concerns, heaviest first, and whether its words tell of days rather than weeks."""

    weighed: tuple[Weighed, ...]
    is_soon: bool


class ConcernReader:
    """The concern lexicon, ready for search. Immutable; threads share it."""

    def __init__(self, words: Words) -> None:
        self._words = words
        soon = ((SOON, 1.0, line) for line in lexicon.load("urgency")["soon"])
        self._book = CueBook([*lexicon.concern_cues(), *soon], lexicon.groups())
        readings = words.readings(word for word in self._book.words if _HAN.search(word))
        self._kana_book = self._book.add_readings({w: r for w, r in readings.items() if len(r) >= _READING_LENGTH})

    def read(self, text: Normalised, extra: Iterable[tuple[str, float, tuple[Span, ...]]] = ()) -> Reading:
        """Every concern hinted at. `extra` adds (concern, weight, spans) known by other means."""
        tokens = self._words.tokens(text.plain)
        book = self._kana_book if len(_HAN.findall(text.folded)) <= _KANA_SHARE * len(text.folded) else self._book
        hits = self._hits(book, text, tokens)
        founds = [found for found in book.match(hits) if not _is_denied(text.folded, found)]
        is_soon = any(found.cue.owner == SOON for found in founds)
        weighed = _sum([*_by_cue(text, founds), *extra])
        return Reading(tuple(replace(w, spans=_whole_words(text, tokens, w.spans)) for w in weighed), is_soon)

    def _hits(self, book: CueBook, text: Normalised, tokens: Sequence[Token]) -> Hits:
        edges = {token.start for token in tokens} | {token.end for token in tokens}
        read_to = tokens[-1].end if tokens else 0
        scanned = book.scan(text.folded)
        standing = {span for span in set(chain.from_iterable(scanned.values())) if _stands(text, span, edges, read_to)}
        hits: Hits = {}
        for group, spans in scanned.items():
            kept = [span for span in spans if span in standing]
            if kept:
                hits[group] = kept
        back = {place: i for i, place in enumerate(text.places)}
        for token in tokens:
            if token.start in back:
                span = (back[token.start], back.get(token.end - 1, back[token.start]) + 1)
                book.note_word(hits, fold(token.base), span)
        return hits


def choose(weighed: Sequence[Weighed], text: Normalised) -> list[Weighed]:
    """The concerns worth showing; empty when nothing is heavy enough or the text is about something else.

    Words of everyday business (a form, an event, a timetable) count against the concerns of a short text only: in a
    long ramble they are the wrapping.
    """
    everyday = next((w.weight for w in weighed if w.id == OTHER), 0.0)
    concerns = [w for w in weighed if w.id != OTHER and w.weight >= ENOUGH]
    if not concerns or (everyday >= concerns[0].weight and len(text.folded) <= _SHORT):
        return []
    return [w for w in concerns if w.weight >= _SHARE * concerns[0].weight][:_SHOWN]


def shown(weighed: Weighed, text: Normalised) -> Concern:
    """A concern with its score (0 to 1) and the person's own words for it."""
    score = 1 - 0.5 ** (weighed.weight / _HALF_WEIGHT)
    evidence = _evidence(text, weighed.spans)
    return Concern(weighed.id, CONCERNS[weighed.id].label, round(score, 3), evidence)


def _stands(text: Normalised, span: Span, edges: set[int], read_to: int) -> bool:
    """Short kana words must begin (and the shortest also end) where Janome sees a word.

    Otherwise 「デイ」 would be found in 「飲んでいる」.
    """
    start, end = span
    first, last = text.places[start], text.places[end - 1]
    if end - start <= _BOUND_LENGTH and last < read_to and _KANA.fullmatch(text.folded, start, end):
        return first in edges and (end - start == _BOUND_LENGTH or last + 1 in edges)
    return text.stands_alone(start, end)


def _is_denied(folded: str, found: Found) -> bool:
    """「暴力もないし」 speaks of no violence; cues of several parts say themselves what they mean."""
    return len(found.spans) == 1 and _DENIED.match(folded, found.spans[0][1]) is not None


def _by_cue(text: Normalised, founds: Sequence[Found]) -> Iterator[tuple[str, float, tuple[Span, ...]]]:
    """Each cue once; further words of the same cue add a little, repetitions of a word nothing."""
    words: dict[Cue, dict[str, tuple[Span, ...]]] = {}
    for found in founds:
        if found.cue.owner != SOON:
            word = text.folded[slice(*found.spans[0])] if len(found.spans) == 1 else ""
            words.setdefault(found.cue, {}).setdefault(word, found.spans)
    for cue, spans in words.items():
        weight = cue.weight * (1 + _FURTHER_WORD * min(len(spans) - 1, _FURTHER_WORDS))
        yield cue.owner, weight, tuple(span for group in spans.values() for span in group)


def _sum(found: Iterable[tuple[str, float, tuple[Span, ...]]]) -> tuple[Weighed, ...]:
    weights: dict[str, float] = {}
    spans: dict[str, list[Span]] = {}
    for concern, weight, where in found:
        weights[concern] = weights.get(concern, 0.0) + weight
        spans.setdefault(concern, []).extend(where)
    order = list(CONCERNS)
    weighed = [Weighed(concern, weight, tuple(spans[concern])) for concern, weight in weights.items()]
    return tuple(sorted(weighed, key=lambda w: (-w.weight, order.index(w.id))))


def _whole_words(text: Normalised, tokens: Sequence[Token], spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans widened to whole words as a reader sees them: 「たまっ」 becomes 「たまっている」."""
    starts = [token.start for token in tokens]
    return tuple(dict.fromkeys(_whole_word(text, tokens, starts, span) for span in spans))


def _whole_word(text: Normalised, tokens: Sequence[Token], starts: Sequence[int], span: Span) -> Span:
    start, end = span
    last = text.places[end - 1]
    token = tokens[bisect_right(starts, last) - 1] if tokens else None
    if token is None or token.end <= last:
        return span
    end = bisect_left(text.places, token.end)
    if text.plain[token.start : token.end] != token.base:
        tail = _TAIL.match(text.folded, end)
        end = tail.end() if tail else end
    first = tokens[max(0, bisect_right(starts, text.places[start]) - 1)]
    return bisect_left(text.places, first.start), end


def _evidence(text: Normalised, spans: Iterable[Span]) -> tuple[Evidence, ...]:
    """Overlapping words are shown as one, the same words once; the longest are kept, in the order of the text."""
    merged: list[Span] = []
    for span in sorted(set(spans)):
        if merged and span[0] < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(span[1], merged[-1][1]))
        else:
            merged.append(span)
    distinct = {text.folded[slice(*span)]: span for span in reversed(merged)}.values()
    kept = sorted(distinct, key=lambda s: (s[0] - s[1], s[0]))[:_EVIDENCE_SHOWN]
    return tuple(text.evidence(*span) for span in sorted(kept))
