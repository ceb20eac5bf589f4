"""The words of the form outside of its templates, and the consent text with its version; read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_VERSION = "版:"
_HEADING = "## "


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agrees to before the first field: its version, and its parts as (heading, text)."""

    version: str
    parts: tuple[tuple[str, str], ...]


@cache
def words(kind: str) -> Mapping[str, Any]:
    """All words of one kind, by key.

    Raises:
        KeyError: no such kind.
    """
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(_file("ja.yaml"))
    return loaded[kind]


def consent(city: str, readers: str) -> Consent:
    """The consent text of this city. Whoever changes the file gives it a new version (a test holds them together)."""
    head, *parts = _file("consent.ja.txt").format(city=city, readers=readers).split(f"\n{_HEADING}")
    headed = (part.partition("\n") for part in parts)
    version = head.strip().removeprefix(_VERSION).strip()
    return Consent(version, tuple((heading.strip(), text.strip()) for heading, _, text in headed))


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
