import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from cases import channel
from cases.db import Database
from deploy import bot_id
from deploy.bot_id import AGAIN_SECONDS, BotId
from tests.bot.talking import until

OURS, OTHER = "U" + "b" * 32, "U" + "c" * 32
TOKEN = "token-of-the-channel"


async def hear(database: Database, bot: str, token: str = TOKEN) -> None:
    """A worker with this token asks LINE who we are."""
    async with database.transaction() as uow:
        await channel.note_token(uow, channel.mark_of(token))
        await channel.note_bot(uow, bot, "bot")


@contextlib.asynccontextmanager
async def running(known: BotId) -> AsyncIterator[None]:
    task = asyncio.create_task(known.run())
    yield
    assert not task.done()
    task.cancel()
    await asyncio.wait({task})


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot_id, "UNKNOWN_SECONDS", 0.01)
    monkeypatch.setattr(bot_id, "KNOWN_SECONDS", 0.01)


@pytest.mark.usefixtures("quick")
async def test_it_is_unknown_until_a_worker_heard_it_from_line(database: Database) -> None:
    known = BotId(database, TOKEN)
    async with running(known):
        await asyncio.sleep(0.05)
        assert known() is None
        await hear(database, OURS)
        await until(lambda: known() == OURS)


@pytest.mark.usefixtures("quick")
async def test_it_outlives_a_database_that_is_away(keyring) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/nothing", keyring)
    known = BotId(away, TOKEN)
    async with running(known):
        await asyncio.sleep(0.1)
        assert known() is None
    await away.close()


async def test_what_was_heard_with_another_token_is_not_our_id(database: Database) -> None:
    await hear(database, OTHER, "token of the channel before")
    known = BotId(database, TOKEN)
    await known.look_again()
    assert known() is None
    await hear(database, OURS)
    again = BotId(database, TOKEN)
    await again.look_again()
    assert again() == OURS


async def test_an_id_that_changed_is_known_as_soon_as_a_webhook_doubts_it_and_looked_for_once_a_second(
    database: Database,
) -> None:
    time = [100.0]
    known = BotId(database, TOKEN, clock=lambda: time[0])
    await hear(database, OTHER)
    await asyncio.gather(*(known.look_again() for _ in range(5)))
    assert known() == OTHER
    await hear(database, OURS)
    await known.look_again()
    assert known() == OTHER, "looked at just now"
    time[0] += AGAIN_SECONDS
    await known.look_again()
    assert known() == OURS
