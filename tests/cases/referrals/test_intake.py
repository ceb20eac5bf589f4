import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from cases import audit
from cases.actors import SYSTEM
from cases.db import Database
from cases.errors import Conflict
from cases.referrals import repository, service
from cases.referrals.numbers import is_referral_no
from cases.referrals.sheets import ConcernRecord, ReferralSheet
from cases.referrals.status import Priority, Status
from tests.cases.builders import NOW, PHONE, STORY, Office, interrupted, keyring_of, report, see, sql, submitted


async def sheet_of(database: Database, referral: UUID) -> ReferralSheet:
    async with database.reading() as reader:
        return await repository.get(reader, SYSTEM, referral)


class TestSubmit:
    async def test_everything_told_stands_in_the_sheet(self, database: Database) -> None:
        sheet = await sheet_of(database, await submitted(database, "KZ-1", priority=Priority.HIGH))
        assert (sheet.status, sheet.priority, sheet.version) == (Status.SUBMITTED, Priority.HIGH, 1)
        assert (sheet.receipt, sheet.channel, sheet.received_at) == ("KZ-1", "line", NOW)
        assert (sheet.subject.landmark, sheet.subject.position) == ("青い屋根の家", (36.651, 138.181))
        assert (sheet.subject.district, sheet.noticed.free_text, sheet.noticed.signs) == ("yoshida", STORY, ("mail",))
        assert sheet.noticed.concerns == (
            ConcernRecord("welfare_check", "安否不明", 0.9, ("新聞がたまって",), "system"),
        )
        (suggestion,) = sheet.suggestions
        assert (suggestion.agency_id, suggestion.concerns, suggestion.adopted) == ("houkatsu", ("welfare_check",), None)
        assert is_referral_no(sheet.referral_no)

    async def test_the_reporter_is_in_the_closed_drawer_only(self, database: Database, office: Office) -> None:
        person = await see(database)
        referral = await submitted(database, person_id=person)
        async with database.transaction() as uow:
            reporter = await repository.reporter(uow, office.triage, referral, "折り返し", NOW)
        assert (reporter.phone, reporter.reporter_type, reporter.contact_pref) == (PHONE, "neighbour", "phone")
        assert (reporter.anonymity, reporter.disclose_to_subject, reporter.has_line) == ("staff_only", False, True)
        assert PHONE not in repr(await sheet_of(database, referral))

    async def test_it_leaves_an_audit_row(self, database: Database) -> None:
        referral = await submitted(database)
        async with database.reading() as reader:
            (entry,) = await audit.entries(reader, "referral", referral)
        assert (entry.action, entry.detail) == ("referral.submit", {"channel": "line", "script": "notice"})

    async def test_signs_alone_are_a_report(self, database: Database) -> None:
        empty: dict[str, Any] = {
            "free_text": "",
            "place_text": "",
            "position": None,
            "phone": "",
            "district": None,
            "concerns": [],
        }
        sheet = await sheet_of(database, await submitted(database, **empty))
        assert (sheet.noticed.free_text, sheet.noticed.signs, sheet.subject.position) == ("", ("mail",), None)

    async def test_a_code_we_do_not_have_loses_no_report(self, database: Database) -> None:
        with capture_logs() as logs:
            referral = await submitted(database, household_type="castle", observed_period="yore")
        sheet = await sheet_of(database, referral)
        assert (sheet.subject.household_type, sheet.noticed.observed_period) == ("unknown", "unknown")
        assert [log["event"] for log in logs] == ["referral.unknown_code"] * 2

    async def test_a_concern_named_twice_by_one_source_is_kept_once(self, database: Database) -> None:
        twice = [ConcernRecord("suicide", "死にたい"), ConcernRecord("suicide", "死にたい", 0.9)]
        sheet = await sheet_of(database, await submitted(database, concerns=twice))
        assert len(sheet.noticed.concerns) == 1


class TestReceipt:
    async def test_the_same_receipt_again_changes_nothing(self, database: Database, database_url: str) -> None:
        first = await submitted(database, "KZ-1")
        assert await submitted(database, "KZ-1", free_text="another") == first
        assert (await sheet_of(database, first)).noticed.free_text == STORY
        assert sql(database_url, "SELECT count(*) FROM audit") == [(1,)]

    async def test_it_is_the_same_receipt_while_keys_rotate(self, database_url: str) -> None:
        ids = set()
        for keys in (["old"], ["new", "old"]):
            database = Database(database_url, keyring_of(*keys))
            ids.add(await submitted(database, "KZ-1"))
            await database.close()
        assert len(ids) == 1

    async def test_another_persons_report_under_the_same_code_is_not_swallowed(
        self, database: Database, database_url: str
    ) -> None:
        mine, hers = await see(database, "U1"), await see(database, "U2")
        first = await submitted(database, "KZ-1", person_id=mine)
        with capture_logs(), pytest.raises(Conflict):
            await submitted(database, "KZ-1", person_id=hers)
        await submitted(database, "KZ-2", person_id=hers)
        assert await submitted(database, "KZ-1", person_id=mine) == first
        assert sql(database_url, "SELECT count(*) FROM referrals") == [(2,)]


class TestNumbers:
    async def test_they_follow_each_other_and_begin_anew_with_the_fiscal_year(self, database: Database) -> None:
        numbers = []
        for receipt, at in (("a", NOW), ("b", NOW), ("c", datetime(2027, 4, 1, tzinfo=UTC))):
            async with database.transaction() as uow:
                referral = await service.submit(uow, report(receipt), at)
            numbers.append((await sheet_of(database, referral)).referral_no[:11])
        assert numbers == ["2026-000001", "2026-000002", "2027-000001"]

    async def test_a_rolled_back_report_leaves_no_gap_and_reports_at_once_meet_no_number_twice(
        self, database: Database
    ) -> None:
        await interrupted(database, lambda uow: service.submit(uow, report("lost"), NOW))
        ids = await asyncio.gather(*(submitted(database, f"KZ-{number}") for number in range(8)))
        serials = [(await sheet_of(database, referral)).referral_no[5:11] for referral in ids]
        assert sorted(serials) == [f"{serial:06}" for serial in range(1, 9)]
