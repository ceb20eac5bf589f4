"""`python -m tests.faults [POINT ...]`: each point by itself, killed five times under 200 conversations.

Prints a table and ends with status 1 where anything was lost, doubled, reordered or left over.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterable

from tests.faults import ground
from tests.faults.matrix import KILLS, SERVICES, WEB, WORKER, Kind, Matrix, Plan, Row

CONVERSATIONS = 200
LONGEST_POINT = 1200.0  # seconds; a point that takes longer hangs
TOLD = 20  # differences of a point that are shown
HEAD = ("point", "kills", "conversations", "lost", "doubled", "reordered", "seconds")


def plans(conversations: int, kills: int) -> list[Plan]:
    victims: list[tuple[Kind | None, Iterable[str]]] = [("web", WEB), ("worker", WORKER), (None, SERVICES)]
    return [Plan(point, victim, (point,), kills, conversations) for victim, points in victims for point in points]


async def run(chosen: Iterable[Plan]) -> bool:
    """Run them one after another; whether all are clean."""
    are_clean = []
    with ground.running() as made:
        matrix = Matrix(made)
        _write(HEAD)
        for plan in chosen:
            row = await asyncio.wait_for(matrix.run(plan), LONGEST_POINT)
            are_clean.append(row.is_clean)
            _show(row)
    return all(are_clean)


def _show(row: Row) -> None:
    verdict = row.verdict
    counts = (f"{row.kills}/{row.plan.kills}", row.conversations, verdict.lost, verdict.doubled, verdict.reordered)
    _write((row.plan.name, *counts, round(row.seconds)))
    for line in verdict.details[:TOLD]:
        sys.stdout.write(f"    {line}\n")


def _write(cells: Iterable[object]) -> None:
    first, *others = cells
    sys.stdout.write(f"{first:<22}" + "".join(f"{cell!s:>15}" for cell in others) + "\n")
    sys.stdout.flush()


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.faults")
    options.add_argument("points", nargs="*", help="only these points")
    options.add_argument("--conversations", type=int, default=CONVERSATIONS)
    options.add_argument("--kills", type=int, default=KILLS)
    given = options.parse_args()
    possible = plans(given.conversations, given.kills)
    if unknown := set(given.points) - {plan.name for plan in possible}:
        options.error(f"no such point: {', '.join(sorted(unknown))}")
    return 0 if asyncio.run(run(plan for plan in possible if not given.points or plan.name in given.points)) else 1


if __name__ == "__main__":
    sys.exit(main())
