"""What every benchmark shares: measuring side by side, and one table at the end.

A machine is fast one second and slow the next, so two programs are never measured one after the other but in
turns, and only ratios within one run are compared with DESIGN §10.
"""

import json
import math
import statistics
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

HOUSE = Path(__file__).parents[2]
EXAMPLES = (HOUSE / "deploy" / "simulator" / "examples.jsonl", HOUSE / "tests" / "scenarios" / "examples.jsonl")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `is_reached` is None for a figure that has no goal of its own."""

    what: str
    measured: str
    goal: str = ""
    is_reached: bool | None = None


def example_texts() -> list[str]:
    lines = (line for file in EXAMPLES for line in file.read_text("utf-8").splitlines())
    return [json.loads(line)["text"] for line in lines]


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turns(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Median seconds of both; each goes first in every other round."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            times[which].append(seconds((first, second)[which]))
    return statistics.median(times[0]), statistics.median(times[1])


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0–1) of them do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * share) - 1)]


def progress(what: str) -> None:
    sys.stderr.write(f"bench: {what} ...\n")
    sys.stderr.flush()


def table(rows: Iterable[Row]) -> str:
    marks = {True: "reached", False: "NOT reached", None: ""}
    lines = [("what", "measured", "goal", ""), *((r.what, r.measured, r.goal, marks[r.is_reached]) for r in rows)]
    widths = [max(_width(line[column]) for line in lines) for column in range(4)]
    drawn = ["  ".join(_filled(cell, width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    return "\n".join(line.rstrip() for line in [drawn[0], "-" * sum(widths, 6), *drawn[1:]])


def _filled(cell: str, width: int) -> str:
    return cell + " " * (width - _width(cell))


def _width(cell: str) -> int:
    """Columns of a terminal: Japanese signs take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in cell)
