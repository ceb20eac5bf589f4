"""What is wrong with a script or a text, in words for the officer who edits it."""

from functools import cache
from importlib import resources

import yaml


def fault(key: str, /, **values: object) -> str:
    """The sentence under `key` ("group.name"). Raises KeyError for a key that is not there."""
    group, name = key.split(".")
    return _all()[group][name].format(**values)


def shape_fault(kind: str, detail: str, expected: str) -> str:
    """The sentence for what pydantic found, by its kind of error."""
    known = kind if kind in _all()["shape"] else "other"
    return fault(f"shape.{known}", detail=detail, expected=expected)


@cache
def _all() -> dict[str, dict[str, str]]:
    file = resources.files("dialogs").joinpath("faults.yaml")
    found: dict[str, dict[str, str]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found
