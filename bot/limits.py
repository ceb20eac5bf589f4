"""LINE's limits and the units LINE counts in.

Most texts are counted in UTF-16 code units, labels and what is shown after a tap in grapheme clusters
(https://developers.line.biz/en/docs/messaging-api/text-character-count/). A grapheme cluster may hold any number
of combining marks, so every limit in graphemes also has a ceiling in UTF-16 units here.
"""

from collections.abc import Iterator

import regex  # type: ignore[import-untyped]  # it ships no types; it stays behind this module

MESSAGES = 5
TEXT = 5_000  # UTF-16 units
QUICK_REPLIES = 13
LABEL = 20  # graphemes
SHOWN = 300  # graphemes, what a tap says in the talk
DATA = 300  # UTF-16 units
ALT_TEXT = 1_500  # UTF-16 units
URI = 1_000  # UTF-16 units
BUBBLE_BYTES = 30_000
CAROUSEL_BYTES = 50_000
CAROUSEL_BUBBLES = 12

UNITS_PER_GRAPHEME = 8  # Japanese takes 1 or 2, a family emoji 11; Zalgo takes what it is given
ELLIPSIS = "…"

_CLUSTER = regex.compile(r"\X")
_UNSENDABLE = regex.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def clean(text: str) -> str:
    """The text with what neither PostgreSQL nor UTF-8 can hold (NUL, lone surrogates) and C0 controls replaced.

    Tab and line feed stay; a carriage return before a line feed goes.
    """
    cleaned: str = _UNSENDABLE.sub("\ufffd", text.replace("\r\n", "\n"))
    return cleaned


def utf16(text: str) -> int:
    """The length in UTF-16 code units: あ is 1, 𠮷 and 🍎 are 2."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def graphemes(text: str) -> Iterator[str]:
    return (match.group() for match in _CLUSTER.finditer(text))


def cut_units(text: str, limit: int) -> str:
    """The text within `limit` (4 or more) UTF-16 units; a longer one is cut between graphemes, with …."""
    if utf16(text) <= limit:
        return text
    return _head(text, limit - utf16(ELLIPSIS)) + ELLIPSIS


def cut_graphemes(text: str, limit: int) -> str:
    """The text within `limit` grapheme clusters, and within a sane number of UTF-16 units."""
    text = cut_units(text, limit * UNITS_PER_GRAPHEME)
    if len(text) <= limit:
        return text
    clusters = list(graphemes(text))
    return text if len(clusters) <= limit else "".join(clusters[: limit - 1]) + ELLIPSIS


def split(text: str, limit: int) -> list[str]:
    """The text in pieces of at most `limit` UTF-16 units, cut at a line end where one is near."""
    pieces = []
    while utf16(text) > limit:
        head = _head(text, limit)
        line_end = head.rfind("\n", len(head) // 2)
        head = head if line_end < 0 else head[: line_end + 1]
        pieces.append(head)
        text = text[len(head) :]
    return [*pieces, text] if text else pieces


def _head(text: str, limit: int) -> str:
    """The longest beginning within `limit` units that ends between graphemes; a grapheme longer than that is cut."""
    taken = used = 0
    for cluster in graphemes(text):
        used += utf16(cluster)
        if used > limit:
            break
        taken += len(cluster)
    return text[:taken] if taken else text[: max(1, limit // 2)]
