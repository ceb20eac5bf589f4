"""Two readings of a text, each tied to the original by offsets.

`plain` is what the tokenizer reads: NFKC, controls and invisible signs gone, long runs cut short.
`folded` is what rules and words are compared with: `plain` in hiragana and lower case, without spaces, so that
「ﾀﾍﾞﾓﾉ」, 「たべもの」 and 「た べ も の」 are one word. A place in either leads back to the original (code points), so
evidence can always be shown in the person's own writing.
"""

import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from routing.results import Evidence

READ_LIMIT = 10_000
"""Code points that are read; LINE sends at most 5,000 UTF-16 units, the secure form somewhat more."""

_RUN = 3
# A pile of combining marks is decoration; the first few carry all that a real letter needs.
_CLUSTER_READ = 4
_LATIN_END = 0x0250
_VOICED = frozenset("\u3099\u309a\uff9e\uff9f")
_BREAKS = frozenset("\t\r\x0b\x0c\u2028\u2029")
_DROPPED = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"))
_WAVES = str.maketrans(dict.fromkeys("~〜∼―─－", "ー"))
_OLD_FORMS = str.maketrans("髙﨑濵濱澤邊邉齋齊廣櫻靜瀧嶋", "高崎浜浜沢辺辺斎斉広桜静滝島")
_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
_SMALL_VOWELS = str.maketrans("ぁぃぅぇぉゎゕゖ", "あいうえおわかけ")


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text in its three forms.

    Attributes:
        original: what was typed, untouched.
        plain: for the tokenizer.
        starts: per sign of `plain`, where its signs begin in `original`.
        ends: per sign of `plain`, where they end in `original`.
        folded: for comparing.
        places: per sign of `folded`, its place in `plain`.
    """

    original: str
    plain: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    folded: str
    places: tuple[int, ...]

    def stands_alone(self, start: int, end: int) -> bool:
        """False where `folded[start:end]` is a piece of a longer Latin word (“die” in “soldier”)."""
        first, last = self.places[start], self.places[end - 1]
        begins, stops = _is_latin(self.plain[first]), _is_latin(self.plain[last])
        if not (begins or stops):
            return True
        before, after = self.plain[first - 1 : first], self.plain[last + 1 : last + 2]
        return not ((begins and _is_latin(before)) or (stops and _is_latin(after)))

    def evidence(self, start: int, end: int) -> Evidence:
        """The original words behind `folded[start:end]`; the span must not be empty."""
        first, last = self.starts[self.places[start]], self.ends[self.places[end - 1]]
        return Evidence(self.original[first:last], first, last)

    def locate(self, evidence: Evidence) -> tuple[int, int]:
        """The span of `folded` behind an evidence of this text."""
        begins = [self.starts[place] for place in self.places]
        return bisect_left(begins, evidence.start), bisect_left(begins, evidence.end)


def normalise(text: str) -> Normalised:
    """Read at most `READ_LIMIT` signs of `text`; linear in its length, never raises."""
    plain: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text[:READ_LIMIT]):
        for sign in _signs(text[start : min(end, start + _CLUSTER_READ)]):
            if plain[-1:] == [sign] and _is_spun_out(plain, sign):
                ends[-1] = end
                continue
            plain.append(sign)
            starts.append(start)
            ends.append(end)
    folded, places = _fold_signs(plain)
    return Normalised(text, "".join(plain), tuple(starts), tuple(ends), folded, places)


@lru_cache(maxsize=16_384)
def fold(words: str) -> str:
    """The comparable form of a word of ours, the same as `normalise(words).folded`."""
    return normalise(words).folded


def _clusters(text: str) -> list[tuple[int, int]]:
    """Bounds of each sign with the marks that belong to it, as half-width kana write their voicing apart."""
    bounds = [i for i, sign in enumerate(text) if i == 0 or not (sign in _VOICED or unicodedata.combining(sign))]
    return list(pairwise([*bounds, len(text)]))


@lru_cache(maxsize=16_384)
def _signs(cluster: str) -> tuple[str, ...]:
    visible = unicodedata.normalize("NFKC", cluster)
    return tuple(" " if sign in _BREAKS else sign for sign in visible if _is_read(sign))


def _is_latin(sign: str) -> bool:
    return sign.isalpha() and ord(sign) < _LATIN_END


def _is_read(sign: str) -> bool:
    return sign in _BREAKS or sign == "\n" or unicodedata.category(sign) not in _DROPPED


def _is_spun_out(plain: list[str], sign: str) -> bool:
    """A fourth equal sign in a row adds nothing (「ーーーー」), nor a second space; digits are amounts and stay."""
    return sign.isspace() or (not sign.isdigit() and plain[-_RUN:] == [sign] * _RUN)


def _fold_signs(plain: list[str]) -> tuple[str, tuple[int, ...]]:
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(plain):
        folded = _fold_sign(sign)
        if sign == " " or (folded == "ー" and _drawls(plain, place)):
            continue
        signs.append(folded)
        places.append(place)
    return "".join(signs), tuple(places)


@lru_cache(maxsize=16_384)
def _fold_sign(sign: str) -> str:
    # Lower case may be two signs long (İ); one is enough to compare.
    return sign.translate(_WAVES).translate(_OLD_FORMS).translate(_HIRAGANA).translate(_SMALL_VOWELS).lower()[0]


def _drawls(plain: list[str], place: int) -> bool:
    """A long mark after hiragana or another long mark is only a drawl (しにたーい); in katakana it spells (ローン)."""
    return place == 0 or "ぁ" <= plain[place - 1] <= "ゖ" or _fold_sign(plain[place - 1]) == "ー"
