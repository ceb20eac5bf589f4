"""Every finding can be said, and every one that is not good names what helps."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from bot.line_admin import Reason
from bot.richmenu.sync import Act, Left
from deploy import doctor
from deploy.cli.doctor import LOOKS
from deploy.texts import text

HERE = Path(doctor.__file__).parent
MARKS = {"ok", "note", "worry", "bad"}


class _Anything(dict[str, object]):
    def __missing__(self, _key: str) -> str:
        return "x"


def _literals(node: ast.expr) -> list[str]:
    return [part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def _made() -> Iterator[tuple[str, str, str]]:
    """Mark, what it is about, and key of every finding that the looks can make, as far as they are literals."""
    for path in HERE.glob("*_looks.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
                about, key = node.args
                if isinstance(key, ast.Constant | ast.IfExp):
                    for one in _literals(key):
                        yield node.func.id, _literals(about)[0], one


def _says(key: str) -> str:
    node = text.__globals__["_all"]()
    for part in key.split("."):
        node = node[part]
    return str(node).format_map(_Anything())


@pytest.mark.parametrize(("mark", "about", "key"), sorted(set(_made())))
def test_what_was_seen_and_what_helps_stand_in_the_texts(mark: str, about: str, key: str) -> None:
    assert _says(f"doctor.about.{about}")
    assert _says(f"doctor.found.{key}")
    if mark != "ok":
        assert _says(f"doctor.remedy.{key}")


@pytest.mark.parametrize("name", sorted(LOOKS))
def test_a_look_that_is_late_has_a_name(name: str) -> None:
    assert _says(f"doctor.about.{name}")


def test_every_reason_and_every_act_has_words() -> None:
    assert all(_says(f"line_reason.{reason}") for reason in get_args(Reason))
    assert all(_says(f"richmenu.{tense}.{act}") for tense in ("did", "would") for act in get_args(Act))
    assert all(_says(f"richmenu.left.{left}") for left in get_args(Left))
