"""Dying at a named point: `kill -9` of the own process, so that nothing is closed, flushed or said.

The program lives until it hears SIGUSR1; from then on it counts how often it passes the point.
"""

import itertools
import os
import signal
import sys
import threading

from bot.faults import Sync


def at(point: str, nth: int) -> Sync:
    """Die when `point` is passed for the n-th time after SIGUSR1."""
    armed, passed = threading.Event(), itertools.count(1)
    signal.signal(signal.SIGUSR1, lambda _number, _frame: armed.set())

    async def sync(reached: str) -> None:
        if reached == point and armed.is_set() and next(passed) == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    return sync


def say_ready() -> None:
    sys.stdout.write("ready to die\n")
    sys.stdout.flush()
