from datetime import date
from uuid import UUID, uuid4

import pytest

from cases.actors import SYSTEM, Actor, Role
from cases.db import Database
from cases.errors import NotFound
from cases.handoffs import service as handoffs
from cases.referrals import repository
from cases.referrals.access import readable_by
from cases.referrals.models import Referral
from cases.referrals.status import LIVE_HANDOFFS, HandoffStatus
from cases.referrals.vocabulary import RequestedAction
from tests.cases.builders import NOW, Office, sql, submitted


@pytest.fixture
async def handed(database: Database, office: Office) -> UUID:
    """A referral that was offered to the agency, and to no other."""
    referral = await submitted(database)
    async with database.transaction() as uow:
        await handoffs.offer(
            uow, office.triage, referral, "houkatsu", RequestedAction.VISIT, "", date(2026, 12, 1), NOW
        )
    return referral


async def readable(database: Database, actor: Actor) -> list[UUID]:
    async with database.reading() as reader:
        return list(await reader.session.scalars(readable_by(actor).with_only_columns(Referral.id)))


async def test_the_city_reads_all_and_an_agency_what_was_handed_to_it(
    database: Database, office: Office, handed: UUID
) -> None:
    other = await submitted(database, "KZ-2")
    for actor in (*office.of_the_city, SYSTEM):
        assert set(await readable(database, actor)) == {handed, other}
    assert await readable(database, office.agency) == [handed]
    assert await readable(database, office.other_agency) == []


@pytest.mark.parametrize("status", HandoffStatus)
async def test_a_handoff_opens_the_referral_while_it_is_live(
    database: Database, database_url: str, office: Office, handed: UUID, status: HandoffStatus
) -> None:
    reason = "other" if status == "declined" else None
    sql(database_url, "UPDATE handoffs SET status = %s, decline_reason = %s", status.value, reason)
    assert await readable(database, office.agency) == ([handed] if status in LIVE_HANDOFFS else [])


@pytest.mark.parametrize("status", ["draft", "entered_in_error"])
async def test_no_agency_reads_a_draft_or_a_mistake(
    database: Database, database_url: str, office: Office, handed: UUID, status: str
) -> None:
    sql(database_url, "UPDATE referrals SET status = %s", status)
    assert await readable(database, office.agency) == []


async def test_nobody_at_work_reads_a_draft(database: Database, database_url: str, office: Office) -> None:
    await submitted(database)
    sql(database_url, "UPDATE referrals SET status = 'draft'")
    for actor in office.of_the_city:
        assert await readable(database, actor) == []


async def test_an_agency_role_without_an_agency_reads_nothing(database: Database, handed: UUID) -> None:
    assert await readable(database, Actor(uuid4(), Role.AGENCY, None, "")) == []


async def test_foreign_and_missing_look_the_same(database: Database, office: Office, handed: UUID) -> None:
    answers = []
    for actor, referral in ((office.other_agency, handed), (office.triage, uuid4())):
        with pytest.raises(NotFound) as refused:
            async with database.reading() as reader:
                await repository.get(reader, actor, referral)
        answers.append((refused.value.status, refused.value.text_key, str(refused.value)))
    assert answers[0] == answers[1]
