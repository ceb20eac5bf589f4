"""The table of one whole run as docs/performance.md."""

import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import psutil

from tests.bench.harness import HOUSE, Row

HEAD = """\
# Performance

Written by `make bench`; do not edit. Ratios are measured in one run, in turns; absolute figures are of this machine
only. What the goals mean and what stands in the way of those not reached: [Speed](../ARCHITECTURE.md#speed).

"""
MARKS = {True: "yes", False: "**no**", None: ""}


def written(rows: Iterable[Row]) -> str:
    """The whole paper."""
    lines = [f"| {r.what.strip()} | {r.measured} | {r.goal} | {MARKS[r.is_reached]} |" for r in rows]
    return HEAD + "\n".join(["| what | measured | goal | reached |", "|---|---|---|---|", *lines, "", *_machine(), ""])


def _machine() -> Iterable[str]:
    memory = psutil.virtual_memory().total / 2**30
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    yield f"- Measured {now}, of commit {_commit()}."
    yield f"- {os.cpu_count()} processors ({_processor()}), {memory:.0f} GiB memory."
    yield f"- {platform.system()} {platform.release()}, Python {sys.version.split()[0]}; PostgreSQL syncs to disk."


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=HOUSE, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"
