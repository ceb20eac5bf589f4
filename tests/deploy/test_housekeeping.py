import asyncio
from datetime import UTC, datetime, timedelta

import psycopg

from cases import conversations, people
from cases.db import Database
from deploy import housekeeping

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


async def draft_of(database: Database, line_user: str, expires_at: datetime) -> None:
    async with database.transaction() as uow:
        person = await people.lock(uow, line_user, NOW)
        await conversations.save(uow, person.id, {"words": "書きかけ"}, expires_at)


def drafts(database_url: str) -> int:
    with psycopg.connect(database_url) as connection:
        (count,) = connection.execute("SELECT count(*) FROM conversations").fetchone() or (None,)
    return int(count)


async def test_an_expired_draft_is_deleted_and_a_living_one_stays(database: Database, database_url: str) -> None:
    await draft_of(database, "U" + "1" * 32, NOW - timedelta(seconds=1))
    await draft_of(database, "U" + "2" * 32, NOW + timedelta(hours=1))
    await housekeeping.tidy(database, NOW)
    assert drafts(database_url) == 1


async def test_it_ends_when_asked_to(database: Database) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(housekeeping.run(database, stop, lambda: NOW))
    await asyncio.sleep(0)
    stop.set()
    await asyncio.wait_for(running, 5)
