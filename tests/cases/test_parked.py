from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from cases import audit, inbound, outbox, parked, people
from cases.db import Database
from cases.errors import NotFound
from cases.inbound import Arrived, InboundRow
from tests.bot.talking import NOW, USER

LATER = NOW + timedelta(minutes=1)


async def park(database: Database, *names: str) -> list[UUID]:
    """Events that failed until they were set aside."""
    payload = {"type": "message", "message": {"id": "m1", "type": "text", "text": "ひみつ"}, "replyToken": "t"}
    for name in names:
        event = Arrived(name, USER, "message.text", NOW, payload)
        async with database.transaction() as uow:
            await inbound.accept(uow, [event], NOW)
            claimed = await inbound.claim(uow, NOW)
            assert claimed is not None
            for _ in range(inbound.MOST_ATTEMPTS):
                await inbound.count_attempt(uow, claimed, "ValueError < act:12")
            values = {"attempts": inbound.MOST_ATTEMPTS, "state": "parked"}
            await uow.session.execute(update(InboundRow).where(InboundRow.id == claimed.id).values(values))
    async with database.reading() as reader:
        return [event.id for event in await parked.listed(reader)]


async def row_of(database: Database, event_id: UUID) -> InboundRow:
    async with database.reading() as reader:
        row = await reader.session.get_one(InboundRow, event_id)
        assert isinstance(row, InboundRow)
        return row


async def audited(database: Database, event_id: UUID) -> list[audit.Entry]:
    async with database.reading() as reader:
        return await audit.entries(reader, parked.TARGET, event_id)


async def test_the_list_tells_kind_times_attempts_and_place_but_not_what_was_said(database: Database) -> None:
    await park(database, "e1")
    async with database.reading() as reader:
        [event] = await parked.listed(reader)
    assert (event.kind, event.event_at, event.attempts) == ("message.text", NOW, inbound.MOST_ATTEMPTS)
    assert (event.error, event.has_content) == ("ValueError < act:12", True)
    assert "ひみつ" not in repr(event)


async def test_a_retried_event_is_given_out_as_if_it_were_new(database: Database) -> None:
    [event_id] = await park(database, "e1")
    async with database.transaction() as uow:
        assert await parked.retry(uow, [event_id], who="operator", now=LATER) == 1
        claimed = await inbound.claim(uow, LATER)
    assert claimed is not None
    assert (claimed.id, claimed.attempts, claimed.payload["message"]["text"]) == (event_id, 0, "ひみつ")


async def test_all_or_some_can_be_retried_and_open_events_are_left_alone(database: Database) -> None:
    ids = await park(database, "e1", "e2", "e3")
    async with database.transaction() as uow:
        assert await parked.retry(uow, ids[:1], who="operator", now=LATER) == 1
        assert await parked.retry(uow, ids[:1], who="operator", now=LATER) == 0
        assert await parked.retry(uow, None, who="another", now=LATER) == 2
    kept = [(entry.action, entry.detail) for event_id in ids for entry in await audited(database, event_id)]
    whos = ("operator", "another", "another")
    assert kept == [("parked.retried", {"who": who, "kind": "message.text"}) for who in whos]


async def test_a_dropped_event_keeps_its_id_only_and_the_audit_log_who_and_why(database: Database) -> None:
    [event_id] = await park(database, "e1")
    async with database.transaction() as uow:
        assert await parked.drop(uow, [event_id], who="operator", why="試験の連絡", now=LATER) == 1
    row = await row_of(database, event_id)
    assert (row.state, row.event_id, row.finished_at) == ("done", "e1", LATER)
    assert (row.payload, row.line_user, row.error, row.message_hash, row.lane) == (None,) * 5
    [entry] = await audited(database, event_id)
    assert (entry.action, entry.detail["who"], entry.detail["why"]) == ("parked.dropped", "operator", "試験の連絡")
    async with database.transaction() as uow:
        assert await parked.drop(uow, [event_id], who="operator", why="x", now=LATER) == 0


async def test_whoever_has_an_event_shown_is_in_the_audit_log(database: Database) -> None:
    [event_id] = await park(database, "e1")
    async with database.transaction() as uow:
        event = await parked.show(uow, event_id, who="operator", why="不具合の調査", now=LATER)
    assert event is not None
    assert event["message"]["text"] == "ひみつ"
    [entry] = await audited(database, event_id)
    assert (entry.action, entry.detail) == ("parked.shown", {"who": "operator", "why": "不具合の調査"})


async def test_what_is_not_parked_cannot_be_shown(database: Database) -> None:
    async with database.transaction() as uow:
        with pytest.raises(NotFound):
            await parked.show(uow, uuid4(), who="operator", why="x", now=LATER)


async def test_an_event_taken_back_has_nothing_to_show(database: Database) -> None:
    [event_id] = await park(database, "e1")
    async with database.transaction() as uow:
        await inbound.forget_message(uow, "m1")
        assert await parked.show(uow, event_id, who="operator", why="x", now=LATER) is None
        [event] = await parked.listed(uow)
    assert not event.has_content


async def test_an_id_is_known_by_its_beginning_if_that_is_enough(database: Database) -> None:
    [event_id] = await park(database, "e1")
    async with database.reading() as reader:
        assert await parked.find(reader, str(event_id)[:8].upper()) == event_id
        assert await parked.find(reader, str(event_id)) == event_id
        for wrong in (str(event_id)[:5], "%" * 8, "", str(uuid4())):
            assert await parked.find(reader, wrong) is None


async def test_undelivered_answers_are_counted_by_outcome_and_reason(database: Database) -> None:
    outcomes = [("not_sent", "403 Forbidden"), ("not_sent", "403 Forbidden"), ("unknown", ""), ("sent", "")]
    for outcome, detail in outcomes:
        async with database.transaction() as uow:
            person = await people.lock(uow, USER, NOW)
            await outbox.put(uow, person.id, [{"type": "text", "text": "x"}], now=NOW)
        async with database.transaction() as uow:
            [row] = await outbox.claim(uow, NOW, 1)
            await outbox.mark(uow, row, outcome, now=LATER, detail=detail)  # type: ignore[arg-type]
    async with database.reading() as reader:
        groups = await parked.undelivered(reader, NOW - timedelta(days=1))
        assert await parked.undelivered(reader, LATER) == []
    told = [(one.state, one.reason, one.count) for one in groups]
    assert told == [("not_sent", "403 Forbidden", 2), ("unknown", "", 1)]
    assert {one.last_at for one in groups} == {LATER}
