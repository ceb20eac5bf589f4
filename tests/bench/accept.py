"""`POST /line/webhook` of the real program against a bot that only verifies and parses.

Both are uvicorn processes on loopback, loaded in turns from a third process; ours answers after its commit to a
PostgreSQL that syncs to disk. No worker runs beside, so that accepting alone is measured.
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator

from tests.bench.harness import HOUSE, Row, progress
from tests.bench.load import CLIENTS, Result
from tests.bench.services import SECRET, Services, one, started

ROUNDS = 3
REQUESTS = {1: 800, 10: 200}
"""Webhooks per round, by the number of events in each: LINE sends one at a time, and several when it is busy."""
RATIO_GOAL = 1.0
LOAD_SECONDS = 60


def measure(services: Services) -> Iterator[Row]:
    progress("webhook accept against a bare bot")
    url = services.database("accept")
    serve = ["deploy.cli.main", "serve", "--web-only"]
    sent = 0
    with (
        started(["tests.bench.bare"], {"BENCH_SECRET": SECRET}) as bare,
        started(serve, services.environment(url)) as ours,
    ):
        for events, count in REQUESTS.items():
            sent += count * events * (ROUNDS + 1)
            yield _compared(ours, bare, count, events)
    kept = one(url, "SELECT count(*) FROM inbound")
    yield Row("  events answered 200 and found as rows", f"{kept:,} of {sent:,}", "all", kept == sent)


def _compared(ours: str, bare: str, count: int, events: int) -> Row:
    rounds: dict[str, list[Result]] = {ours: [], bare: []}
    for number in range(ROUNDS + 1):
        for address in (ours, bare) if number % 2 else (bare, ours):
            rounds[address].append(_load(address, count, events))
    speed = {address: count / statistics.median(r.seconds for r in rounds[address][1:]) for address in rounds}
    waits = {address: statistics.median(r.p95 for r in rounds[address][1:]) * 1_000 for address in rounds}
    ratio = speed[ours] / speed[bare]
    told = [f"{speed[a]:,.0f}/s p95 {waits[a]:.0f} ms" for a in (ours, bare)]
    return Row(
        f"webhook accept, durable, vs bare FastAPI + SDK: {events} event(s) each, {CLIENTS} clients",
        f"{ratio:.2f} × ({told[0]}; bare {told[1]})",
        f"≥ {RATIO_GOAL} ×",
        ratio >= RATIO_GOAL,
    )


def _load(address: str, count: int, events: int) -> Result:
    """One round from a process of its own.

    Raises:
        AssertionError: a webhook was not answered 200.
    """
    command = [sys.executable, "-m", "tests.bench.load", address, str(count), str(events), SECRET]
    done = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, timeout=LOAD_SECONDS, check=True)
    result = Result(**json.loads(done.stdout))
    assert result.statuses == {"200": count}, result.statuses
    return result
