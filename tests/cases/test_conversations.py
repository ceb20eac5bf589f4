import asyncio
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from cases import conversations, people, unsent
from cases.conversations import Met
from cases.db import Database
from tests.cases.builders import NOW, keyring_of, later, see, sql

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


class TestMeet:
    """Who says something is locked, and known, in one journey."""

    @staticmethod
    async def meet(database: Database, line_user: str = "U1", message: str = "m") -> Met:
        async with database.transaction() as uow:
            return await conversations.meet(uow, line_user, NOW, at=NOW, act_at=NOW, message_id=message)

    async def test_a_stranger_becomes_a_person_without_a_talk(self, database: Database) -> None:
        met = await self.meet(database)
        assert (met.state, met.is_taken_back, met.person.pace) == (None, False, "calm")
        assert (await self.meet(database)).person.id == met.person.id

    async def test_the_state_is_the_last_one_saved_and_no_older_than_its_time(
        self, database: Database, person: UUID
    ) -> None:
        await save(database, person, STATE)
        assert (await self.meet(database)).state == STATE
        async with database.transaction() as uow:
            late = await conversations.meet(uow, "U1", later(hours=1), at=None, act_at=None, message_id="")
        assert late.state is None

    async def test_a_message_that_was_taken_back_is_known(self, database: Database) -> None:
        async with database.transaction() as uow:
            await unsent.remember(uow, "gone", NOW)
        assert (await self.meet(database, message="gone")).is_taken_back
        assert not (await self.meet(database, message="other")).is_taken_back
        assert not (await self.meet(database, message="")).is_taken_back

    async def test_it_waits_for_whoever_has_the_person_and_sees_what_they_saved(
        self, database: Database, person: UUID
    ) -> None:
        async with database.transaction() as uow:
            await people.lock(uow, "U1", NOW)
            waiting = asyncio.create_task(self.meet(database))
            await asyncio.sleep(0.05)
            assert not waiting.done()
            await conversations.save(uow, person, STATE, later(hours=1))
        assert (await waiting).state == STATE

    async def test_a_person_from_before_a_rotation_of_keys_is_the_same(self, database_url: str) -> None:
        met = []
        for keys in (["old"], ["new", "old"]):
            rotated = Database(database_url, keyring_of(*keys))
            met.append((await self.meet(rotated)).person.id)
            await rotated.close()
        assert met[0] == met[1]

    async def test_a_state_that_cannot_be_opened_is_an_empty_one(
        self, database: Database, database_url: str, person: UUID
    ) -> None:
        await save(database, person, STATE)
        sql(database_url, "UPDATE conversations SET state = set_byte(state, 30, get_byte(state, 30) # 1)")
        with capture_logs():
            assert (await self.meet(database)).state == {}
