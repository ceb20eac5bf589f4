"""A stolen dump is unreadable: no word, name, number or token of a person stands in any table as it was said."""

from datetime import date, timedelta
from uuid import UUID

from psycopg import sql as pg
from sqlalchemy import LargeBinary, Text

from cases import audit, conversations, inbound, outbox, people
from cases.base import is_sealed
from cases.db import Database
from cases.handoffs import service as handoffs
from cases.referrals import service
from cases.referrals.sheets import ConcernRecord
from cases.referrals.status import Priority
from cases.referrals.vocabulary import DeclineReason, RequestedAction
from cases.schema import metadata
from tests.cases.builders import NOW, Office, arrived, report, sql

CANARIES = [f"カナリア{number}号" for number in range(14)]


def texts_of_everything(url: str) -> str:
    """Every value of every row of every table, as PostgreSQL would write it into a dump, and binary as its bytes."""
    whole = []
    for table in metadata.sorted_tables:
        query = pg.SQL("SELECT * FROM {}").format(pg.Identifier(table.name))
        for row in sql(url, query):
            whole += [bytes(v).decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in row]
    return "\n".join(whole)


async def test_no_canary_sings_in_the_database(database: Database, database_url: str, office: Office) -> None:
    c = iter(CANARIES)
    async with database.transaction() as uow:
        await inbound.accept(uow, [arrived("e1", next(c), text=next(c)), arrived("e2")], NOW)
        person = await people.lock(uow, next(c), NOW)
        await conversations.save(uow, person.id, {"story": next(c)}, NOW + timedelta(days=1))
        await outbox.put(uow, person.id, [{"text": next(c)}], now=NOW, reply_token=next(c), token_received_at=NOW)
        draft = report(
            receipt=next(c),
            person_id=person.id,
            free_text=next(c),
            place_text=next(c),
            phone=next(c),
            concerns=[ConcernRecord("elder_abuse", "高齢者虐待", 0.8, [next(c)])],
            source_messages={"free_text": [next(c)]},
        )
        referral = await service.submit(uow, draft, NOW)
        await audit.record(uow, office.triage, "reporter.read", "referral", referral, {"reason": next(c)}, NOW)
    await inbound.failed(database, await _claimed(database), NOW, next(c))
    await _work_on(database, office, referral)
    dump = texts_of_everything(database_url)
    assert [canary for canary in CANARIES if canary in dump] == []
    assert "カナリア理由" not in dump
    assert "triage@city.example" not in dump
    assert "yoshida" in dump


async def _claimed(database: Database) -> inbound.Claimed:
    async with database.transaction() as uow:
        claimed = await inbound.claim(uow, NOW)
    assert claimed is not None
    return claimed


async def _work_on(database: Database, office: Office, referral: UUID) -> None:
    said = "カナリア理由"
    async with database.transaction() as uow:
        await service.add_note(uow, office.triage, referral, said, NOW)
        await service.change_priority(uow, office.triage, referral, Priority.LOW, said, 1, NOW)
        handoff = await handoffs.offer(
            uow, office.triage, referral, "houkatsu", RequestedAction.VISIT, said, date(2026, 12, 1), NOW
        )
        await handoffs.decline(uow, office.agency, handoff, DeclineReason.CAPACITY, said, NOW)


def test_every_binary_column_is_sealed_or_a_hash() -> None:
    plain = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary) and not is_sealed(column) and not column.name.endswith("_hash")
    }
    assert plain == {"audit.code", "audit_head.code", "audit_head.seal"}


def test_every_plain_text_column_is_known_to_hold_no_persons_words() -> None:
    """A new text column is sealed, or is put on this list by somebody who has thought about it."""
    known = {
        *("agencies.id", "agencies.name", "agencies.phone"),
        *("audit.action", "audit.target_kind", "audit.target_id"),
        *("inbound.event_id", "inbound.kind", "inbound.state", "outbox.state", "outbox.road"),
        *("handoffs.agency_id", "involvements.agency_id", "involvements.agency_name"),
        *("notes.agency_id", "staff.agency_id", "staff.password_hash"),
        *("referral_concerns.concern", "referral_concerns.label", "referral_sources.slot"),
        *("referrals.referral_no", "referrals.origin_agency", "referrals.script"),
        *("referrals.district", "referrals.language", "referrals.retention_class"),
        *("channel.bot_user_id", "channel.chat_mode", "channel.token_mark", "forms.consent_version", "passed_on.state"),
        *("suggestion_log.agency_id", "suggestion_log.agency_name", "suggestion_log.version"),
    }
    plain = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if type(column.type) is Text
    }
    assert plain == known
