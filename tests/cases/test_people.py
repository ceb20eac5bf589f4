import asyncio
from datetime import datetime
from uuid import UUID, uuid4

import pytest

from cases import people
from cases.db import Database
from cases.errors import NotFound
from tests.cases.builders import NOW, keyring_of, later, see, sql


async def test_a_person_is_made_at_first_sight_and_found_afterwards(database: Database) -> None:
    async with database.transaction() as uow:
        first = await people.lock(uow, "U1", NOW)
    async with database.transaction() as uow:
        again = await people.lock(uow, "U1", later(days=1))
        other = await people.lock(uow, "U2", NOW)
    assert first == again
    assert (first.reachable, first.first_seen_at) == (True, NOW)
    assert other.id != first.id


async def test_two_events_at_once_see_one_person(database: Database) -> None:
    ids = await asyncio.gather(*(see(database) for _ in range(8)))
    assert len(set(ids)) == 1


async def test_a_locked_person_waits_for_the_transaction_to_end(database: Database) -> None:
    await see(database)
    async with database.transaction() as uow:
        await people.lock(uow, "U1", NOW)
        second = asyncio.create_task(see(database))
        await asyncio.sleep(0.05)
        assert not second.done()
    await second


async def seen(database: Database, *, at: datetime, reachable: bool = True) -> bool:
    """An event of the person happened at `at`; whether they count as reachable now."""
    async with database.transaction() as uow:
        return (await people.lock(uow, "U1", NOW, at=at, reachable=reachable)).reachable


class TestReachable:
    async def test_who_blocked_us_is_not_reachable_until_they_come_back(self, database: Database) -> None:
        assert await seen(database, at=NOW)
        assert not await seen(database, at=later(seconds=1), reachable=False)
        async with database.transaction() as uow:
            assert not (await people.lock(uow, "U1", NOW)).reachable
        assert await seen(database, at=later(seconds=2))

    async def test_a_block_that_is_told_late_does_not_silence_who_has_come_back_since(self, database: Database) -> None:
        assert await seen(database, at=later(seconds=9))
        assert await seen(database, at=later(seconds=5), reachable=False)

    async def test_a_return_that_is_told_late_does_not_undo_a_later_block(self, database: Database) -> None:
        assert not await seen(database, at=later(seconds=9), reachable=False)
        assert not await seen(database, at=later(seconds=5))

    async def test_of_two_at_the_same_moment_the_one_handled_last_counts(self, database: Database) -> None:
        assert not await seen(database, at=NOW, reachable=False)
        assert await seen(database, at=NOW)


class TestLineUser:
    async def test_it_opens_for_sending(self, database: Database) -> None:
        person = await see(database)
        async with database.reading() as reader:
            assert await people.line_user(reader, person) == "U1"

    async def test_nobody_is_not_found(self, database: Database) -> None:
        with pytest.raises(NotFound):
            async with database.reading() as reader:
                await people.line_user(reader, uuid4())

    async def test_a_person_stays_the_same_while_keys_rotate(self, database_url: str) -> None:
        ids = set()
        for keys in (["old"], ["new", "old"], ["new"]):
            rotated = Database(database_url, keyring_of(*keys))
            ids.add(await see(rotated))
            async with rotated.reading() as reader:
                assert await people.line_user(reader, next(iter(ids))) == "U1"
            await rotated.close()
        assert len(ids) == 1
        assert sql(database_url, "SELECT count(*) FROM people") == [(1,)]

    async def test_programs_with_different_keys_that_met_a_person_at_once_harm_nobody(self, database_url: str) -> None:
        for keys in (["old"], ["new"]):
            await _see_with(database_url, *keys)
        assert sql(database_url, "SELECT count(*) FROM people") == [(2,)]
        assert await _see_with(database_url, "new", "old") == await _see_with(database_url, "new")


async def _see_with(url: str, *keys: str) -> UUID:
    database = Database(url, keyring_of(*keys))
    person = await see(database)
    await database.close()
    return person
