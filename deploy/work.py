"""The composition root of the worker: events into cases, answers out to LINE."""

import argparse
import asyncio
from collections.abc import Callable

import uvloop

from bot.faults import Sync, no_sync
from bot.sender import Sender
from bot.worker import Worker
from deploy import housekeeping, logs
from deploy.children import parent_gone
from deploy.house import House, now
from deploy.settings import Settings, load
from deploy.starting import ensure_schema, refusing, stop_on_signals, with_services
from dialogs.book import load_book
from dialogs.engine import Engine
from routing.router import Router


async def run_worker(house: House, stop: asyncio.Event, *, on_ready: Callable[[], None], sync: Sync = no_sync) -> None:
    """Handle events and send answers until `stop` is set; the event in hand is finished first.

    `on_ready` is called when dictionaries are read and connections can be made; `sync` at the named points of
    `bot.faults`, for the tests that kill there.
    """
    settings = house.settings
    router = Router(house.city)
    worker = Worker(
        house.database,
        Engine(load_book()),
        router,
        house.city,
        house.wake,
        talk_text=settings.talk_text,
        now=now,
        sync=sync,
    )
    async with house.opened():
        sender = Sender(
            house.database,
            house.wake,
            access_token=settings.line_channel_access_token.get_secret_value(),
            api_base=settings.line_api_base,
            now=now,
            sync=sync,
        )
        on_ready()
        async with asyncio.TaskGroup() as group:
            group.create_task(worker.run(stop))
            group.create_task(sender.run(stop))
            group.create_task(housekeeping.run(house.database, stop, now))


async def _work(settings: Settings, *, follow_parent: bool) -> None:
    """Run a worker until a signal, or until the parent is gone when it should follow it."""
    await ensure_schema(settings, may_migrate=False)
    stop = stop_on_signals()
    following = asyncio.create_task(_stop_when_orphaned(stop)) if follow_parent else None
    await run_worker(House.build(settings), stop, on_ready=_say_worker_ready)
    if following is not None:
        following.cancel()


def _say_worker_ready() -> None:
    print("ready worker", flush=True)  # noqa: T201 - the parent waits for this line


async def _stop_when_orphaned(stop: asyncio.Event) -> None:
    await parent_gone()
    stop.set()


def main() -> None:
    """`python -m deploy.work`, which is what `kizuki worker` becomes: a process without the pages."""
    options = argparse.ArgumentParser(prog="kizuki worker")
    options.add_argument("--follow-parent", action="store_true", help="stop when standard input closes")
    follow_parent: bool = options.parse_args().follow_parent
    logs.configure()
    with refusing(), with_services(load()) as settings:
        uvloop.run(_work(settings, follow_parent=follow_parent))


if __name__ == "__main__":
    main()
