"""What people mean when they type: numbers of the list, labels, yes and no, telephone numbers.

Words are compared whole, never searched for, so that 「戻ってこない」 is not taken for 「もどる」.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

# An answer is short; a long text is never one, and is not worth folding.
_LONGEST_ANSWER = 60
_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
_NUMBER = re.compile(r"(\d{1,2})(?:番目?|ばん)?")
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
    letters = letters[start:end]
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
