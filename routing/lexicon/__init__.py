"""The words of the field, as data beside this file. Read once, at construction."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import yaml

VERSION = "lexicon 2"
"""Named in every suggestion, so that the suggestion log tells which words answered."""

# The C loader reads the same YAML ten times faster; both construct plain data only.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

WEIGHTS: Mapping[str, float] = {"strong": 4.0, "clear": 2.5, "hint": 1.0, "faint": 0.4}
"""What a cue of each grade weighs; one `clear` cue is enough to suggest its concern."""

CONCERN_FILES = ("safety", "elders", "health", "living", "children", "community", "other")


def load(name: str) -> Any:
    """The content of `lexicon/<name>.yaml`."""
    text = files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 - _LOADER is one of PyYAML's two safe loaders


def groups() -> dict[str, list[str]]:
    """Shared word groups, written `@name` in cues."""
    shared: dict[str, list[str]] = load("groups")
    return shared


def concern_cues() -> Iterator[tuple[str, float, str]]:
    """(concern, weight, cue) of every concern, and of `other`: what calls for no welfare agency."""
    for name in CONCERN_FILES:
        for concern, grades in load(name).items():
            for grade, lines in grades.items():
                yield from ((concern, WEIGHTS[grade], line) for line in lines)


def danger_cues() -> Iterator[tuple[str, float, str]]:
    """(`kind/level`, 1, cue) of every danger rule."""
    for kind, levels in load("danger")["kinds"].items():
        for level, lines in levels.items():
            yield from ((f"{kind}/{level}", 1.0, line) for line in lines)
