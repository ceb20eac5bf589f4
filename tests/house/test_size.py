"""The size budget: a room too big to live in is split by what it does."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
ROOMS = ("bot", "dialogs", "routing", "cases", "admin", "deploy")
LONGEST_FILE = 500
LONGEST_FUNCTION = 80
MEDIAN_FUNCTION = 10


def sources(*endings: str) -> list[Path]:
    files = [path for room in ROOMS for ending in endings for path in (HOUSE / room).rglob(f"*{ending}")]
    return [p for p in files if not {"versions", "node_modules", "vendor"} & set(p.relative_to(HOUSE).parts)]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield f"{path.relative_to(HOUSE)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


@pytest.mark.parametrize("room", ROOMS)
def test_no_file_of_the_room_is_too_long(room: str) -> None:
    files = [p for p in sources(".py", ".js", ".css", ".html") if p.is_relative_to(HOUSE / room)]
    long = {str(p.relative_to(HOUSE)): n for p in files if (n := len(p.read_text("utf-8").splitlines())) > LONGEST_FILE}
    assert files
    assert long == {}


def test_no_function_is_too_long() -> None:
    long = {name: lines for path in sources(".py") for name, lines in functions(path) if lines > LONGEST_FUNCTION}
    assert long == {}


def test_the_median_function_is_short() -> None:
    lengths = [lines for path in sources(".py") for _, lines in functions(path)]
    assert statistics.median(lengths) <= MEDIAN_FUNCTION
