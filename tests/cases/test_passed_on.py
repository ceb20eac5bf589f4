from datetime import timedelta

import pytest
from sqlalchemy import select, update

from cases import channel, passed_on
from cases.db import Database
from cases.passed_on import LEASE, PassedOnRow
from tests.bot.talking import NOW

EVENT = {"type": "message", "message": {"type": "text", "text": "ごみの日"}, "replyToken": "t"}


async def put(database: Database, *names: str) -> None:
    for name in names:
        async with database.transaction() as uow:
            await passed_on.put(uow, {**EVENT, "webhookEventId": name}, NOW)


async def rows(database: Database) -> list[PassedOnRow]:
    async with database.reading() as reader:
        return list(await reader.session.scalars(select(PassedOnRow).order_by(PassedOnRow.seq)))


async def test_events_come_out_in_order_with_the_account_s_id(database: Database) -> None:
    await put(database, "1", "2")
    async with database.transaction() as uow:
        await channel.note_bot(uow, "U" + "b" * 32, "bot")
    async with database.transaction() as uow:
        taken = [await passed_on.claim(uow, NOW) for _ in range(3)]
    first, second, none = taken
    assert first is not None
    assert second is not None
    assert [first.event["webhookEventId"], second.event["webhookEventId"], none] == ["1", "2", None]
    assert (first.destination, first.attempts, first.event["replyToken"]) == ("U" + "b" * 32, 1, "t")


async def test_two_takers_at_once_take_two_events(database: Database) -> None:
    await put(database, "1", "2")
    async with database.transaction() as one, database.transaction() as other:
        first, second = await passed_on.claim(one, NOW), await passed_on.claim(other, NOW)
    assert first is not None
    assert second is not None
    assert first.id != second.id


async def test_an_event_whose_taker_died_is_given_out_again(database: Database) -> None:
    await put(database, "1")
    for at, expected in ((NOW, 1), (NOW + LEASE, 2)):
        async with database.transaction() as uow:
            taken = await passed_on.claim(uow, at)
        assert taken is not None
        assert taken.attempts == expected


@pytest.mark.parametrize(("end", "state"), [(passed_on.passed, "passed"), (passed_on.give_up, "given_up")])
async def test_an_ended_event_keeps_nothing_that_was_said(database: Database, end: object, state: str) -> None:
    await put(database, "1")
    async with database.transaction() as uow:
        taken = await passed_on.claim(uow, NOW)
        await end(uow, taken, NOW)  # type: ignore[operator]
    [row] = await rows(database)
    assert (row.state, row.event, row.finished_at) == (state, None, NOW)


async def test_an_event_that_waits_holds_back_no_other(database: Database) -> None:
    await put(database, "1", "2")
    async with database.transaction() as uow:
        first = await passed_on.claim(uow, NOW)
        assert first is not None
        await passed_on.again(uow, first, NOW + timedelta(minutes=1))
        second = await passed_on.claim(uow, NOW)
        assert second is not None
        assert await passed_on.claim(uow, NOW) is None
        again = await passed_on.claim(uow, NOW + timedelta(minutes=1))
    assert again is not None


async def test_an_event_that_no_key_opens_is_given_up_on_the_way(database: Database) -> None:
    await put(database, "1", "2")
    async with database.transaction() as uow:
        await uow.session.execute(update(PassedOnRow).where(PassedOnRow.seq == 1).values(event=b"\x01x" + bytes(40)))
    async with database.transaction() as uow:
        taken = await passed_on.claim(uow, NOW)
    assert taken is not None
    assert taken.event["webhookEventId"] == "2"
    assert [row.state for row in await rows(database)] == ["given_up", "waiting"]


async def test_the_event_is_sealed(database: Database) -> None:
    await put(database, "1")
    [row] = await rows(database)
    assert row.event is not None
    assert "ごみ".encode() not in bytes(row.event)
