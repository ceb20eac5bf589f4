"""Lengths as LINE counts them (UTF-16 units and graphemes), and text made safe to keep.

Source: LINE Developers, "Character counting in a text".
"""

import re
import unicodedata

import regex  # type: ignore[import-untyped]  # it ships no types; it stays behind this module

_GRAPHEME = regex.compile(r"\X")
# What can break a store, a log line or a reading eye: lone surrogates, control characters (a line break and a
# tab stay), marks that turn the writing direction, zero-width spaces.
_UNSAFE = re.compile(
    "[\ud800-\udfff\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)
# These two look like nothing but belong to the letters.
_BLANK_LETTERS = "\u3164\u2800\uffa0\u115f\u1160"


def utf16(text: str) -> int:
    """Length in UTF-16 code units, LINE's unit for message text and postback data."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def graphemes(text: str) -> int:
    """Length in grapheme clusters, LINE's unit for labels."""
    return len(_GRAPHEME.findall(text))


def cut(text: str, most: int) -> str:
    """`text` in at most `most` graphemes, with … where something was left out."""
    if len(text) <= most:
        return text
    # A grapheme may be built of very many marks, so the raw length is bounded first.
    clusters = _GRAPHEME.findall(text[: most * 16])
    if len(clusters) <= most and len(text) <= most * 16:
        return text
    return "".join(clusters[: most - 1]) + "…"


def safe(text: str) -> str:
    """`text` without what could break a store or a reader; the words themselves stay as they were written."""
    return _UNSAFE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def blank(text: str) -> bool:
    """Whether nothing can be seen in `text`."""
    return all(unicodedata.category(sign)[0] in "ZCM" or sign in _BLANK_LETTERS for sign in text)
