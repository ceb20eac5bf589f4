"""A worker like ours that kills itself, once, at a named point: `python -m tests.faults.dying_worker POINT NTH`."""

import asyncio
import itertools
import os
import signal
import sys

from deploy import logs
from deploy.house import House
from deploy.settings import load
from deploy.starting import stop_on_signals
from deploy.work import run_worker


async def main(point: str, nth: int) -> None:
    passed = itertools.count(1)

    async def sync(reached: str) -> None:
        if reached == point and next(passed) == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    await run_worker(House.build(load()), stop_on_signals(), on_ready=say_ready, sync=sync)


def say_ready() -> None:
    sys.stdout.write("ready dying worker\n")
    sys.stdout.flush()


if __name__ == "__main__":
    logs.configure()
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
