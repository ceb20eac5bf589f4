"""The words that commands show, by dotted key, from ja.yaml beside this file."""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def _all() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files(__package__).joinpath("ja.yaml").read_text(encoding="utf-8"))
    return loaded


def text(key: str, /, **values: object) -> str:
    """The text under `key` with its places filled.

    Raises:
        KeyError: no such key (a test walks every key in the code).
    """
    node: Any = _all()
    for part in key.split("."):
        node = node[part]
    return str(node).format(**values)
