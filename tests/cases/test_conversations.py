from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from cases import conversations
from cases.db import Database
from tests.cases.builders import NOW, later, see, sql

STATE = {"version": 1, "step": "where", "entries": [["story", "新聞がたまっています"]]}


@pytest.fixture
async def person(database: Database) -> UUID:
    return await see(database)


async def save(database: Database, person: UUID, state: dict[str, Any], hours: int = 1) -> None:
    async with database.transaction() as uow:
        await conversations.save(uow, person, state, later(hours=hours))


async def test_what_was_saved_is_loaded(database: Database, person: UUID) -> None:
    await save(database, person, STATE)
    async with database.reading() as reader:
        assert await conversations.load(reader, person, NOW) == STATE


async def test_nothing_was_saved(database: Database, person: UUID) -> None:
    async with database.reading() as reader:
        assert await conversations.load(reader, person, NOW) is None


async def test_the_last_state_counts_and_the_version_counts_up(
    database: Database, database_url: str, person: UUID
) -> None:
    await save(database, person, STATE)
    await save(database, person, {"step": "summary"})
    async with database.reading() as reader:
        assert await conversations.load(reader, person, NOW) == {"step": "summary"}
    assert sql(database_url, "SELECT version FROM conversations") == [(2,)]


async def test_a_state_past_its_time_is_not_read(database: Database, person: UUID) -> None:
    await save(database, person, STATE)
    async with database.reading() as reader:
        assert await conversations.load(reader, person, later(hours=1)) is None


async def test_a_state_that_cannot_be_opened_is_an_empty_one_and_the_next_takes_its_place(
    database: Database, database_url: str, person: UUID
) -> None:
    await save(database, person, STATE)
    sql(database_url, "UPDATE conversations SET state = set_byte(state, 30, get_byte(state, 30) # 1)")
    async with database.reading() as reader:
        with capture_logs() as logs:
            assert await conversations.load(reader, person, NOW) == {}
    assert [(log["event"], log["person"]) for log in logs] == [("conversation.unreadable", str(person))]
    await save(database, person, STATE)
    async with database.reading() as reader:
        assert await conversations.load(reader, person, NOW) == STATE


async def test_purging_takes_what_is_over_and_nothing_else(database: Database, database_url: str, person: UUID) -> None:
    await save(database, person, STATE, hours=1)
    await save(database, await see(database, "U2"), STATE, hours=2)
    async with database.transaction() as uow:
        assert await conversations.purge_expired(uow, later(hours=1)) == 1
    async with database.transaction() as uow:
        assert await conversations.purge_expired(uow, later(hours=1)) == 0
    assert sql(database_url, "SELECT count(*) FROM conversations") == [(1,)]
