import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from cases import channel
from cases.db import Database
from deploy import bot_id
from deploy.bot_id import BotId
from tests.bot.talking import until

OURS = "U" + "b" * 32


@contextlib.asynccontextmanager
async def running(known: BotId) -> AsyncIterator[None]:
    task = asyncio.create_task(known.run())
    yield
    assert not task.done()
    task.cancel()
    await asyncio.wait({task})


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot_id, "UNKNOWN_SECONDS", 0.01)
    monkeypatch.setattr(bot_id, "KNOWN_SECONDS", 0.01)


async def test_it_is_unknown_until_a_worker_heard_it_from_line(database: Database) -> None:
    known = BotId(database)
    async with running(known):
        await asyncio.sleep(0.05)
        assert known() is None
        async with database.transaction() as uow:
            await channel.note_bot(uow, OURS, "bot")
        await until(lambda: known() == OURS)


async def test_it_outlives_a_database_that_is_away(keyring) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/nothing", keyring)
    known = BotId(away)
    async with running(known):
        await asyncio.sleep(0.1)
        assert known() is None
    await away.close()
