import asyncio
from datetime import date
from uuid import UUID, uuid4

import pytest

from cases import audit
from cases.actors import SYSTEM, Actor
from cases.crypto import Keyring
from cases.db import Database
from cases.errors import Conflict, Forbidden, Invalid, NotFound
from cases.handoffs import service as handoffs
from cases.referrals import repository, service
from cases.referrals.errors import ReasonMissing, StaleVersion, TransitionRefused
from cases.referrals.sheets import ConcernRecord, ReferralSheet
from cases.referrals.status import HandoffStatus, Priority, Status
from cases.referrals.vocabulary import CloseReason, RequestedAction
from tests.cases.builders import NOW, STORY, Office, later, see, sql, submitted


@pytest.fixture
async def referral(database: Database) -> UUID:
    return await submitted(database)


async def sheet_of(database: Database, referral: UUID) -> ReferralSheet:
    async with database.reading() as reader:
        return await repository.get(reader, SYSTEM, referral)


async def take(database: Database, actor: Actor, referral: UUID, version: int = 1) -> None:
    async with database.transaction() as uow:
        await service.take(uow, actor, referral, version, NOW)


async def change(
    database: Database, actor: Actor, referral: UUID, to: Status, reason: str = "", *, version: int = 1
) -> None:
    async with database.transaction() as uow:
        await service.change_status(uow, actor, referral, to, reason, version, NOW, close_reason=CloseReason.SOLVED)


async def offer(database: Database, office: Office, referral: UUID) -> UUID:
    async with database.transaction() as uow:
        return await handoffs.offer(
            uow, office.triage, referral, "houkatsu", RequestedAction.VISIT, "", date(2026, 12, 1), NOW
        )


async def actions(database: Database, referral: UUID) -> list[str]:
    async with database.reading() as reader:
        return [entry.action for entry in await audit.entries(reader, "referral", referral)]


class TestTake:
    async def test_it_becomes_the_actors_and_is_looked_into(
        self, database: Database, office: Office, referral: UUID
    ) -> None:
        await take(database, office.triage, referral)
        sheet = await sheet_of(database, referral)
        assert (sheet.assigned_to, sheet.assigned_name) == (office.triage.staff_id, "triage")
        assert (sheet.status, sheet.version) == (Status.TRIAGE, 2)
        assert [(line.kind, line.before, line.after) for line in sheet.history] == [
            ("status", "", "submitted"),
            ("status", "submitted", "triage"),
        ]
        assert await actions(database, referral) == ["referral.submit", "referral.take"]

    async def test_from_a_colleague_it_keeps_its_state(
        self, database: Database, office: Office, referral: UUID
    ) -> None:
        await offer(database, office, referral)
        await take(database, office.triage, referral, 2)
        await take(database, office.colleague, referral, 3)
        sheet = await sheet_of(database, referral)
        assert (sheet.assigned_to, sheet.status) == (office.colleague.staff_id, Status.OFFERED)

    async def test_what_rests_while_an_agency_has_it_in_hand_is_not_thrown_back(
        self, database: Database, office: Office, referral: UUID
    ) -> None:
        handoff = await offer(database, office, referral)
        async with database.transaction() as uow:
            await handoffs.accept(uow, office.agency, handoff, NOW)
        await change(database, office.triage, referral, Status.ON_HOLD, version=3)
        await take(database, office.triage, referral, 4)
        sheet = await sheet_of(database, referral)
        assert (sheet.status, sheet.assigned_to) == (Status.ON_HOLD, office.triage.staff_id)

    async def test_two_at_once_one_is_told_that_the_sheet_has_changed(
        self, database: Database, office: Office, referral: UUID
    ) -> None:
        results = await asyncio.gather(
            take(database, office.triage, referral), take(database, office.colleague, referral), return_exceptions=True
        )
        assert [type(result) for result in results if result is not None] == [StaleVersion]

    async def test_an_agency_does_not_take(self, database: Database, office: Office, referral: UUID) -> None:
        await offer(database, office, referral)
        with pytest.raises(Forbidden):
            await take(database, office.agency, referral, 2)

    async def test_to_another_agency_it_does_not_exist(
        self, database: Database, office: Office, referral: UUID
    ) -> None:
        for target in (referral, uuid4()):
            with pytest.raises(NotFound):
                await take(database, office.other_agency, target)

    async def test_a_closed_one_is_not_taken(self, database: Database, office: Office, referral: UUID) -> None:
        await change(database, office.triage, referral, Status.CANCELLED, "重複")
        with pytest.raises(Conflict):
            await take(database, office.triage, referral, 2)


class TestChangeStatus:
    async def test_the_way_and_its_reason_stay_with_the_referral(
        self, database: Database, office: Office, referral: UUID
    ) -> None:
        await take(database, office.triage, referral)
        await change(database, office.triage, referral, Status.ON_HOLD, "来週また電話", version=2)
        sheet = await sheet_of(database, referral)
        last = sheet.history[-1]
        assert (last.before, last.after, last.text, last.by) == ("triage", "on_hold", "来週また電話", "triage")
        assert (sheet.status, sheet.version) == (Status.ON_HOLD, 3)

    @pytest.mark.parametrize("to", [Status.OFFERED, Status.ACCEPTED, Status.COMPLETED, Status.REOPENED, Status.DRAFT])
    async def test_a_step_that_the_machine_does_not_know_changes_nothing(
        self, database: Database, office: Office, referral: UUID, to: Status
    ) -> None:
        with pytest.raises(TransitionRefused):
            await change(database, office.triage, referral, to, "理由")
        assert (await sheet_of(database, referral)).version == 1

    @pytest.mark.parametrize("to", [Status.CANCELLED, Status.ENTERED_IN_ERROR])
    async def test_what_needs_a_reason_is_refused_without(
        self, database: Database, office: Office, referral: UUID, to: Status
    ) -> None:
        with pytest.raises(ReasonMissing):
            await change(database, office.triage, referral, to, " \n")

    async def test_closing_ends_the_handoffs_and_is_kept_with_its_reason(
        self, database: Database, office: Office, referral: UUID
    ) -> None:
        await offer(database, office, referral)
        await change(database, office.triage, referral, Status.COMPLETED, version=2)
        sheet = await sheet_of(database, referral)
        assert (sheet.status, sheet.close_reason) == (Status.COMPLETED, "solved")
        assert [handoff.status for handoff in sheet.handoffs] == [HandoffStatus.WITHDRAWN]
        with pytest.raises(NotFound):
            async with database.reading() as reader:
                await repository.get(reader, office.agency, referral)

    async def test_reopening_forgets_why_it_was_closed_and_the_audit_log_does_not(
        self, database: Database, office: Office, referral: UUID
    ) -> None:
        await take(database, office.triage, referral)
        await change(database, office.triage, referral, Status.COMPLETED, version=2)
        await change(database, office.triage, referral, Status.REOPENED, "また心配な様子", version=3)
        sheet = await sheet_of(database, referral)
        assert (sheet.status, sheet.close_reason) == (Status.REOPENED, None)
        async with database.reading() as reader:
            closing = (await audit.entries(reader, "referral", referral, action="referral.status"))[0]
        assert closing.detail == {"before": "triage", "after": "completed", "close_reason": "solved"}

    async def test_out_of_rest_it_returns_to_where_its_handoffs_stand(
        self, database: Database, office: Office, referral: UUID
    ) -> None:
        await offer(database, office, referral)
        await change(database, office.triage, referral, Status.ON_HOLD, version=2)
        await change(database, office.triage, referral, Status.TRIAGE, version=3)
        assert (await sheet_of(database, referral)).status is Status.OFFERED

    async def test_a_stale_sheet_is_refused(self, database: Database, office: Office, referral: UUID) -> None:
        await take(database, office.triage, referral)
        with pytest.raises(StaleVersion):
            await change(database, office.colleague, referral, Status.ON_HOLD, version=1)


class TestChangePriority:
    async def test_who_and_why_stay_with_the_referral(self, database: Database, office: Office, referral: UUID) -> None:
        async with database.transaction() as uow:
            await service.change_priority(uow, office.triage, referral, Priority.EMERGENCY, "今夜が危ない", 1, NOW)
        sheet = await sheet_of(database, referral)
        last = sheet.history[-1]
        assert sheet.priority is Priority.EMERGENCY
        assert (last.kind, last.before, last.after, last.text) == ("priority", "medium", "emergency", "今夜が危ない")

    async def test_not_without_a_reason_and_not_by_an_agency(
        self, database: Database, office: Office, referral: UUID
    ) -> None:
        await offer(database, office, referral)
        for actor, reason, refusal in ((office.triage, " ", ReasonMissing), (office.agency, "理由", Forbidden)):
            with pytest.raises(refusal):
                async with database.transaction() as uow:
                    await service.change_priority(uow, actor, referral, Priority.LOW, reason, 2, NOW)


class TestAddNote:
    async def test_the_citys_note_is_the_citys_and_an_agencys_is_read_by_both(
        self, database: Database, office: Office, referral: UUID
    ) -> None:
        await offer(database, office, referral)
        async with database.transaction() as uow:
            await service.add_note(uow, office.triage, referral, " 内部の検討 ", NOW)
            await service.add_note(uow, office.agency, referral, "訪問予定", later(minutes=1))
        async with database.reading() as reader:
            city = await repository.get(reader, office.triage, referral)
            agency = await repository.get(reader, office.agency, referral)
        assert [line.text for line in city.history if line.kind == "note"] == ["内部の検討", "訪問予定"]
        assert [line.text for line in agency.history] == ["訪問予定"]

    async def test_an_empty_note_is_none(self, database: Database, office: Office, referral: UUID) -> None:
        with pytest.raises(Invalid):
            async with database.transaction() as uow:
                await service.add_note(uow, office.triage, referral, "　\n", NOW)

    async def test_nobody_writes_into_what_they_cannot_see(
        self, database: Database, office: Office, referral: UUID
    ) -> None:
        with pytest.raises(NotFound):
            async with database.transaction() as uow:
                await service.add_note(uow, office.other_agency, referral, "?", NOW)


class TestForgetMessage:
    async def forget(self, database: Database, person: UUID, message_id: str) -> list[str]:
        async with database.transaction() as uow:
            return await service.forget_message(uow, person, message_id, NOW)

    async def test_the_words_and_all_that_was_read_out_of_them_are_gone_and_the_rest_stays(
        self, database: Database, database_url: str
    ) -> None:
        person = await see(database)
        concerns = [ConcernRecord("dementia", "認知症", 0.9, ["同じ話"]), ConcernRecord("debt", "借金", source="staff")]
        danger = {"danger_flags": ["elder"], "immediate_danger": "yes", "priority": Priority.EMERGENCY}
        referral = await submitted(database, person_id=person, concerns=concerns, **danger)
        sql(
            database_url,
            'INSERT INTO masked_spans (id, referral_id, start, "end", masked_at) '
            "VALUES (gen_random_uuid(), %s, 0, 2, now())",
            referral,
        )
        assert await self.forget(database, person, "m-story") == ["free_text"]
        sheet = await sheet_of(database, referral)
        assert (sheet.noticed.free_text, sheet.noticed.taken_back) == ("", ("free_text",))
        assert [concern.id for concern in sheet.noticed.concerns] == ["debt"]
        assert (sheet.suggestions, sheet.noticed.danger_flags) == ((), ())
        assert sql(database_url, "SELECT count(*) FROM masked_spans") == [(0,)]
        assert (sheet.priority, sheet.noticed.immediate_danger) == (Priority.EMERGENCY, "yes")
        assert (sheet.subject.landmark, sheet.noticed.signs, sheet.version) == ("青い屋根の家", ("mail",), 2)
        assert [(line.kind, line.text) for line in sheet.history][-1] == ("unsent", "free_text")
        async with database.reading() as reader:
            entry = (await audit.entries(reader, "referral", referral))[-1]
        assert (entry.action, entry.detail) == ("referral.unsent", {"slot": "free_text"})

    async def test_a_place_and_a_telephone_number_go_likewise(self, database: Database, office: Office) -> None:
        person = await see(database)
        referral = await submitted(database, person_id=person)
        assert await self.forget(database, person, "m-place") == ["place"]
        assert await self.forget(database, person, "m-phone") == ["phone"]
        sheet = await sheet_of(database, referral)
        assert (sheet.subject.landmark, sheet.subject.position, sheet.subject.district) == ("", None, None)
        async with database.transaction() as uow:
            assert (await repository.reporter(uow, office.triage, referral, "確認", NOW)).phone == ""

    async def test_signs_go_with_what_was_found_in_them_and_danger_with_its_message(self, database: Database) -> None:
        person = await see(database)
        sources = {"signs": ["m-signs"], "danger": ["m-help"]}
        referral = await submitted(database, person_id=person, danger_flags=["life"], source_messages=sources)
        assert await self.forget(database, person, "m-signs") == ["signs"]
        noticed = (await sheet_of(database, referral)).noticed
        assert (noticed.signs, noticed.concerns, noticed.danger_flags) == ((), (), ("life",))
        assert await self.forget(database, person, "m-help") == ["danger"]
        noticed = (await sheet_of(database, referral)).noticed
        assert (noticed.danger_flags, noticed.free_text) == ((), STORY)

    async def test_a_typed_answer_goes_as_if_it_had_never_been_given(self, database: Database, office: Office) -> None:
        person = await see(database)
        answers = ("observed_period", "immediate_danger", "household_type", "reporter_type", "contact")
        given = {"observed_period": "days", "immediate_danger": "yes", "household_type": "alone"}
        sources = {slot: [f"m-{slot}"] for slot in answers}
        referral = await submitted(database, person_id=person, source_messages=sources, **given)
        for slot in answers:
            assert await self.forget(database, person, f"m-{slot}") == [slot]
        sheet = await sheet_of(database, referral)
        assert (sheet.noticed.observed_period, sheet.noticed.immediate_danger) == ("unknown", "unknown")
        assert (sheet.subject.household_type, sheet.noticed.free_text) == ("unknown", STORY)
        async with database.transaction() as uow:
            reporter = await repository.reporter(uow, office.triage, referral, "確認", NOW)
        assert (reporter.reporter_type, reporter.contact_pref) == ("unanswered", "none")
        assert (reporter.phone, reporter.anonymity) == ("", "anonymous")
        async with database.reading() as reader:
            entries = await audit.entries(reader, "referral", referral, action="referral.unsent")
        assert [entry.detail for entry in entries] == [{"slot": slot} for slot in answers]

    async def test_with_the_household_goes_what_was_found_in_it_and_danger_leaves_the_priority(
        self, database: Database
    ) -> None:
        person = await see(database)
        sources = {"household_type": ["m-home"], "immediate_danger": ["m-danger"]}
        urgent = {"immediate_danger": "yes", "priority": Priority.EMERGENCY}
        referral = await submitted(database, person_id=person, source_messages=sources, **urgent)
        await self.forget(database, person, "m-danger")
        sheet = await sheet_of(database, referral)
        assert (sheet.priority, len(sheet.noticed.concerns)) == (Priority.EMERGENCY, 1)
        await self.forget(database, person, "m-home")
        sheet = await sheet_of(database, referral)
        assert (sheet.noticed.concerns, sheet.suggestions) == ((), ())

    async def test_a_message_from_before_the_keys_were_rotated_is_found(
        self, database: Database, database_url: str, rotated: Keyring
    ) -> None:
        person = await see(database)
        await submitted(database, person_id=person)
        later = Database(database_url, rotated)
        assert await self.forget(later, person, "m-story") == ["free_text"]
        await later.close()

    async def test_a_second_time_and_a_foreign_message_change_nothing(self, database: Database) -> None:
        person, stranger = await see(database, "U1"), await see(database, "U2")
        referral = await submitted(database, person_id=person)
        assert await self.forget(database, stranger, "m-story") == []
        assert await self.forget(database, person, "m-unknown") == []
        assert (await sheet_of(database, referral)).version == 1
        assert await self.forget(database, person, "m-story") == ["free_text"]
        assert await self.forget(database, person, "m-story") == []
