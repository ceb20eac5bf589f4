"""How LINE counts characters.

The default unit is the UTF-16 code unit; labels, display texts and the texts of templates are counted in grapheme
clusters (Messaging API documentation, "Character counting in a text").
"""

from collections.abc import Callable

import regex  # type: ignore[import-untyped]

Unit = Callable[[str], int]


def utf16(text: str) -> int:
    """UTF-16 code units: 1 for 「あ」, 2 for an emoji outside the basic plane."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def graphemes(text: str) -> int:
    """Characters as people see them: a family emoji or a letter with its marks is one."""
    return sum(1 for _ in regex.finditer(r"\X", text))
