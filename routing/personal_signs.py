"""What rules for personal data are made of: their lexicon, kinds of signs, digits however they are written."""

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from typing import Any

from routing import lexicon

BOOK: dict[str, Any] = lexicon.load("personal")

SEEN = "\ufffc"
"""Stands in place of what was found or masked already, so that nothing is read across it."""

KANJI = "㐀-䶿一-鿿豈-﫿々〆ヶ𠀀-𲎯"
VARIANT = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
KATAKANA = "ァ-ヴー\u3099\u309a"
"""With the voicing marks that stay apart when half-width signs are folded one by one."""

N = r"[\d〇一二三四五六七八九十百]{1,5}"
HYPHEN = r"[\-‐‑‒–—―−ーの]"
_KANJI_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_TO_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヴ") + 1)}


def any_of(words: Collection[str]) -> str:
    """A pattern for any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(set(words), key=lambda word: (-len(word), word)))


NOT_COUNTED = f"(?!\\d|\\s?(?:{any_of(BOOK['counters'])}))"


def fold(text: str) -> str:
    """`text` with its width folded, sign by sign, so that every place is the same in both."""
    return "".join(map(_folded, text))


@lru_cache(maxsize=16_384)
def _folded(sign: str) -> str:
    folded = unicodedata.normalize("NFKC", sign)
    return folded if len(folded) == 1 else sign


def kanji_digits(text: str) -> str:
    """`text` with 一 as 1 and so on, every place the same."""
    return text.translate(_KANJI_DIGITS)


def digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def hiragana(text: str) -> str:
    """Katakana as hiragana; marks that stand apart are joined to their sign."""
    return unicodedata.normalize("NFC", text).translate(_TO_HIRAGANA)
