"""A worker like ours that kills itself, once, at a named point: `python -m tests.faults.dying_worker POINT NTH`."""

import asyncio
import sys

from deploy import logs
from deploy.house import House
from deploy.settings import load
from deploy.starting import stop_on_signals
from deploy.work import run_worker
from tests.faults import dying


async def main(point: str, nth: int) -> None:
    sync = dying.at(point, nth)
    await run_worker(House.build(load()), stop_on_signals(), on_ready=dying.say_ready, sync=sync)


if __name__ == "__main__":
    logs.configure()
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
