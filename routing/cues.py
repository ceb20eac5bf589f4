"""The cue language of the lexicon, and the search for many cues in one pass.

A cue is written as a city officer would note it:

    認知症                     the words occur
    新聞|郵便 + たまる|溜まった    one of each, within `NEAR` signs of each other, in any order
    返事 … ない|ません           the second follows the first within `CLOSE` signs
    返事{が,も,}ない             short for 返事がない|返事もない|返事ない
    @elder + 一人              `@elder` is a shared group of words
    手をあげて ! 介護           the second does not stand within `NEAR` signs of the first

`|` binds closest: a join (`+`, `…`, `!`) takes every alternative on either side of it. Words that speak for themselves
therefore stand on a line of their own; a join without spaces around it is refused, for it looks as if it bound closer.

The search costs one look into a dictionary per sign, so its time is linear for any text.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import add

from routing.normalise import fold

NEAR = 40
CLOSE = 12
_HITS_KEPT = 40
_BRACES = re.compile(r"\{([^{}]*)\}")
_SYNTAX = frozenset('{}"@+…!')
_JOINS = re.compile(r"\s+([+…!])\s+")

Span = tuple[int, int]
Hits = dict[int, list[Span]]
_Index = dict[str, list[tuple[str, tuple[int, ...]]]]


@dataclass(frozen=True, slots=True)
class Cue:
    """One line of the lexicon: word groups that stand near the first (or, `follows[i]`, close after part i-1).

    None of the groups in `absent` may stand near the first.
    """

    owner: str
    weight: float
    parts: tuple[int, ...]
    follows: tuple[bool, ...]
    absent: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    cue: Cue
    spans: tuple[Span, ...]


class CueBook:
    """Cues made ready for search. Immutable after construction, so threads may share it."""

    def __init__(self, cues: Iterable[tuple[str, float, str]], groups: Mapping[str, Sequence[str]]) -> None:
        """Take (owner, weight, cue) lines; raises ValueError for an unknown group or an empty word."""
        self._shared = groups
        self._group_ids: dict[frozenset[str], int] = {}
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self._by_first: dict[int, list[Cue]] = defaultdict(list)
        for owner, weight, line in cues:
            cue = self._parse(owner, weight, line)
            self._by_first[cue.parts[0]].append(cue)
        self._index, self._signs = _index(self._by_word)

    @property
    def words(self) -> Iterable[str]:
        """All words, folded."""
        return self._by_word.keys()

    def add_readings(self, readings: Mapping[str, str]) -> "CueBook":
        """A book that also knows its words by their readings, for people who write in kana only."""
        other = object.__new__(CueBook)
        other._shared, other._group_ids, other._by_first = self._shared, self._group_ids, self._by_first
        other._by_word = {word: list(ids) for word, ids in self._by_word.items()}
        for word, reading in readings.items():
            known = other._by_word.setdefault(reading, [])
            known.extend(i for i in self._by_word[word] if i not in known)
        other._index, other._signs = _index(other._by_word)
        return other

    def scan(self, folded: str) -> Hits:
        """Where the words of each group occur in a folded text."""
        hits: Hits = {}
        index = self._index
        for start, pair in enumerate(map(add, folded, folded[1:])):
            if pair in index:
                for word, groups in index[pair]:
                    if folded.startswith(word, start):
                        self._note(hits, groups, (start, start + len(word)))
        for sign in self._signs.keys() & set(folded):
            for start in _finds(folded, sign):
                self._note(hits, self._signs[sign], (start, start + 1))
        return hits

    def note_word(self, hits: Hits, word: str, span: Span) -> None:
        """Add a hit of `word` (folded), found by another road such as its dictionary form."""
        groups = self._by_word.get(word)
        if groups is not None:
            self._note(hits, groups, span)

    def match(self, hits: Hits) -> Iterator[Found]:
        """Every place where all parts of a cue were hit in the required nearness."""
        for group in hits:
            for cue in self._by_first.get(group, ()):
                if all(part in hits for part in cue.parts):
                    yield from _completed(cue, hits)

    def _note(self, hits: Hits, groups: Sequence[int], span: Span) -> None:
        for group in groups:
            known = hits.setdefault(group, [])
            if len(known) < _HITS_KEPT and span not in known[-2:]:
                known.append(span)

    def _parse(self, owner: str, weight: float, line: str) -> Cue:
        pieces = _JOINS.split(line.strip())
        joined = [
            (join, self._group(piece, line)) for join, piece in zip(["+", *pieces[1::2]], pieces[::2], strict=True)
        ]
        present = [(join, group) for join, group in joined if join != "!"]
        absent = tuple(group for join, group in joined if join == "!")
        return Cue(owner, weight, tuple(g for _, g in present), tuple(join == "…" for join, _ in present), absent)

    def _group(self, piece: str, line: str) -> int:
        words = frozenset(self._words(piece, line))
        if words not in self._group_ids:
            self._group_ids[words] = len(self._group_ids)
            for word in words:
                self._by_word[word].append(self._group_ids[words])
        return self._group_ids[words]

    def _words(self, piece: str, line: str) -> Iterator[str]:
        for alternative in piece.split("|"):
            name = alternative.strip()
            if name.startswith("@"):
                if name[1:] not in self._shared:
                    raise ValueError(f"unknown group {name} in cue {line!r}")
                for word in self._shared[name[1:]]:
                    yield from self._words(word, line)
                continue
            for word in _expand(name):
                if not fold(word) or set(word) & _SYNTAX:
                    raise ValueError(f"empty word or stray sign in cue {line!r}")
                yield fold(word)


def _expand(word: str) -> list[str]:
    """All the words that `a{b,c}d` stands for; braces may stand in braces."""
    innermost = _BRACES.search(word)
    if innermost is None:
        return [word]
    head, tail = word[: innermost.start()], word[innermost.end() :]
    return [full for choice in innermost[1].split(",") for full in _expand(f"{head}{choice}{tail}")]


def _index(by_word: Mapping[str, list[int]]) -> tuple[_Index, dict[str, tuple[int, ...]]]:
    """Words by their first two signs, and the words of one sign apart."""
    index: _Index = {}
    for word, groups in by_word.items():
        if len(word) > 1:
            index.setdefault(word[:2], []).append((word, tuple(groups)))
    return index, {word: tuple(groups) for word, groups in by_word.items() if len(word) == 1}


def _finds(text: str, sign: str) -> Iterator[int]:
    """Where a sign stands; no more places than are kept of any word."""
    start = text.find(sign)
    for _ in range(_HITS_KEPT):
        if start < 0:
            return
        yield start
        start = text.find(sign, start + 1)


def _completed(cue: Cue, hits: Hits) -> Iterator[Found]:
    for first in hits[cue.parts[0]]:
        if any(group in hits and _near(first, hits[group]) for group in cue.absent):
            continue
        spans = [first]
        for part, follows in zip(cue.parts[1:], cue.follows[1:], strict=True):
            fitting = _after(spans[-1], hits[part]) if follows else _near(first, hits[part])
            if fitting is None:
                break
            spans.append(fitting)
        else:
            yield Found(cue, tuple(spans))


def _after(span: Span, others: Sequence[Span]) -> Span | None:
    return next((other for other in others if 0 <= other[0] - span[1] <= CLOSE), None)


def _near(span: Span, others: Sequence[Span]) -> Span | None:
    return next((o for o in others if 0 <= o[0] - span[1] <= NEAR or 0 <= span[0] - o[1] <= NEAR), None)
