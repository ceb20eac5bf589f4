"""Real PostgreSQL and Redis for every test that wants them: one server a run, one fresh database a test."""

import asyncio
import base64
import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql

from cases.crypto import Keyring
from cases.db import Database
from cases.migrate import migrate
from deploy import embedded
from tests import demo_house, folders
from tests.demo_house import DemoHouse

TEMPLATE = "kizuki_template"
_serial = itertools.count(1)

# A busy machine is no fault of the code.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", default=False, help="rewrite the golden transcripts")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: two processes share the files, and neither shall wait at the end for the other."""
    longest = ("faults", "journeys")
    items.sort(key=lambda item: item.path.parent.name not in longest)  # within each part the order stays random


@pytest.fixture(scope="session")
def services() -> Iterator[embedded.Services]:
    with folders.reachable() as folder, embedded.running(folder) as addresses:
        with psycopg.connect(addresses.database_url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")  # the machine may crash, the tests' data may go
            connection.execute("SELECT pg_reload_conf()")
        yield addresses


@pytest.fixture(scope="session")
def template_database(services: embedded.Services) -> str:
    """The name of a migrated, empty database that every test's own is copied from."""
    _sql(services, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
    asyncio.run(migrate(_named(services, TEMPLATE)))
    return TEMPLATE


@pytest.fixture
def database_url(services: embedded.Services, template_database: str) -> Iterator[str]:
    name = f"t{next(_serial)}"
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    _sql(services, copy.format(sql.Identifier(name), sql.Identifier(template_database)))
    yield _named(services, name)
    _sql(services, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def redis_url(services: embedded.Services) -> str:
    return services.redis_url


@pytest.fixture
def keyring() -> Keyring:
    return Keyring.parse("test:" + base64.b64encode(bytes(range(32))).decode())


@pytest.fixture
async def database(database_url: str, keyring: Keyring) -> AsyncIterator[Database]:
    db = Database(database_url, keyring)
    yield db
    await db.close()


@pytest.fixture(scope="session")
def house() -> Iterator[DemoHouse]:
    """A whole demo as real processes, shared by all who only talk to it and look at it."""
    with demo_house.running() as running:
        yield running


@pytest.fixture(scope="session")
def nagano() -> Path:
    return Path(__file__).parent.parent / "deploy" / "cities" / "nagano"


def _named(services: embedded.Services, name: str) -> str:
    return services.database_url.replace(f"/{embedded.DATABASE_NAME}?", f"/{name}?")


def _sql(services: embedded.Services, statement: sql.Composed) -> None:
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute(statement)
