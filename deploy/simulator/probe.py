"""A probe walks through a JSON value and writes down what LINE would refuse, with the place of each fault."""

import math
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Literal

from deploy.simulator.counting import Unit, utf16

Style = Literal["dots", "slashes"]
URL_MOST = 2000
PRINTABLE = re.compile(r"[\x21-\x7e]+")
"""A URI must already be percent-encoded: no spaces, nothing beyond ASCII."""


@dataclass(frozen=True, slots=True)
class Finding:
    message: str
    property: str

    def as_json(self) -> dict[str, str]:
        return {"message": self.message, "property": self.property}


@dataclass(slots=True)
class Probe:
    """One value, where it stands, and the list that gathers the findings.

    LINE writes paths in two styles: `messages[0].text` for a message's own properties, and a pointer such as
    `/body/contents/0/text` inside Flex containers and templates.
    """

    value: Any
    path: str = ""
    style: Style = "dots"
    findings: list[Finding] = field(default_factory=list)

    @property
    def absent(self) -> bool:
        return self.value is None

    def wrong(self, message: str) -> None:
        self.findings.append(Finding(message, self.path or "/"))

    def at(self, key: str) -> "Probe":
        value = self.value.get(key) if isinstance(self.value, dict) else None
        joint = "/" if self.style == "slashes" else "."
        path = f"{self.path}{joint}{key}" if self.path or self.style == "slashes" else key
        return Probe(value, path, self.style, self.findings)

    def item(self, index: int) -> "Probe":
        path = f"{self.path}/{index}" if self.style == "slashes" else f"{self.path}[{index}]"
        return Probe(self.value[index], path, self.style, self.findings)

    def pointer(self, start: str = "") -> "Probe":
        """The same value with a fresh list of findings, written in the style of pointers."""
        return Probe(self.value, start, "slashes")

    def object(self, *, required: bool = True) -> bool:
        """Whether an object stands here; an absent one is a finding only when required."""
        if isinstance(self.value, dict):
            return True
        if self.value is not None:
            self.wrong("invalid property")
        elif required:
            self.wrong("May not be empty")
        return False

    def items(self, least: int, most: int) -> list["Probe"]:
        """The members of an array; the count is checked, and members beyond it are still looked at."""
        if not isinstance(self.value, list):
            self.wrong("May not be empty" if self.value is None else "invalid property")
            return []
        if not least <= len(self.value) <= most:
            self.wrong(f"Size must be between {least} and {most}")
        return [self.item(index) for index in range(len(self.value))]

    def text(self, most: int, *, unit: Unit = utf16, least: int = 1, required: bool = True) -> bool:
        """Whether a text within its length stands here."""
        if self.value is None:
            if required:
                self.wrong("May not be empty")
            return False
        if not isinstance(self.value, str):
            self.wrong("invalid property")
            return False
        length = unit(self.value)
        if length < least:
            self.wrong("May not be empty")
        elif length > most:
            self.wrong(f"Length must be between {least} and {most}")
        return least <= length <= most

    def one_of(self, allowed: Collection[str], *, required: bool = False) -> bool:
        if self.value is None and not required:
            return True
        if isinstance(self.value, str) and self.value in allowed:
            return True
        self.wrong(f"Must be one of the following values: [{', '.join(allowed)}]")
        return False

    def matches(self, pattern: str, *, required: bool = False) -> None:
        if self.value is None and not required:
            return
        if not isinstance(self.value, str) or not re.fullmatch(pattern, self.value):
            self.wrong("invalid property")

    def boolean(self, *, required: bool = False) -> None:
        if not isinstance(self.value, bool) and (required or self.value is not None):
            self.wrong("invalid property")

    def number(self, least: float, most: float, *, whole: bool = False, required: bool = True) -> None:
        if self.value is None and not required:
            return
        counts = isinstance(self.value, int if whole else int | float) and not isinstance(self.value, bool)
        if not counts or not math.isfinite(self.value) or not least <= self.value <= most:
            self.wrong(f"must be between {least:g} and {most:g}")

    def url(self, schemes: Collection[str], most: int = URL_MOST, *, required: bool = True) -> None:
        """A URI of one of these schemes, percent-encoded."""
        if not self.text(most, required=required):
            return
        scheme, colon, rest = self.value.partition(":")
        if not colon or scheme.lower() not in schemes:
            self.wrong("invalid uri scheme")
        elif not PRINTABLE.fullmatch(self.value) or not rest.lstrip("/"):
            self.wrong("invalid uri")
