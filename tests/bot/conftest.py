"""What the bot's tests share: the real city, router and engine, people who talk, and a LINE that answers as told."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web

import cases.schema  # noqa: F401 - completes the metadata: a referral points at agencies and staff
from bot.worker import Worker
from cases.db import Database
from deploy.citypack import load_city
from dialogs.book import load_book
from dialogs.engine import Engine
from routing.directory import City
from routing.router import Router
from tests.bot.line_stub import LineStub
from tests.bot.talking import NOW, Bell, Talk


@pytest.fixture(scope="session")
def city() -> City:
    return load_city("nagano", NOW.date())


@pytest.fixture(scope="session")
def router(city: City) -> Router:
    return Router(city)


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine(load_book())


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def talk(database: Database, engine: Engine, router: Router, city: City, bell: Bell) -> Talk:
    return Talk(database, Worker(database, engine, router, city, bell, flood_rest=timedelta(0)), bell)


@pytest.fixture
async def line() -> AsyncIterator[LineStub]:
    stub = LineStub()
    app = web.Application()
    app.router.add_post("/v2/bot/message/reply", stub.handle)
    app.router.add_post("/v2/bot/message/push", stub.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    stub.url = f"http://{host}:{port}"
    yield stub
    await runner.cleanup()
