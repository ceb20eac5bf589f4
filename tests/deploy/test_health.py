"""A supervisor hears the truth in bounded time, whatever the database does."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx2
import psycopg
import pytest
from fastapi import FastAPI

from cases import inbound
from cases.crypto import Keyring
from cases.db import Database
from deploy import health

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


@asynccontextmanager
async def asking(database: Database, *, redis_up: bool = True) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    app.include_router(health.router(database, redis_up=lambda: redis_up))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://kizuki") as client:
        yield client


@asynccontextmanager
async def silence() -> AsyncIterator[tuple[int, list[None]]]:
    """A port that takes connections and never says a word."""
    visits: list[None] = []
    leave = asyncio.Event()

    async def take(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append(None)
        await leave.wait()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], visits
    finally:
        leave.set()
        server.close()
        await server.wait_closed()
        # The question that was left to end by itself does so now, and not in somebody else's test.
        await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == "probe"))


def run(database_url: str, *statements: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


async def test_a_house_in_order_is_ready(database: Database) -> None:
    async with asking(database) as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "degraded": []}


async def test_the_process_lives_whatever_the_database_does(keyring: Keyring) -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:1/none", keyring)
    async with asking(nowhere, redis_up=False) as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "database", "degraded": ["redis"]}


@pytest.mark.parametrize(
    "statement", ["UPDATE alembic_version SET version_num = 'r9999'", "DROP TABLE alembic_version"]
)
async def test_another_releases_schema_is_not_ready(database: Database, database_url: str, statement: str) -> None:
    run(database_url, statement)
    async with asking(database) as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "schema"


async def test_what_wants_a_person_does_not_make_it_unready(database: Database, database_url: str) -> None:
    event = inbound.Arrived("01HX", None, "message", NOW, {"type": "message"})
    async with database.transaction() as uow:
        await inbound.accept(uow, [event], NOW)
    run(database_url, "UPDATE inbound SET state = 'parked'", "UPDATE channel SET refused_since = now()")
    async with asking(database, redis_up=False) as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "degraded": ["redis", "breaker", "parked"]}


async def test_a_database_that_hangs_is_told_in_bounded_time_and_asked_once(keyring: Keyring) -> None:
    async with silence() as (port, visits):
        hanging = Database(f"postgresql://nobody@127.0.0.1:{port}/none", keyring)
        async with asking(hanging) as client:
            began = time.monotonic()
            answers = await asyncio.gather(*(client.get("/readyz") for _ in range(5)))
            took = time.monotonic() - began
            assert [answer.json()["status"] for answer in answers] == ["database"] * 5
            assert took < health.READY_SECONDS + 3
            assert len(visits) == 1
            assert (await client.get("/healthz")).status_code == 200
