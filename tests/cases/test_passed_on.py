from datetime import timedelta

from sqlalchemy import select, update

from cases import channel, passed_on
from cases.crypto import Keyring
from cases.db import Database
from cases.passed_on import LEASE, PassedOnRow
from tests.bot.talking import NOW, said

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


async def test_an_event_that_was_passed_keeps_nothing_that_was_said(database: Database) -> None:
    await put(database, "1")
    async with database.transaction() as uow:
        taken = await passed_on.claim(uow, NOW)
        assert taken is not None
        await passed_on.passed(uow, taken, NOW)
    [row] = await rows(database)
    assert (row.state, row.event, row.message_hash, row.finished_at) == ("passed", None, None, NOW)


async def test_all_that_waited_for_too_long_is_given_up_at_once_and_keeps_nothing(database: Database) -> None:
    await put(database, "1", "2", "3")
    later = NOW + timedelta(minutes=10)
    async with database.transaction() as uow:
        taken = await passed_on.claim(uow, later)  # somebody has the first one in hand
        await passed_on.put(uow, {**EVENT, "webhookEventId": "4"}, later)
        assert taken is not None
        assert await passed_on.give_up_before(uow, NOW, later) == 2
        assert await passed_on.give_up_before(uow, NOW, later) == 0
    first, second, third, fourth = await rows(database)
    assert (first.state, fourth.state) == ("waiting", "waiting")
    for row in (second, third):
        assert (row.state, row.event, row.message_hash, row.finished_at) == ("given_up", None, None, later)


async def test_a_message_taken_back_is_never_given_out_again(database: Database) -> None:
    async with database.transaction() as uow:
        for name in ("m1", "m2"):
            await passed_on.put(uow, said(name, message=name), NOW)
    async with database.transaction() as uow:
        in_hand = await passed_on.claim(uow, NOW)
        assert in_hand is not None
    async with database.transaction() as uow:
        await passed_on.forget_message(uow, "m1")
    async with database.transaction() as uow:
        await passed_on.again(uow, in_hand, NOW)  # whoever had it in hand could not pass it
        taken = [await passed_on.claim(uow, NOW + timedelta(hours=1)) for _ in range(2)]
    assert [one and one.event["message"]["id"] for one in taken] == ["m2", None]
    gone, _ = await rows(database)
    assert (gone.state, gone.event, gone.message_hash) == ("given_up", None, None)


async def test_a_message_from_before_the_keys_were_rotated_is_forgotten_too(
    database: Database, database_url: str, rotated: Keyring
) -> None:
    async with database.transaction() as uow:
        await passed_on.put(uow, said("x", message="m1"), NOW)
    later = Database(database_url, rotated)
    async with later.transaction() as uow:
        await passed_on.forget_message(uow, "m1")
    await later.close()
    assert [row.state for row in await rows(database)] == ["given_up"]


async def test_an_event_without_content_is_nothing_to_pass_on(database: Database) -> None:
    async with database.transaction() as uow:
        await passed_on.put(uow, {}, NOW)
    assert await rows(database) == []


async def test_a_row_without_content_is_given_up_on_the_way(database: Database) -> None:
    await put(database, "1", "2")
    async with database.transaction() as uow:
        await uow.session.execute(update(PassedOnRow).where(PassedOnRow.seq == 1).values(event=None))
    async with database.transaction() as uow:
        taken = await passed_on.claim(uow, NOW)
    assert taken is not None
    assert taken.event["webhookEventId"] == "2"


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
