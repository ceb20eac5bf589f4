"""`python -m tests.bench`: the ratios of DESIGN §10, measured in one run (five minutes at most).

A goal that is missed is said in the table; only a benchmark that cannot be run ends with an error. A whole run is
written to docs/performance.md, together with the machine.
"""

import sys
from collections.abc import Iterator

from tests.bench import accept, replies, services, steps, suggestion
from tests.bench.harness import HOUSE, Row, table
from tests.bench.paper import written

PAPER = HOUSE / "docs" / "performance.md"


def measured() -> Iterator[Row]:
    yield from suggestion.measure()
    with services.running() as running:
        for part in (accept, steps, replies):
            yield from part.measure(running)


def main() -> None:
    rows: list[Row] = []
    try:
        rows.extend(measured())
    finally:
        sys.stdout.write(table(rows) + "\n")
    PAPER.write_text(written(rows), "utf-8")


if __name__ == "__main__":
    main()
