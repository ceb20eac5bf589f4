"""The composition root of the worker: events into cases, answers out to LINE."""

import argparse
import asyncio
import contextlib
from collections.abc import Callable

import uvloop

from bot.account import Account, Loading
from bot.faults import Sync, no_sync
from bot.form.links import link
from bot.passing import Ours, Passer, entry_words
from bot.sender import Sender
from bot.step import Passes
from bot.worker import Worker
from cases import passed_on
from deploy import housekeeping, logs
from deploy.children import parent_gone
from deploy.house import House, now
from deploy.memory import settle
from deploy.settings import Settings, load
from deploy.starting import ensure_schema, keep_alive, refusing, stop_on_signals, with_kept_services
from dialogs.book import load_book
from dialogs.engine import Engine
from routing.router import Router


async def run_worker(house: House, stop: asyncio.Event, *, on_ready: Callable[[], None], sync: Sync = no_sync) -> None:
    """Handle events and send answers until `stop` is set; the event in hand is finished first.

    `on_ready` is called when dictionaries are read and connections can be made; `sync` at the named points of
    `bot.faults`, for the tests that kill there.
    """
    settings = house.settings
    token, api_base = settings.line_channel_access_token.get_secret_value(), settings.line_api_base
    loading = Loading(access_token=token, api_base=api_base)
    worker = _worker(house, loading, sync)
    async with house.opened(), contextlib.aclosing(loading):
        sender = Sender(house.database, house.wake, access_token=token, api_base=api_base, now=now, sync=sync)
        account = Account(house.database, house.wake, access_token=token, api_base=api_base, now=now)
        settle()
        on_ready()
        async with asyncio.TaskGroup() as group:
            group.create_task(worker.run(stop))
            group.create_task(sender.run(stop))
            group.create_task(account.run(stop))
            group.create_task(housekeeping.run(house.database, stop, now))
            if settings.forward_url:
                secret = settings.forward_secret.get_secret_value()
                passer = Passer(house.database, house.wake, settings.forward_url, secret, now)
                group.create_task(passer.run(stop))


def _worker(house: House, loading: Loading, sync: Sync) -> Worker:
    settings, book, router = house.settings, load_book(), Router(house.city)

    def form_address(form: str) -> str:
        return link(settings.public_url, form, settings.liff_id)

    ours = Ours(entry_words(book.texts), lambda text: router.danger(text) is not None)
    return Worker(
        house.database,
        Engine(book),
        router,
        house.city,
        house.wake,
        talk_text=settings.talk_text,
        now=now,
        form_address=form_address if settings.has_form else None,
        passes=Passes(ours, passed_on.put) if settings.forward_url else None,
        indicator=loading,
        sync=sync,
    )


async def _work(settings: Settings, revive: Callable[[], None], *, follow_parent: bool) -> None:
    """Run a worker until a signal, or until the parent is gone when it should follow it."""
    await ensure_schema(settings, may_migrate=False)
    stop = stop_on_signals()
    keeper = asyncio.create_task(keep_alive(revive, stop), name="keeper")
    following = asyncio.create_task(_stop_when_orphaned(stop)) if follow_parent else None
    await run_worker(House.build(settings), stop, on_ready=_say_worker_ready)
    await keeper
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
    with refusing(), with_kept_services(load()) as (settings, revive):
        uvloop.run(_work(settings, revive, follow_parent=follow_parent))


if __name__ == "__main__":
    main()
