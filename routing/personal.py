"""Personal data in Japanese text, found by rule: telephone numbers, addresses, names, マイナンバー, e-mail addresses.

The talk stays at LINE, so what the city keeps of it shall not hold these (DESIGN, two zones). The rules look for what
people write about a neighbour; where they cannot know, a name is masked rather than kept. A district, a town, a shop
or a role (民生委員さん, 大家さん) is no personal data: staff need them to understand.

Every pattern is bounded, and every name is looked for in a window of fixed size, so the time is linear in the text.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, Literal

from routing import lexicon

Kind = Literal["phone", "address", "name", "my_number", "email"]

READ_LIMIT = 10_000
"""Code points that are read; what lies beyond is never kept from the talk."""

_ROUNDS = 6
_SEEN = "\ufffc"
"""Stands in place of what was found or masked already, so that nothing is read across it."""
_BOOK: dict[str, Any] = lexicon.load("personal")
_MASKS: dict[Kind, str] = _BOOK["masks"]


@dataclass(frozen=True, slots=True)
class Personal:
    """A piece of `text[start:end]` (code points) that tells of a person."""

    kind: Kind
    start: int
    end: int


def find(text: str, public: Collection[str] = ()) -> tuple[Personal, ...]:
    """All personal data in `text`, in their order, without overlaps. Never raises.

    `public` holds telephone numbers (digits only) that are no secret, as those of the city's own lines.
    """
    signs = list(_neutral(_fold(text[:READ_LIMIT])))
    found: list[Personal] = []
    for _ in range(_ROUNDS):
        new = list(_looked_through(signs, public))
        if not new:
            break
        found += new
    return tuple(sorted(found, key=lambda personal: personal.start))


def masked(text: str, found: Collection[Personal]) -> str:
    """`text` with a mask in place of each piece; what else it says stays. Of a name, さん and the like stay."""
    parts: list[str] = []
    at = 0
    for personal in found:
        parts += (text[at : personal.start], _MASKS[personal.kind])
        at = personal.end
    return "".join((*parts, text[at:]))


def _looked_through(signs: list[str], public: Collection[str]) -> Iterator[Personal]:
    """One look with every rule; what is found is struck out of `signs` before the next rule looks."""
    for kind, rule in _RULES:
        for start, end in list(rule("".join(signs), public)):
            if _SEEN in signs[start:end]:
                continue
            signs[start:end] = [_SEEN] * (end - start)
            yield Personal(kind, start, end)


# --- one sign for one sign -------------------------------------------------------------------------------------------


def _fold(text: str) -> str:
    """`text` with its width folded, sign by sign, so that every place is the same in both."""
    return "".join(map(_folded, text))


@lru_cache(maxsize=16_384)
def _folded(sign: str) -> str:
    folded = unicodedata.normalize("NFKC", sign)
    return folded if len(folded) == 1 else sign


def _any(words: Collection[str]) -> str:
    """A pattern for any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(set(words), key=lambda word: (-len(word), word)))


_HONORIFICS = ("さん", "さま", "様", "ちゃん", "くん", "君", "氏", "先生", "殿")
_MARKS = re.compile(
    "|".join(
        (*(re.escape(_fold(mask)) for kind, mask in _MASKS.items() if kind != "name"), f"〇〇(?={_any(_HONORIFICS)})")
    )
)


def _neutral(text: str) -> str:
    """`text` with our own masks struck out, so that masking a masked text changes nothing."""
    return _MARKS.sub(lambda mark: _SEEN * len(mark[0]), text)


# --- numbers ---------------------------------------------------------------------------------------------------------

_KANJI_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_GAP = r"[\s()\-‐‑‒–—―−ー.・~の]{0,2}"
_HYPHEN = r"[\-‐‑‒–—―−ーの]"
_NOT_COUNTED = f"(?!\\d|\\s?(?:{_any(_BOOK['counters'])}))"
_MOBILE = re.compile(rf"(?<!\d)\(?(?:(?:\+|00)81{_GAP}0?\)?{_GAP}|0{_GAP})[5789]{_GAP}0(?:{_GAP}\d){{8}}(?!{_GAP}\d)")
_LANDLINE = re.compile(rf"(?<!\d)\(?(?:(?:\+|00)81{_GAP}0?\)?{_GAP}|0{_GAP})[1-9](?:{_GAP}\d){{8}}(?!\d|{_HYPHEN}\d)")
_LOCAL = re.compile(rf"(?:{_any(_BOOK['phone_words'])})[^\d\n{_SEEN}]{{0,6}}(\d{{2,4}}{_HYPHEN}\d{{4}})(?![\d円])")
_PUBLIC_STARTS = ("0120", "0570", "0800", "0990")
"""Free and shared numbers: those of services, nobody's own (総務省 電気通信番号計画)."""
_SHAPE = re.compile(r"\d{1,12}4|1{9,13}|32{4}")
"""Lengths of the groups of a telephone number: the last of four digits, or digit by digit, or 090 12 34 56 78."""
_MY_NUMBER_DIGITS = 12
_MY_NUMBER = re.compile(r"(?<![\d\-])\d{4}[\s\-]?\d{4}[\s\-]?\d{4}(?![\d\-])")
_NAMED_NUMBER = re.compile(
    rf"(?:マイナンバー|個人番号)[^\d\n{_SEEN}]{{0,8}}(\d{{4}}[\s\-]?\d{{4}}[\s\-]?\d{{4}})(?!\d)"
)
_EMAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,4}", re.ASCII)


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def _phones(text: str, public: Collection[str]) -> Iterator[tuple[int, int]]:
    text = text.translate(_KANJI_DIGITS)
    for found in chain(_MOBILE.finditer(text), _LANDLINE.finditer(text)):
        number = re.sub(r"^(?:00)?810?", "0", _digits(found[0]))
        if not number.startswith(_PUBLIC_STARTS) and number not in public and _is_grouped(found[0]):
            yield found.span()
    for found in _LOCAL.finditer(text):
        yield found.span(1)


def _is_grouped(written: str) -> bool:
    """Whether the digits stand as in a telephone number: in one piece, one by one, or with four at the end."""
    groups = [len(group) for group in re.findall(r"\d{1,20}", written)]
    return len(groups) == 1 or _SHAPE.fullmatch("".join(map(str, groups))) is not None


def _my_numbers(text: str, _public: Collection[str]) -> Iterator[tuple[int, int]]:
    yield from (found.span(1) for found in _NAMED_NUMBER.finditer(text))
    yield from (found.span() for found in _MY_NUMBER.finditer(text) if is_my_number(_digits(found[0])))


def is_my_number(digits: str) -> bool:
    """Whether twelve digits are a マイナンバー by their check digit.

    Source: 行政手続における特定の個人を識別するための番号の利用等に関する法律の規定による通知カード及び個人番号カード
    並びに情報提供ネットワークシステムによる特定個人情報の提供等に関する省令（平成26年総務省令第85号）第5条:
    11 − (Σ Pn × Qn mod 11), or 0 where the remainder is 0 or 1; Pn is the n-th digit from the right before the check
    digit, Qn is n + 1 for n up to 6 and n − 5 from 7.
    """
    if len(digits) != _MY_NUMBER_DIGITS or not digits.isascii() or not digits.isdigit() or len(set(digits)) == 1:
        return False
    weights = (2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6)
    rest = sum(int(digit) * weight for digit, weight in zip(digits[10::-1], weights, strict=True)) % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest)


def _emails(text: str, _public: Collection[str]) -> Iterator[tuple[int, int]]:
    return (found.span() for found in _EMAIL.finditer(text)) if "@" in text else iter(())


# --- addresses -------------------------------------------------------------------------------------------------------

_N = r"[\d〇一二三四五六七八九十百]{1,5}"
_KANJI = "㐀-䶿一-鿿豈-﫿々〆ヶ𠀀-𲎯"
_VARIANT = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_ADDRESSES = tuple(
    re.compile(pattern)
    for pattern in (
        # 〇丁目〇番〇号, 2丁目3-4
        rf"(?<!\d){_N}丁目\s?の?{_N}(?:番地?|{_HYPHEN})の?(?:{_N}号?)?(?:{_HYPHEN}\d{{1,4}})?{_NOT_COUNTED}",
        rf"(?<!\d){_N}丁目\s?の?{_N}{_NOT_COUNTED}",
        # 1234番地, 1234番地の5; 3番5号
        rf"(?<!\d){_N}番地(?:の?{_N}(?:号)?{_NOT_COUNTED})?",
        rf"(?<!\d){_N}番の?{_N}号(?!室|車|棟|線)(?:の?{_N}{_NOT_COUNTED})?",
        # 三輪8-3-2: three parts right behind a place
        rf"(?<=[{_KANJI}{_VARIANT}ァ-ヴー町字])\s?(?!(?:19|20)\d\d-)\d{{1,5}}(?:{_HYPHEN}\d{{1,4}}){{2,3}}{_NOT_COUNTED}",
        # 〇〇町12-3, 布施高田1234-5
        rf"(?<=[町村区市郡字])\s?\d{{1,5}}{_HYPHEN}\d{{1,4}}{_NOT_COUNTED}",
        rf"(?<=[{_KANJI}][{_KANJI}])\d{{3,5}}-\d{{1,4}}{_NOT_COUNTED}",
        # 203号室, 3号棟502, みどり荘203
        r"(?<![\d])[\d〇一二三四五六七八九十百]{1,5}号室",
        rf"(?:{_any(_BOOK['buildings'])})\s?の?\d{{3,4}}(?:号|号室)?{_NOT_COUNTED}",
        # 〒380-0000, also without its sign
        r"〒\s?\d{3}-?\d{4}(?!\d)",
        rf"(?<![\d\-])\d{{3}}-\d{{4}}(?!-){_NOT_COUNTED}",
    )
)
_TOLD_ADDRESS = re.compile(
    rf"(?:{_any(_BOOK['address_words'])})[^\d\n{_SEEN}]{{0,12}}(\d{{1,5}}(?:{_HYPHEN}\d{{1,4}}){{1,3}}){_NOT_COUNTED}"
)
_NOT_A_PLACE = re.compile(rf"(?:{_any(_BOOK['not_places'])})[がはもの:]?\s?$")
_DATE = re.compile(r"\s?(?:(?:19|20)\d\d|\d{1,2})-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12]\d|3[01])")
_LOOK_BACK = 8


def _addresses(text: str, _public: Collection[str]) -> Iterator[tuple[int, int]]:
    yield from (found.span(1) for found in _TOLD_ADDRESS.finditer(text))
    for pattern in _ADDRESSES:
        for found in pattern.finditer(text):
            if not _NOT_A_PLACE.search(text[max(0, found.start() - _LOOK_BACK) : found.start()]):
                yield found.span()


# --- names -----------------------------------------------------------------------------------------------------------

_NOT_FOLLOWED: dict[str, list[str]] = _BOOK["not_followed"]
_HONORIFIC = re.compile(
    "|".join(f"{word}(?!{_any(_NOT_FOLLOWED[word])})" if word in _NOT_FOLLOWED else word for word in _HONORIFICS)
)
_WINDOW = 14
_WORDS = frozenset(chain.from_iterable(_BOOK["words"]))
_WITH: dict[str, list[str]] = _BOOK["with"]
_WITH_ENDS: dict[str, tuple[str, ...]] = {title: tuple(ends) for title, ends in _BOOK["with_ends"].items()}
_ENDS = tuple(_BOOK["ends"])
_NAMES = tuple(_BOOK["names"])
_STARTS = tuple(sorted(_BOOK["starts"], key=len, reverse=True))
_LONGEST_KANJI, _LONGEST_KANA, _SHORTEST = 4, 6, 2
_KANJI_RUN = re.compile(rf"[{_KANJI}{_VARIANT}](?:[ノツケ之]?[{_KANJI}{_VARIANT}]){{0,9}}$")
_FAMILY_BEFORE = re.compile(rf"(?<![{_KANJI}])[{_KANJI}{_VARIANT}]{{1,3}}[ \u3000]$")
_GIVEN = re.compile(r"(?:[ァ-ヴー]{1,4}|(?<![ぁ-ゖ])[ぁ-ゖ]{2}|(?<=[のはがともに])[ぁ-ゖ]{2})[子江代美枝恵夫男雄郎]$")
_KATAKANA_RUN = re.compile(r"(?<![ァ-ヴー])[ァ-ヴ][ァ-ヴー・]{1,11}$")
_LATIN_RUN = re.compile(r"(?<![A-Za-z])[A-Za-z]{0,1}[a-z]{2,19}$")
_HIRAGANA_RUN = re.compile(r"[ぁ-ゖー]{2,14}$")
_PARTICLES = frozenset("のはがをもにとで、")
_NO_BEGINNING = frozenset("んっゃゅょぁぃぅぇぉー")
_POINTING = ("この", "その", "あの", "どの")
_POLITE = frozenset("お御ご")
_POLITE_WORDS = ("おば", "おじ", "おかあ", "おとう", "おにい", "おねえ", "おばあ", "おじい", "おくさ", "おまわり")
_VERB_AFTER = re.compile(r"(?:だ|です|でし|じゃ|なら|な|や|か|ね|よ|の|では|と)")
_ADVERB = re.compile("と")


def _names(text: str, _public: Collection[str]) -> Iterator[tuple[int, int]]:
    for found in _HONORIFIC.finditer(text):
        start = _name_before(text, found)
        if start is not None:
            yield start, found.start()


def _name_before(text: str, honorific: re.Match[str]) -> int | None:
    """Where the name in front of さん and the like begins; None where it is no name."""
    end, title = honorific.start(), honorific[0]
    before = text[max(0, end - _WINDOW) : end]
    gap = len(before) - len(before.rstrip(" "))
    if gap > 1:
        return None
    before = before[: len(before) - gap]
    for name_in in (_kanji_name, _katakana_name, _latin_name, _hiragana_name):
        name = name_in(before, title, text[honorific.end() : honorific.end() + 3])
        if name is not None:
            return end - gap - len(name) if name else None
    return None


def _kanji_name(before: str, title: str, after: str) -> str | None:
    """The name at the end of `before`: empty for a word that is none, None where there are no kanji."""
    found = _KANJI_RUN.search(before)
    if not found:
        return None
    if given := _GIVEN.search(before):
        return given[0]
    run = found[0]
    if run.endswith(_NAMES):
        return run[-_LONGEST_KANJI:]
    name = _without_start(run.lstrip("御"))
    is_polite = before[: found.start()][-1:] in _POLITE and len(name) <= _SHORTEST
    is_verb = title == "くん" and name in _BOOK["verbs"] and _VERB_AFTER.match(after)
    if is_polite or is_verb or _is_word(name, title) or name.endswith(_ENDS):
        return ""
    family = _FAMILY_BEFORE.search(before[: found.start()])
    if family and len(name) == len(run) and not _is_word(family[0].strip(), title):
        return family[0] + name
    return name[-_LONGEST_KANJI:]


def _without_start(run: str) -> str:
    """The kanji of the name where a role or a time stands right before it (民生委員田中さん)."""
    start = next((word for word in _STARTS if run.startswith(word)), "")
    return run[len(start) :] if len(run) - len(start) >= _SHORTEST else run


def _is_word(name: str, title: str) -> bool:
    return name in _WORDS or name in _WITH.get(title, ()) or name.endswith(_WITH_ENDS.get(title, ()))


def _katakana_name(before: str, title: str, _after: str) -> str | None:
    found = _KATAKANA_RUN.search(before)
    if not found:
        return None
    return "" if _is_word(found[0], title) or any(found[0].endswith(word) for word in _KATAKANA_WORDS) else found[0]


_KATAKANA_WORDS = tuple(word for word in _WORDS if len(word) > _SHORTEST and _KATAKANA_RUN.fullmatch(word))


def _latin_name(before: str, _title: str, _after: str) -> str | None:
    """A name in Latin letters; capitals alone are an organisation (JAさん) or stand for somebody (Aさん)."""
    found = _LATIN_RUN.search(before)
    return found[0] if found else None


def _hiragana_name(before: str, title: str, after: str) -> str | None:
    found = _HIRAGANA_RUN.search(before)
    if not found:
        return None
    run, joined = found[0], before[: found.start()][-1:]
    is_joined = bool(joined) and joined not in " 、。「『（(\n\u3000!?！？・"
    name, is_split = _after_particle(run, is_joined=is_joined)
    is_adverb = title == "ちゃん" and _ADVERB.match(after)
    is_verb = title == "くん" and _VERB_AFTER.match(after)
    if (is_joined and not is_split) or is_adverb or is_verb or not _can_begin(name) or _is_word(name, title):
        return ""
    if name.endswith(_POLITE_WORDS) or (name[0] in _POLITE and _is_word(name[1:], title)):
        return ""
    return name[-_LONGEST_KANA:]


def _after_particle(run: str, *, is_joined: bool) -> tuple[str, bool]:
    """What follows the last particle that leaves a name behind it; one inside a name is not always told apart."""
    for at in range(len(run) - 3, -1, -1):
        is_particle = run[at] in _PARTICLES and (
            at >= _SHORTEST or (at == 0 and is_joined) or run.startswith(_POINTING)
        )
        if is_particle and _can_begin(run[at + 1 :]):
            return run[at + 1 :], True
    return run, False


def _can_begin(name: str) -> bool:
    return len(name) >= _SHORTEST and name[0] not in _NO_BEGINNING


_RULES: tuple[tuple[Kind, Callable[[str, Collection[str]], Iterator[tuple[int, int]]]], ...] = (
    ("email", _emails),
    ("phone", _phones),
    ("my_number", _my_numbers),
    ("address", _addresses),
    ("name", _names),
)
"""In this order: a telephone number is not read as an address."""
