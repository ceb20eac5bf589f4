from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from cases import audit
from cases.actors import Actor
from cases.db import Database
from cases.errors import Forbidden, NotFound
from cases.handoffs import service as handoffs
from cases.referrals import repository, service
from cases.referrals.errors import ReasonMissing
from cases.referrals.sheets import InboxFilters, Tab
from cases.referrals.vocabulary import RequestedAction
from tests.cases.builders import NOW, PHONE, STORY, Office, sql, submitted


@pytest.fixture
async def handed(database: Database, office: Office) -> UUID:
    """A referral that was taken, noted, and offered to two agencies."""
    referral = await submitted(database)
    async with database.transaction() as uow:
        await service.take(uow, office.triage, referral, 1, NOW)
        await service.add_note(uow, office.triage, referral, "内部の検討", NOW)
        for agency in ("houkatsu", "maisapo"):
            await handoffs.offer(
                uow,
                office.triage,
                referral,
                agency,
                RequestedAction.VISIT,
                f"{agency}への理由",
                date(2026, 12, 1),
                NOW,
                contact_prohibited=True,
            )
    return referral


class TestGet:
    async def test_the_city_sees_the_whole_sheet(self, database: Database, office: Office, handed: UUID) -> None:
        async with database.reading() as reader:
            sheet = await repository.get(reader, office.triage, handed)
        assert [handoff.agency_name for handoff in sheet.handoffs] == ["まいさぽ", "地域包括"]
        handoff = sheet.handoffs[1]
        assert (handoff.status, handoff.requested_action, handoff.reason) == ("offered", "visit", "houkatsuへの理由")
        assert (handoff.due, handoff.contact_prohibited) == (date(2026, 12, 1), True)
        assert (handoff.offered_by, handoff.offered_at) == ("triage", NOW)
        assert [suggestion.adopted for suggestion in sheet.suggestions] == [True]
        assert (sheet.receipt, sheet.consent.status, sheet.consent.forum) == ("KZ-1", "not_asked", "none")

    async def test_an_agency_sees_its_part_and_nothing_that_tells_who_reported(
        self, database: Database, office: Office, handed: UUID
    ) -> None:
        async with database.reading() as reader:
            sheet = await repository.get(reader, office.agency, handed)
        assert sheet.noticed.free_text == STORY
        assert sheet.subject.landmark == "青い屋根の家"
        assert [handoff.agency_id for handoff in sheet.handoffs] == ["houkatsu"]
        assert (sheet.receipt, sheet.history, sheet.suggestions, sheet.duplicate_of) == ("", (), (), None)
        assert [concern.evidence for concern in sheet.noticed.concerns] == [()]
        assert sheet.received_at == sheet.updated_at == NOW.replace(hour=15, minute=0) - timedelta(days=1)
        for secret in (PHONE, "neighbour", "KZ-1", "内部の検討", "maisapo"):
            assert secret not in repr(sheet)

    async def test_masked_spans_are_black_for_an_agency_only(
        self, database: Database, database_url: str, office: Office, handed: UUID
    ) -> None:
        sql(
            database_url,
            'INSERT INTO masked_spans (id, referral_id, start, "end", masked_at) '
            "VALUES (gen_random_uuid(), %s, 0, 2, now())",
            handed,
        )
        async with database.reading() as reader:
            assert (await repository.get(reader, office.agency, handed)).noticed.free_text == "■■" + STORY[2:]
            assert (await repository.get(reader, office.triage, handed)).noticed.free_text == STORY

    async def test_every_group_has_its_place(
        self, database: Database, database_url: str, office: Office, handed: UUID
    ) -> None:
        """Rows that staff pages of a later release will write are read already."""
        for statement in (
            "INSERT INTO household_members (id, referral_id, place, age_band) VALUES (gen_random_uuid(), %s, 0, '85+')",
            """INSERT INTO involvements (id, referral_id, agency_name, state)
            VALUES (gen_random_uuid(), %s, '訪問看護', 'interrupted')""",
            """INSERT INTO plans (id, referral_id, revision, review_on, written_at)
            VALUES (gen_random_uuid(), %s, 1, '2027-01-31', now())""",
            """INSERT INTO plans (id, referral_id, revision, evaluation, written_at)
            VALUES (gen_random_uuid(), %s, 2, 'partly', now())""",
            "UPDATE referrals SET visit_risks = '{dog,secret}', legal_basis = 'elder_abuse' WHERE id = %s",
        ):
            sql(database_url, statement, handed)
        async with database.reading() as reader:
            sheet = await repository.get(reader, office.triage, handed)
        assert [(member.age_band, member.relation) for member in sheet.subject.members] == [("85+", "")]
        assert [(agency.agency_name, agency.state) for agency in sheet.involved] == [("訪問看護", "interrupted")]
        assert sheet.plan is not None
        assert (sheet.plan.revision, sheet.plan.evaluation, sheet.plan.review_on) == (2, "partly", None)
        assert (sheet.visit_risks, sheet.consent.legal_basis) == (("dog", "secret"), "elder_abuse")


class TestOpenSheet:
    async def test_it_leaves_an_audit_row(self, database: Database, office: Office, handed: UUID) -> None:
        async with database.transaction() as uow:
            sheet = await repository.open_sheet(uow, office.agency, handed, NOW)
        async with database.reading() as reader:
            entry = (await audit.entries(reader, "referral", handed))[-1]
        assert sheet.id == handed
        assert (entry.action, entry.staff_id) == ("referral.read", office.agency.staff_id)

    async def test_what_was_not_seen_leaves_none(self, database: Database, database_url: str, office: Office) -> None:
        (before,) = sql(database_url, "SELECT count(*) FROM audit")
        with pytest.raises(NotFound):
            async with database.transaction() as uow:
                await repository.open_sheet(uow, office.triage, uuid4(), NOW)
        assert sql(database_url, "SELECT count(*) FROM audit") == [before]


@pytest.mark.usefixtures("handed")
class TestNoteShown:
    async def shown(self, database: Database, actor: Actor, *, refreshed: bool, tab: Tab = "open") -> None:
        async with database.transaction() as uow:
            rows = await repository.inbox(uow, actor, InboxFilters(tab=tab), 50)
            await repository.note_shown(uow, actor, InboxFilters(tab=tab), rows, NOW, refreshed=refreshed)

    async def rows(self, database: Database, actor: Actor) -> list[audit.Entry]:
        assert actor.staff_id
        async with database.reading() as reader:
            return await audit.entries(reader, "inbox", actor.staff_id)

    async def test_one_row_names_what_was_asked_and_what_was_shown(
        self, database: Database, database_url: str, office: Office
    ) -> None:
        await submitted(database, "KZ-2")
        await self.shown(database, office.triage, refreshed=False)
        (row,) = await self.rows(database, office.triage)
        numbers = [number for (number,) in sql(database_url, "SELECT referral_no FROM referrals ORDER BY id")]
        assert (row.action, row.at, row.detail["tab"]) == ("inbox.read", NOW, "open")
        assert sorted(row.detail["shown"].split()) == sorted(numbers)

    async def test_a_refreshed_list_leaves_a_row_only_when_it_differs(self, database: Database, office: Office) -> None:
        counted = []
        for refreshed, tab in ((True, "open"), (True, "open"), (True, "all"), (False, "all"), (True, "all")):
            await self.shown(database, office.triage, refreshed=refreshed, tab=tab)  # type: ignore[arg-type]
            counted.append(len(await self.rows(database, office.triage)))
        await submitted(database, "KZ-2")
        await self.shown(database, office.triage, refreshed=True, tab="all")
        counted.append(len(await self.rows(database, office.triage)))
        assert counted == [1, 1, 2, 3, 3, 4]
        assert await self.rows(database, office.colleague) == []

    async def test_an_empty_list_quotes_nobody(self, database: Database, office: Office) -> None:
        await self.shown(database, office.colleague, refreshed=False, tab="mine")
        assert await self.rows(database, office.colleague) == []


class TestReporter:
    async def test_the_drawer_opens_with_a_reason_that_stays_in_the_audit_log(
        self, database: Database, office: Office, handed: UUID
    ) -> None:
        async with database.transaction() as uow:
            assert (await repository.reporter(uow, office.triage, handed, " 折り返し ", NOW)).phone == PHONE
        async with database.reading() as reader:
            entry = (await audit.entries(reader, "referral", handed))[-1]
        assert (entry.action, entry.detail) == ("reporter.read", {"reason": "折り返し"})

    async def test_it_stays_shut_without_a_reason_to_agencies_and_to_strangers(
        self, database: Database, database_url: str, office: Office, handed: UUID
    ) -> None:
        sql(database_url, "UPDATE handoffs SET status = 'withdrawn' WHERE agency_id = 'maisapo'")
        refusals = (
            (office.triage, " ", ReasonMissing),
            (office.agency, "理由", Forbidden),
            (office.other_agency, "理由", NotFound),
        )
        for actor, reason, refusal in refusals:
            with pytest.raises(refusal):
                async with database.transaction() as uow:
                    await repository.reporter(uow, actor, handed, reason, NOW)
