import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from cases import conversations, people, purging
from cases.db import Database, UnitOfWork
from deploy import housekeeping

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


async def draft_of(database: Database, line_user: str, expires_at: datetime) -> None:
    async with database.transaction() as uow:
        person = await people.lock(uow, line_user, NOW)
        await conversations.save(uow, person.id, {"words": "書きかけ"}, expires_at)


def count(database_url: str, table: str) -> int:
    with psycopg.connect(database_url) as connection:
        (number,) = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() or (None,)
    return int(number)


def bury(database_url: str, number: int) -> None:
    """Old tombstones."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO unsent (message_hash, unsent_at) SELECT decode(md5(n::text), 'hex'), '2026-01-01' "
            "FROM generate_series(1, %s) AS n",
            (number,),
        )


async def test_an_expired_draft_is_deleted_and_a_living_one_stays(database: Database, database_url: str) -> None:
    await draft_of(database, "U" + "1" * 32, NOW - timedelta(seconds=1))
    await draft_of(database, "U" + "2" * 32, NOW + timedelta(hours=1))
    await housekeeping.tidy(database, NOW)
    assert count(database_url, "conversations") == 1


async def test_an_arrear_is_worked_off_batch_by_batch(database: Database, database_url: str) -> None:
    bury(database_url, 3 * purging.BATCH + 7)
    with capture_logs() as said:
        await housekeeping.tidy(database, NOW)
    assert count(database_url, "unsent") == 0
    assert [entry["tombstones"] for entry in said if entry["event"] == "housekeeping.done"] == [3 * purging.BATCH + 7]


async def test_several_workers_at_once_delete_everything_once(database: Database, database_url: str) -> None:
    bury(database_url, 4 * purging.BATCH)
    with capture_logs() as said:
        await asyncio.gather(*(housekeeping.tidy(database, NOW) for _ in range(3)))
    assert not [entry for entry in said if entry["event"] == "housekeeping.failed"]
    deleted = sum(entry["tombstones"] for entry in said if entry["event"] == "housekeeping.done")
    assert deleted + count(database_url, "unsent") == 4 * purging.BATCH


async def test_what_fails_does_not_keep_the_rest_from_going(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_uow: UnitOfWork, _now: datetime) -> int:
        raise OperationalError("となりの山田さん", None, Exception("090-1234-5678"))

    broken_first: dict[str, Any] = {"drafts": broken, "tombstones": purging.PURGES["tombstones"]}
    monkeypatch.setattr(purging, "PURGES", broken_first)
    bury(database_url, 3)
    with capture_logs() as said:
        await housekeeping.tidy(database, NOW)
    assert count(database_url, "unsent") == 0
    assert said[0] == {
        "event": "housekeeping.failed", "kind": "drafts", "error": "OperationalError", "log_level": "warning"
    }  # fmt: skip


async def test_it_ends_when_asked_to(database: Database) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(housekeeping.run(database, stop, lambda: NOW))
    await asyncio.sleep(0)
    stop.set()
    await asyncio.wait_for(running, 5)
