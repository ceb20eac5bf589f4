"""`python -m tests.bench`: the ratios of DESIGN §10, measured in one run (three minutes at most).

A goal that is missed is said in the table; only a benchmark that cannot be run ends with an error.
"""

import sys
from collections.abc import Iterator

from tests.bench import accept, replies, services, steps, suggestion
from tests.bench.harness import Row, table


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


if __name__ == "__main__":
    main()
