"""`python -m tests.bench`: the ratios of DESIGN §10, measured in one run (three minutes at most).

A goal that is missed is said in the table; only a benchmark that cannot be run ends with an error.
"""

import sys

from tests.bench import accept, replies, services, steps, suggestion
from tests.bench.harness import Row, table


def measured() -> list[Row]:
    rows = list(suggestion.measure())
    with services.running() as running:
        for part in (accept, steps, replies):
            rows += part.measure(running)
    return rows


if __name__ == "__main__":
    sys.stdout.write(table(measured()) + "\n")
