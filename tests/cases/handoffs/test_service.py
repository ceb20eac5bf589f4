import asyncio
import itertools
from datetime import date
from uuid import UUID, uuid4

import pytest

from cases import agencies, audit
from cases.actors import SYSTEM, Actor
from cases.agencies import AgencyItem
from cases.db import Database
from cases.errors import Forbidden, NotFound
from cases.handoffs import service
from cases.referrals import repository
from cases.referrals import service as referrals
from cases.referrals.errors import AgencyUnknown, AlreadyOffered, TransitionRefused
from cases.referrals.sheets import ReferralSheet
from cases.referrals.status import HandoffStatus, Status
from cases.referrals.vocabulary import DeclineReason, RequestedAction
from tests.cases.builders import NOW, Office, later, submitted


@pytest.fixture
async def referral(database: Database, office: Office) -> UUID:
    return await submitted(database)


async def offer(database: Database, actor: Actor, referral: UUID, agency: str = "houkatsu") -> UUID:
    async with database.transaction() as uow:
        return await service.offer(
            uow, actor, referral, agency, RequestedAction.VISIT, "見守りをお願いします", date(2026, 12, 1), NOW
        )


async def step(database: Database, actor: Actor, handoff: UUID, name: str) -> None:
    async with database.transaction() as uow:
        if name == "decline":
            await service.decline(uow, actor, handoff, DeclineReason.OUTSIDE_AREA, "隣の区域です", later(hours=1))
        else:
            await getattr(service, name)(uow, actor, handoff, later(hours=1))


async def sheet_of(database: Database, referral: UUID) -> ReferralSheet:
    async with database.reading() as reader:
        return await repository.get(reader, SYSTEM, referral)


class TestLoop:
    async def test_offered_accepted_begun_and_finished(
        self, database: Database, office: Office, referral: UUID
    ) -> None:
        handoff = await offer(database, office.triage, referral)
        seen = [(await sheet_of(database, referral)).status]
        for name in ("accept", "begin", "finish"):
            await step(database, office.agency, handoff, name)
            seen.append((await sheet_of(database, referral)).status)
        assert seen == [Status.OFFERED, Status.ACCEPTED, Status.IN_PROGRESS, Status.ASSIGNED]
        sheet = await sheet_of(database, referral)
        assert sheet.version == 5
        assert sheet.handoffs[0].responded_at == sheet.handoffs[0].finished_at == later(hours=1)
        async with database.reading() as reader:
            entries = await audit.entries(reader, "referral", referral)
        assert [entry.action for entry in entries[1:]] == [
            f"handoff.{status}" for status in ("offered", "accepted", "in_progress", "completed")
        ]
        assert entries[1].detail == {"agency": "houkatsu", "handoff": str(handoff)}

    async def test_a_decline_brings_it_back_with_its_reason_and_closes_the_agencys_view(
        self, database: Database, office: Office, referral: UUID
    ) -> None:
        handoff = await offer(database, office.triage, referral)
        await step(database, office.agency, handoff, "decline")
        sheet = await sheet_of(database, referral)
        assert sheet.status is Status.DECLINED
        assert (sheet.handoffs[0].decline_reason, sheet.handoffs[0].comment) == ("outside_area", "隣の区域です")
        with pytest.raises(NotFound):
            async with database.reading() as reader:
                await repository.get(reader, office.agency, referral)
        again = await offer(database, office.triage, referral)
        assert again != handoff
        assert (await sheet_of(database, referral)).status is Status.OFFERED

    async def test_the_city_takes_an_offer_back(self, database: Database, office: Office, referral: UUID) -> None:
        handoff = await offer(database, office.triage, referral)
        await step(database, office.colleague, handoff, "withdraw")
        sheet = await sheet_of(database, referral)
        assert (sheet.status, sheet.handoffs[0].status) == (Status.ASSIGNED, HandoffStatus.WITHDRAWN)
        assert sheet.handoffs[0].responded_at is None, "the agency never answered"
        assert sheet.handoffs[0].finished_at == later(hours=1)

    async def test_the_referral_is_the_citys_again_when_the_last_agency_has_finished(
        self, database: Database, office: Office, referral: UUID
    ) -> None:
        first = await offer(database, office.triage, referral, "houkatsu")
        second = await offer(database, office.triage, referral, "maisapo")
        seen = []
        parts = ((office.agency, first), (office.other_agency, second))
        for name, (actor, handoff) in itertools.product(("accept", "finish"), parts):
            await step(database, actor, handoff, name)
            seen.append((await sheet_of(database, referral)).status)
        assert seen == [Status.ACCEPTED, Status.ACCEPTED, Status.ACCEPTED, Status.ASSIGNED]
        assert (await sheet_of(database, referral)).close_reason is None

    async def test_one_has_served_and_another_declines(
        self, database: Database, office: Office, referral: UUID
    ) -> None:
        served = await offer(database, office.triage, referral, "houkatsu")
        refused = await offer(database, office.triage, referral, "maisapo")
        for name in ("accept", "finish"):
            await step(database, office.agency, served, name)
        await step(database, office.other_agency, refused, "decline")
        assert (await sheet_of(database, referral)).status is Status.ASSIGNED

    async def test_an_agency_that_has_finished_reads_no_more(
        self, database: Database, office: Office, referral: UUID
    ) -> None:
        handoff = await offer(database, office.triage, referral)
        for name in ("accept", "finish"):
            await step(database, office.agency, handoff, name)
        with pytest.raises(NotFound):
            async with database.reading() as reader:
                await repository.get(reader, office.agency, referral)


class TestOffer:
    async def test_an_agency_hands_nothing_on(self, database: Database, office: Office, referral: UUID) -> None:
        await offer(database, office.triage, referral)
        with pytest.raises(Forbidden):
            await offer(database, office.agency, referral, "maisapo")

    async def test_to_an_agency_that_is_not_there_any_more(
        self, database: Database, office: Office, referral: UUID
    ) -> None:
        async with database.transaction() as uow:
            await agencies.sync(uow, [AgencyItem("houkatsu", "地域包括")])
        for agency in ("maisapo", "nowhere"):
            with pytest.raises(AgencyUnknown):
                await offer(database, office.triage, referral, agency)

    async def test_twice_to_the_same_agency_even_at_once(
        self, database: Database, office: Office, referral: UUID
    ) -> None:
        results = await asyncio.gather(
            *(offer(database, office.triage, referral) for _ in range(3)), return_exceptions=True
        )
        assert [type(result) for result in results].count(UUID) == 1
        assert [type(result) for result in results].count(AlreadyOffered) == 2

    async def test_of_a_closed_referral(self, database: Database, office: Office, referral: UUID) -> None:
        async with database.transaction() as uow:
            await referrals.change_status(uow, office.triage, referral, Status.CANCELLED, "重複", 1, NOW)
        with pytest.raises(TransitionRefused):
            await offer(database, office.triage, referral)

    async def test_of_a_referral_that_does_not_exist(self, database: Database, office: Office) -> None:
        with pytest.raises(NotFound):
            await offer(database, office.triage, uuid4())


class TestStep:
    @pytest.mark.parametrize("name", ["accept", "decline", "begin", "finish", "withdraw"])
    async def test_another_agencys_handoff_does_not_exist(
        self, database: Database, office: Office, referral: UUID, name: str
    ) -> None:
        handoff = await offer(database, office.triage, referral)
        await offer(database, office.triage, referral, "maisapo")
        for target in (handoff, uuid4()):
            with pytest.raises(NotFound):
                await step(database, office.other_agency, target, name)

    @pytest.mark.parametrize("name", ["begin", "finish", "withdraw"])
    async def test_a_step_out_of_turn_is_refused(
        self, database: Database, office: Office, referral: UUID, name: str
    ) -> None:
        handoff = await offer(database, office.triage, referral)
        with pytest.raises(TransitionRefused):
            await step(database, office.agency, handoff, name)

    async def test_two_answers_at_once_one_counts(self, database: Database, office: Office, referral: UUID) -> None:
        handoff = await offer(database, office.triage, referral)
        results = await asyncio.gather(
            *(step(database, office.agency, handoff, "accept") for _ in range(3)), return_exceptions=True
        )
        assert [type(result) for result in results if result is not None] == [TransitionRefused] * 2

    async def test_triage_may_answer_for_an_agency_that_telephoned(
        self, database: Database, office: Office, referral: UUID
    ) -> None:
        await step(database, office.triage, await offer(database, office.triage, referral), "accept")
        assert (await sheet_of(database, referral)).status is Status.ACCEPTED
