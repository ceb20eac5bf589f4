"""The composition root: the only place where the rooms are handed to each other."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import FastAPI

from admin.app import build as build_inbox
from admin.desk import DemoAccount
from bot.faults import Sync, no_sync
from bot.sender import Sender
from bot.webhook import router as line_router
from bot.worker import Worker
from cases import agencies
from cases.crypto import Keyring
from cases.db import Database
from deploy import health, housekeeping
from deploy.citypack import load_city
from deploy.settings import Settings
from deploy.wake import Wake
from dialogs.book import load_book
from dialogs.engine import Engine
from routing.directory import City
from routing.router import Router


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class House:
    """What web and worker share."""

    settings: Settings
    city: City
    database: Database
    wake: Wake

    @classmethod
    def build(cls, settings: Settings) -> "House":
        keyring = Keyring.parse(settings.keys.get_secret_value())
        return cls(
            settings=settings,
            city=load_city(settings.city),
            database=Database(settings.database_url, keyring),
            wake=Wake(settings.redis_url),
        )

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator["House"]:
        await self.wake.open()
        try:
            yield self
        finally:
            await self.wake.close()
            await self.database.close()


def create_web(house: House, demo: Sequence[DemoAccount] = ()) -> FastAPI:
    """The web program: LINE's webhook, the staff inbox, and the health pages."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with house.opened():
            await load_agencies(house)
            yield

    app = FastAPI(title="Kizuki", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(health.router(house.database))
    app.include_router(line_router(house.database, house.settings.channel_secrets, house.wake, now=now))
    inbox = build_inbox(
        db=house.database,
        city=house.city,
        live=house.wake,
        now=now,
        secure_cookies=house.settings.secure_cookies,
        demo=demo,
    )
    app.mount("/", inbox)
    return app


async def load_agencies(house: House) -> int:
    """Bring the city pack's agencies into the record, so that a hand-off can point at them."""
    items = [agencies.AgencyItem(a.id, a.name, a.types, a.phone) for a in house.city.agencies]
    async with house.database.transaction() as uow:
        return await agencies.sync(uow, items)


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
