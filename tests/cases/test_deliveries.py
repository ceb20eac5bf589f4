"""What staff hear of the messages about a referral."""

from datetime import timedelta
from uuid import UUID

import pytest

from cases import deliveries, outbox
from cases.db import Database
from cases.deliveries import Delivery, Undelivered
from cases.outbox import Outcome
from tests.cases.builders import NOW, Office, later, open_office, see, sql, submitted

WEEK_AGO = NOW - timedelta(days=7)


@pytest.fixture
async def office(database: Database) -> Office:
    return await open_office(database)


async def write(database: Database, person: UUID, referral: UUID | None, *, token: str | None = None) -> None:
    async with database.transaction() as uow:
        message = {"type": "text", "text": "ひみつの言葉"}
        await outbox.put(uow, person, [message], now=NOW, referral_id=referral, reply_token=token)


async def end(database: Database, outcome: Outcome, detail: str = "", at: float = 1) -> None:
    """Send what is next, with this outcome, `at` seconds after NOW."""
    async with database.transaction() as uow:
        [row] = await outbox.claim(uow, later(seconds=at), 1)
        await outbox.mark(uow, row, outcome, now=later(seconds=at), detail=detail)


async def hold(database: Database) -> None:
    async with database.transaction() as uow:
        [row] = await outbox.claim(uow, NOW, 1)
        await outbox.hold(uow, row, "push monthly_limit 429")


async def told(database: Database, referral: UUID) -> tuple[Delivery, ...]:
    async with database.reading() as reader:
        return await deliveries.of_referral(reader, referral)


@pytest.mark.usefixtures("office")
class TestOfReferral:
    async def test_every_message_tells_how_it_went_and_when_the_oldest_first(self, database: Database) -> None:
        person, referral = await see(database), await submitted(database)
        for _ in range(4):
            await write(database, person, referral)
        await write(database, person, None)
        await end(database, "sent", "push accepted 200 r1", at=1)
        await end(database, "unknown", "push unclear 500", at=2)
        await end(database, "not_sent", "push rejected 403 r2", at=3)
        assert await told(database, referral) == (
            Delivery("sent", later(seconds=1)),
            Delivery("unknown", later(seconds=2)),
            Delivery("not_sent", later(seconds=3), "rejected"),
            Delivery("under_way", NOW),
        )

    async def test_to_a_person_who_left_it_is_cancelled(self, database: Database) -> None:
        person, referral = await see(database), await submitted(database)
        await write(database, person, referral)
        async with database.transaction() as uow:
            await outbox.cancel(uow, person, later(seconds=9))
        assert await told(database, referral) == (Delivery("cancelled", later(seconds=9)),)

    @pytest.mark.parametrize("outcome", ["sent", "unknown", "not_sent"])
    async def test_what_was_held_shares_the_end_of_the_answer_that_says_it(
        self, database: Database, outcome: Outcome
    ) -> None:
        person, referral = await see(database), await submitted(database)
        await write(database, person, referral)
        await hold(database)
        assert [delivery.kind for delivery in await told(database, referral)] == ["held"]
        await write(database, person, None, token="earlier")
        async with database.transaction() as uow:
            assert len(await outbox.take_held(uow, person, 4)) == 1
            await outbox.put(uow, person, [{"type": "text", "text": "x"}] * 2, now=NOW, reply_token="now")
        assert [delivery.kind for delivery in await told(database, referral)] == ["under_way"]
        await end(database, "sent")
        assert [delivery.kind for delivery in await told(database, referral)] == ["under_way"], "not yet its answer"
        await end(database, outcome, at=2)
        assert await told(database, referral) == (Delivery(outcome, later(seconds=2)),)

    async def test_a_note_that_cannot_be_opened_hides_no_delivery(self, database: Database, database_url: str) -> None:
        person, referral = await see(database), await submitted(database)
        await write(database, person, referral)
        await end(database, "not_sent", "push rejected 403")
        sql(database_url, "UPDATE outbox SET detail = set_byte(detail, 30, get_byte(detail, 30) # 1)")
        assert [delivery.kind for delivery in await told(database, referral)] == ["not_sent"]


class TestUndelivered:
    async def test_referrals_with_a_lost_message_are_named_the_newest_first(
        self, database: Database, office: Office
    ) -> None:
        person = await see(database)
        outcomes: tuple[Outcome, ...] = ("not_sent", "unknown", "sent")
        ids = [await submitted(database, f"KZ-{number}") for number in range(3)]
        for at, (referral, outcome) in enumerate(zip(ids, outcomes, strict=True)):
            for _ in range(2):
                await write(database, person, referral)
                await end(database, outcome, at=at)
        await write(database, person, None)
        await end(database, "not_sent")
        async with database.reading() as reader:
            found = await deliveries.undelivered(reader, office.triage, WEEK_AGO, 10)
            assert (found.number, [referral for referral, _ in found.referrals]) == (2, [ids[1], ids[0]])
            first = await deliveries.undelivered(reader, office.triage, WEEK_AGO, 1)
            assert (first.number, [referral for referral, _ in first.referrals]) == (2, [ids[1]])
            assert await deliveries.undelivered(reader, office.triage, later(days=1), 10) == Undelivered(0, ())
            assert await deliveries.undelivered(reader, office.agency, WEEK_AGO, 10) == Undelivered(0, ())
