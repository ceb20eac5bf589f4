"""What people mean when they type: numbers of the list, labels, yes and no, telephone numbers.

Words are compared whole, so that 「戻ってこない」 is not taken for 「もどる」. Only where a question says so are they
searched for, and then an answer is understood only if it can mean nothing else.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

# An answer is short; a long text is never one, and is not worth folding.
_LONGEST_ANSWER = 60
_JAPANESE = ("CJK", "HIRAGANA", "KATAKANA", "HALFWIDTH KATAKANA", "IDEOGRAPHIC", "FULLWIDTH LATIN")
_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
_NUMBER = re.compile(r"(\d{1,2})(?:番目?|ばん)?")
_NUMERAL = re.compile(r"[\d一二三四五六七八九十数]")
_MONTHS = re.compile(r"(?<=[\d一二三四五六七八九十何数])[ゕゖけ箇ヶ]月")
_PARTS = re.compile(r"[、。,.!?！？…\s]+")
_NUMBERED = re.compile(r"^\d{1,2}[\s.,:)、。)]*(?=\D)")
_SOFT_END = re.compile(r"(?:ごろ|頃|くらい|ぐらい)?(?:から)?(?:だと|と)?(?:思います|おもいます)?$")
_NO_DIGITS = re.compile(r"[\s\-‐‑‒–—―−ーｰ()（）.・]")
_PHONE = re.compile(r"(?<!\d)(?:0[5789]0\d{8}|0[1-9]\d{8})(?!\d)")


def plain(text: str) -> str:
    """The form in which words are compared: width, case, kana, spaces and the signs around them folded away."""
    folded = unicodedata.normalize("NFKC", text[: _LONGEST_ANSWER * 4]).casefold().translate(_HIRAGANA)
    letters = "".join(folded.split())
    start, end = 0, len(letters)
    while start < end and _is_sign(letters[start]):
        start += 1
    while end > start and _is_sign(letters[end - 1]):
        end -= 1
    letters = _MONTHS.sub("か月", letters[start:end])
    return letters.removesuffix("です") or letters


@cache
def known(word: str) -> str:
    """`plain` of a word of the book, kept. Never of what a person wrote: that must not stay in memory."""
    return plain(word)


def _is_sign(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "PSZC" or unicodedata.category(letter) == "Mn"


def number(text: str) -> int | None:
    """The number a person typed for a choice: 「２」「2.」「②」「2番」."""
    found = _NUMBER.fullmatch(plain(text))
    return int(found[1]) if found else None


def pick(text: str, options: Sequence[Sequence[str]]) -> int | None:
    """The index of the option that `text` names, by its number in the list or by one of its words."""
    if len(text) > _LONGEST_ANSWER:
        return None
    at = number(text)
    if at is not None:
        return at - 1 if 1 <= at <= len(options) else None
    heard = plain(text)
    if not heard:
        return None
    names = {heard, _NUMBERED.sub("", heard, count=1), _SOFT_END.sub("", heard, count=1)} - {""}
    for index, words in enumerate(options):
        if any(known(word) in names for word in words):
            return index
    return None


def within(text: str, options: Sequence[Sequence[str]]) -> int | None:
    """The index of the only option with a word that is found inside `text`; None where several have one, or none."""
    heard = plain(text) if len(text) <= _LONGEST_ANSWER else ""
    found = [index for index, words in enumerate(options) if any(_holds(heard, known(word)) for word in words)]
    return found[0] if len(found) == 1 else None


def _holds(heard: str, word: str) -> bool:
    """Whether `word` stands in `heard`; the 「3日」 of 「13日」 does not."""
    at = heard.find(word)
    while at > 0 and _NUMERAL.match(word) and _NUMERAL.match(heard[at - 1]):
        at = heard.find(word, at + 1)
    return at >= 0


def letters(text: str) -> int:
    """How many letters `text` has, without digits, signs and pictures."""
    return sum(unicodedata.category(sign)[0] == "L" for sign in text)


def foreign(text: str) -> bool:
    """Whether `text` has letters, and none that Japanese is written with."""
    names = [unicodedata.name(sign, "") for sign in text if unicodedata.category(sign)[0] == "L"]
    return bool(names) and not any(name.startswith(_JAPANESE) for name in names)


def only(text: str, words: Sequence[str]) -> bool:
    """Whether `text` is made of nothing but `words`, with signs between them."""
    parts = [part for part in _PARTS.split(text[: _LONGEST_ANSWER + 1]) if plain(part)]
    return len(text) <= _LONGEST_ANSWER and bool(parts) and all(means(part, words) for part in parts)


def means(text: str, words: Sequence[str]) -> bool:
    """Whether `text` is one of `words`, whole."""
    return bool(text) and len(text) <= _LONGEST_ANSWER and plain(text) in map(known, words)


def phone(text: str) -> str | None:
    """The digits of the one Japanese telephone number in `text`, or None.

    Ten digits for a fixed line, eleven for 050, 070, 080 and 090 (numbering plan of the Ministry of Internal
    Affairs and Communications). Short numbers such as 110 are nobody's own.
    """
    folded = unicodedata.normalize("NFKC", text[:_LONGEST_ANSWER])
    digits = re.sub(r"\+810?", "0", _NO_DIGITS.sub("", folded))
    found = set(_PHONE.findall(digits))
    return found.pop() if len(found) == 1 else None
