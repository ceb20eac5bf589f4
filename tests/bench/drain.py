"""`python -m tests.bench.drain`: a worker that handles events and sends nothing, until SIGTERM."""

import io

import structlog
import uvloop

from bot.worker import Worker
from deploy import logs
from deploy.house import House
from deploy.memory import settle
from deploy.settings import load
from deploy.starting import stop_on_signals
from dialogs.book import load_book
from dialogs.engine import Engine
from routing.router import Router


def worker(house: House) -> Worker:
    return Worker(house.database, Engine(load_book()), Router(house.city), house.city, house.wake)


def quiet() -> None:
    """Logs are written as always, but not on the table."""
    logs.configure()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(io.StringIO()))


async def _run() -> None:
    house = House.build(load())
    working = worker(house)
    async with house.opened():
        settle()
        print("ready drain", flush=True)  # noqa: T201 - the bench waits for this line
        await working.run(stop_on_signals())


if __name__ == "__main__":
    quiet()
    uvloop.run(_run())
