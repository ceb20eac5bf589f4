import asyncio
from datetime import datetime
from uuid import UUID, uuid4

import pytest

from bot.events import REPLY_ONLY
from cases import people
from cases.db import Database
from cases.errors import NotFound
from cases.people import PACE_ACTS
from tests.cases.builders import NOW, interrupted, keyring_of, later, see, sql


async def test_a_person_is_made_at_first_sight_and_found_afterwards(database: Database) -> None:
    async with database.transaction() as uow:
        first = await people.lock(uow, "U1", NOW)
    async with database.transaction() as uow:
        again = await people.lock(uow, "U1", later(days=1))
        other = await people.lock(uow, "U2", NOW)
    assert first == again
    assert (first.reachable, first.first_seen_at) == (True, NOW)
    assert other.id != first.id


async def test_whoever_has_no_id_is_known_as_such(database: Database, database_url: str) -> None:
    assert people.REPLY_ONLY == REPLY_ONLY
    await see(database, "U1")
    await see(database, f"{REPLY_ONLY}C1")
    assert sql(database_url, "SELECT reply_only FROM people ORDER BY 1") == [(False,), (True,)]


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


async def paces(database: Database, *seconds: float) -> list[people.Pace]:
    """The pace of acts that happened so many seconds after NOW."""
    found: list[people.Pace] = []
    for at in seconds:
        async with database.transaction() as uow:
            found.append((await people.lock(uow, "U1", NOW, act_at=later(seconds=at))).pace)
    return found


class TestPace:
    """No. 59: somebody who sends faster than anybody can read."""

    async def test_of_a_flood_one_act_is_the_first_over_the_limit(self, database: Database) -> None:
        found = await paces(database, *(n / 10 for n in range(PACE_ACTS + 20)))
        assert found == ["calm"] * PACE_ACTS + ["first_over"] + ["over"] * 19

    async def test_thirty_a_minute_are_calm_for_ever(self, database: Database) -> None:
        assert set(await paces(database, *(2.05 * n for n in range(3 * PACE_ACTS)))) == {"calm"}

    async def test_a_flood_that_goes_on_stays_one(self, database: Database) -> None:
        found = await paces(database, *(n for n in range(4 * PACE_ACTS + 60)))
        assert found.count("first_over") == 1
        assert set(found[PACE_ACTS + 1 :]) == {"over"}

    async def test_after_a_silent_minute_it_is_over(self, database: Database) -> None:
        flood = [n / 10 for n in range(PACE_ACTS + 5)]
        assert (await paces(database, *flood, flood[-1] + 60))[-1] == "calm"
        assert (await paces(database, flood[-1] + 61))[-1] == "calm"

    async def test_after_a_minute_of_few_acts_it_is_over(self, database: Database) -> None:
        await paces(database, *(n / 10 for n in range(PACE_ACTS + 5)))
        assert await paces(database, 50, 100, 125, 165, 170) == ["over", "over", "over", "calm", "calm"]

    async def test_what_is_no_act_neither_counts_nor_ends_a_flood(self, database: Database) -> None:
        await paces(database, *(n / 100 for n in range(PACE_ACTS)))
        async with database.transaction() as uow:
            for _ in range(5):
                assert (await people.lock(uow, "U1", NOW)).pace == "calm"
        assert await paces(database, 1, 2) == ["first_over", "over"]

    async def test_an_attempt_that_failed_counted_nothing(self, database: Database) -> None:
        await paces(database, *(n / 100 for n in range(PACE_ACTS)))
        await interrupted(database, lambda uow: people.lock(uow, "U1", NOW, act_at=later(seconds=1)))
        assert await paces(database, 1) == ["first_over"]


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
