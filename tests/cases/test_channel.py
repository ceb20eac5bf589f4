"""What is known of the account: noted when it is news, shared by all programs."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any

from cases import channel
from cases.channel import FIRST_PAUSE, LONGEST_PAUSE, Channel
from cases.db import Database, UnitOfWork
from tests.cases.builders import NOW, later, sql


async def note(database: Database, act: Callable[[UnitOfWork], Awaitable[Any]]) -> Any:
    async with database.transaction() as uow:
        return await act(uow)


async def known(database: Database) -> Channel:
    async with database.reading() as reader:
        return await channel.read(reader)


def version(url: str) -> Any:
    return sql(url, "SELECT xmin::text FROM channel")


class TestNoting:
    async def test_of_a_new_house_nothing_is_known(self, database: Database) -> None:
        assert await known(database) == Channel()

    async def test_what_is_noted_is_what_is_read(self, database: Database) -> None:
        await note(database, lambda uow: channel.note_bot(uow, "U0", "bot"))
        await note(database, lambda uow: channel.note_quota(uow, 200, 12, NOW))
        await note(database, lambda uow: channel.note_standby(uow, NOW))
        await note(database, lambda uow: channel.note_suspended(uow, NOW))
        assert await known(database) == Channel(
            bot_user_id="U0", chat_mode="bot", quota=200, used=12, quota_read_at=NOW, standby_at=NOW, suspended_at=NOW
        )
        await note(database, lambda uow: channel.note_quota(uow, None, 12, later(minutes=15)))
        await note(database, lambda uow: channel.note_suspended(uow, None))
        assert (await known(database)).quota is None
        assert (await known(database)).suspended_at is None

    async def test_what_is_known_already_is_not_written_again(self, database: Database, database_url: str) -> None:
        acts: list[Callable[[UnitOfWork], Awaitable[Any]]] = [
            lambda uow: channel.note_token(uow, "mark"),
            lambda uow: channel.note_bot(uow, "U0", "bot"),
            lambda uow: channel.note_refused(uow, NOW),
            lambda uow: channel.note_used_up(uow, NOW),
            lambda uow: channel.note_standby(uow, NOW),
            lambda uow: channel.note_suspended(uow, NOW),
        ]
        for act in acts:
            await note(database, act)
        before = version(database_url)
        for act in acts:
            await note(database, act)
        assert version(database_url) == before

    async def test_what_another_program_leads_is_noted_by_the_minute(self, database: Database) -> None:
        for at in (NOW, later(seconds=59), later(seconds=61)):
            await note(database, partial(channel.note_standby, now=at))
        assert (await known(database)).standby_at == later(seconds=61)


class TestUsedUp:
    async def test_the_first_time_counts_until_there_is_room_again(self, database: Database) -> None:
        assert await note(database, lambda uow: channel.note_used_up(uow, NOW))
        assert not await note(database, lambda uow: channel.note_used_up(uow, later(hours=1)))
        assert (await known(database)).used_up_since == NOW
        assert await note(database, lambda uow: channel.note_used_up(uow, None))
        assert not await note(database, lambda uow: channel.note_used_up(uow, None))
        assert (await known(database)).used_up_since is None


class TestRefused:
    async def probe(self, database: Database, at: datetime) -> bool:
        return bool(await note(database, lambda uow: channel.take_probe(uow, at)))

    async def test_while_line_takes_our_token_there_is_nothing_to_try(self, database: Database) -> None:
        assert not await self.probe(database, NOW)

    async def test_one_try_after_each_pause_and_the_pauses_grow(self, database: Database) -> None:
        await note(database, lambda uow: channel.note_refused(uow, NOW))
        tries = [minute for minute in range(90) if await self.probe(database, later(minutes=minute))]
        assert tries == [2, 4, 8, 16, 31, 46, 61, 76]
        assert (later(minutes=2) - NOW, later(minutes=15) - NOW) == (FIRST_PAUSE, LONGEST_PAUSE)

    async def test_of_several_workers_one_tries(self, database: Database) -> None:
        await note(database, lambda uow: channel.note_refused(uow, NOW))
        tried = await asyncio.gather(*(self.probe(database, later(minutes=2)) for _ in range(5)))
        assert sorted(tried) == [False] * 4 + [True]

    async def test_a_try_that_did_not_reach_line_is_given_back(self, database: Database) -> None:
        await note(database, lambda uow: channel.note_refused(uow, NOW))
        assert await self.probe(database, later(minutes=2))
        await note(database, lambda uow: channel.give_probe_back(uow, later(minutes=2)))
        assert await self.probe(database, later(minutes=2))

    async def test_once_line_takes_the_token_the_trouble_is_over_and_the_next_one_starts_anew(
        self, database: Database
    ) -> None:
        assert await note(database, lambda uow: channel.note_refused(uow, NOW))
        assert not await note(database, lambda uow: channel.note_refused(uow, later(hours=1)))
        assert (await known(database)).refused_since == NOW
        assert await note(database, lambda uow: channel.note_refused(uow, None))
        assert not await note(database, lambda uow: channel.note_refused(uow, None))
        assert await known(database) == Channel()
        await note(database, lambda uow: channel.note_refused(uow, later(hours=2)))
        assert (await known(database)).probe_at == later(hours=2) + FIRST_PAUSE


class TestForbidden:
    async def test_the_account_is_tried_after_the_same_pauses_as_the_token(self, database: Database) -> None:
        assert await note(database, lambda uow: channel.note_forbidden(uow, NOW))
        assert not await note(database, lambda uow: channel.note_forbidden(uow, later(hours=1)))
        at = [
            minute
            for minute in range(40)
            if await note(database, partial(channel.take_probe, now=later(minutes=minute)))
        ]
        assert at == [2, 4, 8, 16, 31]
        assert await note(database, lambda uow: channel.note_forbidden(uow, None))
        assert await known(database) == Channel()

    async def test_line_tells_one_trouble_at_a_time(self, database: Database) -> None:
        await note(database, lambda uow: channel.note_refused(uow, NOW))
        await note(database, lambda uow: channel.note_forbidden(uow, later(hours=1)))
        found = await known(database)
        assert (found.refused_since, found.forbidden_since) == (None, later(hours=1))
        assert not await note(database, lambda uow: channel.note_refused(uow, None)), "the token was taken all along"
        assert (await known(database)).probe_at == later(hours=1) + FIRST_PAUSE


class TestToken:
    async def test_with_another_token_nothing_is_known_of_the_account(self, database: Database) -> None:
        assert await note(database, lambda uow: channel.note_token(uow, "old"))
        await note(database, lambda uow: channel.note_bot(uow, "U0", "bot", mark="old"))
        await note(database, lambda uow: channel.note_refused(uow, NOW))
        assert not await note(database, lambda uow: channel.note_token(uow, "old"))
        assert (await known(database)).bot_user_id == "U0"
        assert await note(database, lambda uow: channel.note_token(uow, "new"))
        assert await known(database) == Channel("new")
        await note(database, lambda uow: channel.note_bot(uow, "U0", "bot", mark="old"))
        assert await known(database) == Channel("new")

    async def test_a_mark_tells_tokens_apart_and_does_not_tell_them(self) -> None:
        one, other = channel.mark_of("token-1"), channel.mark_of("token-2")
        assert one == channel.mark_of("token-1") != other
        assert "token" not in one


async def test_of_several_workers_one_asks_line_about_the_account(database: Database) -> None:
    async with database.transaction() as first:
        assert await channel.begin_reading(first)
        assert not await note(database, channel.begin_reading)
    assert await note(database, channel.begin_reading)
