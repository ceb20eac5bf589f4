"""The sentences and labels of the LINE door itself, by key, from ja.yaml beside this file; read once."""

from functools import cache
from importlib.resources import files

import yaml


@cache
def _all() -> dict[str, str]:
    loaded: dict[str, str] = yaml.safe_load(files(__package__).joinpath("ja.yaml").read_text(encoding="utf-8"))
    return loaded


def text(key: str, /, **values: object) -> str:
    """The text under `key` with its places filled.

    Raises:
        KeyError: no such key (a test walks every key in the code).
    """
    return _all()[key].format(**values)


def words(key: str, /) -> tuple[str, ...]:
    """The words that stand under `key`, for what people write to us.

    Raises:
        KeyError: no such key.
    """
    return tuple(_all()[key].split("、"))
