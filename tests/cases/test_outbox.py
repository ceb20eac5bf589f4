import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from cases import outbox, people
from cases.db import Database
from cases.figures import figures
from cases.outbox import Outgoing
from tests.cases.builders import NOW, STORY, interrupted, lapse, later, see, sql, submitted

SETTLED = later(seconds=5)


async def put(database: Database, person: UUID, *texts: str, **options: Any) -> None:
    async with database.transaction() as uow:
        for text in texts:
            await outbox.put(uow, person, [{"type": "text", "text": text}], now=NOW, **options)


async def claim(database: Database, now: datetime = NOW, limit: int = 10) -> list[Outgoing]:
    async with database.transaction() as uow:
        return await outbox.claim(uow, now, limit)


async def mark(database: Database, row: Outgoing, outcome: outbox.Outcome, **options: Any) -> bool:
    async with database.transaction() as uow:
        return await outbox.mark(uow, row, outcome, **{"now": NOW, **options})


def texts(rows: list[Outgoing]) -> list[str]:
    return [message["text"] for row in rows for message in row.messages]


@pytest.fixture
async def person(database: Database) -> UUID:
    return await see(database)


class TestPut:
    async def test_a_row_with_a_token_takes_the_reply_road(self, database: Database, person: UUID) -> None:
        await put(database, person, "はい", reply_token="token", token_received_at=NOW)
        (row,) = await claim(database)
        assert (row.road, row.reply_token, row.token_received_at) == ("reply", "token", NOW)
        assert (row.person_id, row.attempts, row.unsure) == (person, 1, False)

    async def test_a_row_without_one_is_pushed(self, database: Database, person: UUID) -> None:
        await put(database, person, "お知らせ")
        (row,) = await claim(database)
        assert (row.road, row.reply_token) == ("push", None)

    @pytest.mark.parametrize("count", [0, 6])
    async def test_a_call_of_line_takes_one_to_five_messages(
        self, database: Database, person: UUID, count: int
    ) -> None:
        with pytest.raises(ValueError, match="messages in one row"):
            async with database.transaction() as uow:
                await outbox.put(uow, person, [{}] * count, now=NOW)

    async def test_what_a_rolled_back_event_wanted_to_say_is_not_said(self, database: Database, person: UUID) -> None:
        await interrupted(database, lambda uow: outbox.put(uow, person, [{"type": "text", "text": "いいえ"}], now=NOW))
        assert await claim(database) == []


class TestClaim:
    async def test_a_persons_rows_come_one_after_another(self, database: Database, person: UUID) -> None:
        await put(database, person, "1", "2", "3")
        said = []
        while rows := await claim(database):
            assert len(rows) == 1
            said += texts(rows)
            await mark(database, rows[0], "sent")
        assert said == ["1", "2", "3"]

    async def test_different_people_come_together_up_to_the_limit(self, database: Database) -> None:
        for number in range(3):
            await put(database, await see(database, f"U{number}"), str(number))
        assert texts(await claim(database, limit=2)) == ["0", "1"]
        assert texts(await claim(database, limit=2)) == ["2"]

    async def test_senders_at_once_take_each_row_once(self, database: Database) -> None:
        for number in range(12):
            await put(database, await see(database, f"U{number}"), str(number))
        claimed = await asyncio.gather(*(claim(database, limit=3) for _ in range(6)))
        taken = [text for rows in claimed for text in texts(rows)]
        assert len(taken) == len(set(taken))
        taken += texts(await claim(database, limit=12))
        assert sorted(taken, key=int) == [str(number) for number in range(12)]

    async def test_a_row_that_waits_for_its_next_attempt_holds_the_later_ones_back(
        self, database: Database, person: UUID
    ) -> None:
        await put(database, person, "1", "2")
        (row,) = await claim(database)
        await mark(database, row, "not_sent", retry_at=later(seconds=30))
        assert await claim(database, later(seconds=29)) == []
        assert texts(await claim(database, later(seconds=30))) == ["1"]

    async def test_a_person_who_cannot_be_reached_is_told_nothing_and_holds_nobody_up(
        self, database: Database, database_url: str, person: UUID
    ) -> None:
        await put(database, person, "1", "2", reply_token="token")
        await put(database, await see(database, "U2"), "other")
        async with database.transaction() as uow:
            await people.lock(uow, "U1", NOW, at=NOW, reachable=False)
        assert texts(await claim(database)) == ["other"]
        assert await claim(database) == []
        cancelled = "SELECT count(*) FROM outbox WHERE state = 'cancelled' AND messages IS NULL AND reply_token IS NULL"
        assert sql(database_url, cancelled) == [(2,)]

    @pytest.mark.parametrize("trouble", ["sender died", "unclear"])
    async def test_what_may_have_arrived_at_somebody_who_left_since_is_not_called_cancelled(
        self, database: Database, database_url: str, person: UUID, trouble: str
    ) -> None:
        await put(database, person, "1", "2")
        (row,) = await claim(database)
        if trouble == "sender died":
            lapse(database_url)
        else:
            await mark(database, row, "unknown", retry_at=NOW)
        async with database.transaction() as uow:
            await people.lock(uow, "U1", NOW, at=NOW, reachable=False)
        assert await claim(database) == []
        ended = "SELECT state, messages, finished_at IS NULL FROM outbox ORDER BY seq"
        assert sql(database_url, ended) == [("unknown", None, False), ("cancelled", None, False)]

    async def test_a_flood_for_one_person_is_passed_by(self, database: Database, person: UUID) -> None:
        await put(database, person, *map(str, range(200)))
        await put(database, await see(database, "U2"), "other")
        assert texts(await claim(database)) == ["0", "other"]
        assert await claim(database) == []


class TestLease:
    async def test_a_row_in_somebodys_hands_is_not_given_out(self, database: Database, person: UUID) -> None:
        await put(database, person, "1", "2")
        await claim(database)
        assert await claim(database) == []

    @pytest.mark.parametrize("apart", [-3600, 16, 3600])
    async def test_a_host_whose_clock_is_wrong_takes_nobodys_row(
        self, database: Database, person: UUID, apart: float
    ) -> None:
        await put(database, person, "1")
        assert await claim(database, later(seconds=apart))
        assert await claim(database) == []
        assert await claim(database, later(seconds=2 * apart)) == []

    async def test_a_dead_senders_row_comes_back_unsure_with_the_same_retry_key(
        self, database: Database, database_url: str, person: UUID
    ) -> None:
        await put(database, person, "1")
        (first,) = await claim(database)
        lapse(database_url)
        (second,) = await claim(database)
        assert (second.id, second.retry_key) == (first.id, first.retry_key)
        assert (second.attempts, second.unsure) == (2, True)

    async def test_a_sender_that_wakes_up_too_late_changes_nothing(
        self, database: Database, database_url: str, person: UUID
    ) -> None:
        await put(database, person, "1", reply_token="token")
        (stalled,) = await claim(database)
        lapse(database_url)
        (second,) = await claim(database)
        whole = "SELECT to_jsonb(outbox) FROM outbox"
        before = sql(database_url, whole)
        assert not await mark(database, stalled, "not_sent", retry_at=NOW, road="push")
        assert not await mark(database, stalled, "sent")
        async with database.transaction() as uow:
            assert not await outbox.hold(uow, stalled, "push monthly_limit 429")
            assert not await outbox.give_back(uow, stalled)
        assert sql(database_url, whole) == before
        assert await mark(database, second, "sent")

    async def test_a_row_that_was_given_back_is_not_in_the_hands_of_a_claim_before_that(
        self, database: Database, database_url: str, person: UUID
    ) -> None:
        await put(database, person, "1")
        (stalled,) = await claim(database)
        lapse(database_url)
        for _ in range(2):
            (row,) = await claim(database)
            async with database.transaction() as uow:
                assert await outbox.give_back(uow, row)
        sql(database_url, "UPDATE outbox SET attempts = 0")  # as when what is held is released
        (row,) = await claim(database)
        assert row.attempts == stalled.attempts
        assert not await mark(database, stalled, "not_sent")
        assert await mark(database, row, "sent")

    async def test_the_time_of_the_first_attempt_that_may_have_arrived_is_kept(
        self, database: Database, database_url: str, person: UUID
    ) -> None:
        await put(database, person, "1")
        (first,) = await claim(database)
        await mark(database, first, "not_sent", retry_at=NOW)
        (second,) = await claim(database, later(hours=1))
        await mark(database, second, "unknown", retry_at=NOW)
        (third,) = await claim(database, later(hours=2))
        lapse(database_url)
        (fourth,) = await claim(database, later(hours=3))
        since = [row.unsure_since for row in (first, second, third, fourth)]
        assert since == [None, None, later(hours=1), later(hours=1)]


class TestUnreadable:
    @pytest.mark.parametrize("column", ["messages", "reply_token"])
    async def test_a_row_that_cannot_be_opened_ends_and_holds_nobody_back(
        self, database: Database, database_url: str, person: UUID, column: str
    ) -> None:
        await put(database, person, "1", "2", reply_token="token")
        await put(database, await see(database, "U2"), "other")
        damage = f"UPDATE outbox SET {column} = set_byte({column}, 30, get_byte({column}, 30) # 1)"
        sql(database_url, f"{damage} WHERE seq = (SELECT min(seq) FROM outbox)")
        with capture_logs() as logs:
            assert texts(await claim(database, limit=1)) == ["2"]
            assert texts(await claim(database)) == ["other"]
        ((broken,),) = sql(database_url, "SELECT id FROM outbox WHERE state = 'not_sent' AND detail IS NOT NULL")
        assert [(log["event"], log["row"]) for log in logs] == [("outbox.unreadable", str(broken))]


class TestForget:
    async def test_texts_that_repeat_what_was_taken_back_are_not_said_and_numbers_still_are(
        self, database: Database, person: UUID
    ) -> None:
        card = {"type": "flex", "altText": "119"}
        async with database.transaction() as uow:
            await outbox.put(uow, person, [card, {"type": "text", "text": f"■いまの答え\n{STORY}"}], now=NOW)
            await outbox.put(uow, person, [{"type": "text", "text": "受付番号"}], now=NOW)
        async with database.transaction() as uow:
            await outbox.forget(uow, person, [STORY, ""], NOW)
        said = []
        while rows := await claim(database):
            said += [row.messages for row in rows]
            await mark(database, rows[0], "sent")
        assert said == [[card], [{"type": "text", "text": "受付番号"}]]

    async def test_a_row_with_nothing_else_is_cancelled(
        self, database: Database, database_url: str, person: UUID
    ) -> None:
        await put(database, person, f"{STORY[:25]}…", "次", reply_token="token")
        async with database.transaction() as uow:
            await outbox.forget(uow, person, [STORY], NOW)
        assert sql(database_url, "SELECT messages, reply_token FROM outbox WHERE state = 'cancelled'") == [(None, None)]
        assert texts(await claim(database)) == ["次"]

    async def test_a_row_that_may_have_arrived_is_not_changed_under_its_key(
        self, database: Database, database_url: str, person: UUID
    ) -> None:
        async with database.transaction() as uow:
            await outbox.put(
                uow, person, [{"type": "flex", "altText": "119"}, {"type": "text", "text": STORY}], now=NOW
            )
        (row,) = await claim(database)
        await mark(database, row, "unknown", retry_at=NOW)
        async with database.transaction() as uow:
            await outbox.forget(uow, person, [STORY], NOW)
        assert sql(database_url, "SELECT state, messages FROM outbox") == [("unknown", None)]

    async def test_other_people_and_other_words_are_left_alone(self, database: Database, person: UUID) -> None:
        await put(database, person, "ちがう話")
        await put(database, await see(database, "U2"), STORY)
        async with database.transaction() as uow:
            await outbox.forget(uow, person, [STORY], NOW)
        assert texts(await claim(database)) == ["ちがう話", STORY]


class TestHeld:
    """Pushes for which the month had no room."""

    async def hold(self, database: Database, person: UUID, *words: str) -> None:
        await put(database, person, *words)
        for _ in words:
            (row,) = await claim(database)
            async with database.transaction() as uow:
                await outbox.hold(uow, row, "push monthly_limit 429")

    async def take(self, database: Database, person: UUID, room: int = 4) -> list[str]:
        async with database.transaction() as uow:
            return [message["text"] for message in await outbox.take_held(uow, person, room)]

    async def test_it_is_given_out_once_the_oldest_first(self, database: Database, person: UUID) -> None:
        await self.hold(database, person, "1", "2")
        await self.hold(database, await see(database, "U2"), "other")
        assert await self.take(database, person) == ["1", "2"]
        assert await self.take(database, person) == []
        async with database.reading() as reader:
            assert not await outbox.has_held(reader, person)
            assert (await figures(reader, NOW)).held == 1

    async def test_what_a_rolled_back_event_took_is_still_there(self, database: Database, person: UUID) -> None:
        await self.hold(database, person, "1")
        await interrupted(database, lambda uow: outbox.take_held(uow, person, 4))
        assert await self.take(database, person) == ["1"]

    async def test_whole_rows_are_given_while_they_fit(self, database: Database, person: UUID) -> None:
        async with database.transaction() as uow:
            for size in (1, 3, 1):
                await outbox.put(uow, person, [{"type": "text", "text": str(size)}] * size, now=NOW)
        for _ in range(3):
            (row,) = await claim(database)
            async with database.transaction() as uow:
                await outbox.hold(uow, row, "")
        assert await self.take(database, person, 3) == ["1"], "the third does not overtake the second"
        assert await self.take(database, person, 4) == ["3", "3", "3", "1"]

    @pytest.mark.parametrize("room", [0, -1])
    async def test_without_room_nothing_is_given(self, database: Database, person: UUID, room: int) -> None:
        await self.hold(database, person, "1")
        assert await self.take(database, person, room) == []
        assert await self.take(database, person) == ["1"]

    async def test_for_somebody_who_cannot_be_reached_it_is_cancelled(
        self, database: Database, database_url: str, person: UUID
    ) -> None:
        await self.hold(database, person, "1")
        async with database.transaction() as uow:
            await people.lock(uow, "U1", NOW, at=NOW, reachable=False)
        assert await self.take(database, person) == []
        assert sql(database_url, "SELECT state, messages, finished_at IS NULL FROM outbox") == [
            ("cancelled", None, False)
        ]

    async def test_what_cannot_be_opened_ends_and_holds_nothing_back(
        self, database: Database, database_url: str, person: UUID
    ) -> None:
        await self.hold(database, person, "1", "2")
        damage = "UPDATE outbox SET messages = set_byte(messages, 30, get_byte(messages, 30) # 1)"
        sql(database_url, f"{damage} WHERE seq = (SELECT min(seq) FROM outbox)")
        assert await self.take(database, person) == ["2"]

    async def test_released_it_is_pushed_in_its_old_order(self, database: Database, person: UUID) -> None:
        await self.hold(database, person, "1", "2")
        await put(database, person, "3")
        async with database.transaction() as uow:
            assert await outbox.release_held(uow) == 2
        said = []
        while rows := await claim(database):
            said += texts(rows)
            assert (rows[0].road, rows[0].attempts) == ("push", 1)
            await mark(database, rows[0], "sent")
        assert said == ["1", "2", "3"]

    async def test_words_that_are_taken_back_are_not_kept_in_it(self, database: Database, person: UUID) -> None:
        await self.hold(database, person, STORY)
        async with database.transaction() as uow:
            await outbox.forget(uow, person, [STORY], NOW)
        assert await self.take(database, person) == []


class TestJoined:
    """What went into an answer ends as that answer does, however that ends."""

    STATES = "SELECT state FROM outbox ORDER BY seq"

    @pytest.fixture
    async def told(self, database: Database, person: UUID) -> None:
        """A message about a referral was held; the person's next answer carries it, and waits."""
        await self.hold(database, person, "受付番号", await submitted(database))
        await self.carry(database, person)

    @staticmethod
    async def hold(database: Database, person: UUID, word: str, referral: UUID) -> None:
        await put(database, person, word, referral_id=referral)
        (row,) = await claim(database)
        async with database.transaction() as uow:
            await outbox.hold(uow, row, "push monthly_limit 429")

    @staticmethod
    async def carry(database: Database, person: UUID, word: str = STORY, **options: Any) -> None:
        async with database.transaction() as uow:
            held = await outbox.take_held(uow, person, 4)
            answer = [*held, {"type": "text", "text": word}]
            await outbox.put(uow, person, answer, now=NOW, reply_token="token", **options)

    @staticmethod
    async def leave(database: Database, *, cancel: bool) -> None:
        async with database.transaction() as uow:
            left = await people.lock(uow, "U1", NOW, at=NOW, reachable=False)
            if cancel:
                await outbox.cancel(uow, left.id, NOW)

    @pytest.mark.usefixtures("told")
    @pytest.mark.parametrize("outcome", ["sent", "not_sent", "unknown"])
    async def test_the_person_leaves_while_its_answer_is_on_its_way(
        self, database: Database, database_url: str, outcome: outbox.Outcome
    ) -> None:
        (row,) = await claim(database)
        await self.leave(database, cancel=True)
        assert sql(database_url, self.STATES) == [("joined",), ("sending",)]
        await mark(database, row, outcome)
        assert sql(database_url, self.STATES) == [(outcome,), (outcome,)]
        assert sql(database_url, "SELECT count(DISTINCT finished_at) FROM outbox") == [(1,)]

    @pytest.mark.usefixtures("told")
    @pytest.mark.parametrize("heard_by", ["worker", "sender"])
    async def test_the_person_leaves_before_its_answer_is_sent(
        self, database: Database, database_url: str, heard_by: str
    ) -> None:
        await self.leave(database, cancel=heard_by == "worker")
        assert await claim(database) == []
        assert sql(database_url, self.STATES) == [("cancelled",), ("cancelled",)]

    @pytest.mark.usefixtures("told")
    async def test_its_answer_may_have_arrived_when_the_person_leaves(
        self, database: Database, database_url: str
    ) -> None:
        await claim(database)
        lapse(database_url)
        await self.leave(database, cancel=True)
        assert await claim(database) == []
        assert sql(database_url, self.STATES) == [("unknown",), ("unknown",)]

    async def test_an_answer_that_is_taken_back_does_not_leave_it_to_the_next_one(
        self, database: Database, database_url: str, person: UUID
    ) -> None:
        await self.hold(database, person, STORY, await submitted(database))
        await self.carry(database, person)
        await put(database, person, "次")
        async with database.transaction() as uow:
            await outbox.forget(uow, person, [STORY], NOW)
        (row,) = await claim(database)
        await mark(database, row, "sent")
        assert sql(database_url, self.STATES) == [("cancelled",), ("cancelled",), ("sent",)]

    @pytest.mark.usefixtures("told")
    async def test_an_older_answer_that_ends_later_is_not_its_own(
        self, database: Database, database_url: str, person: UUID
    ) -> None:
        (row,) = await claim(database)
        await self.hold_again(database, row)
        await self.carry(database, person, "つぎ")
        assert sql(database_url, self.STATES) == [("joined",), ("waiting",)], "its first carrier asked for no end"
        (row,) = await claim(database)
        assert texts([row]) == ["受付番号", STORY, "つぎ"]
        await mark(database, row, "sent")
        assert sql(database_url, self.STATES) == [("sent",), ("sent",)]

    @staticmethod
    async def hold_again(database: Database, row: Outgoing) -> None:
        async with database.transaction() as uow:
            assert await outbox.hold(uow, row, "push monthly_limit 429")

    @pytest.mark.usefixtures("told")
    async def test_an_answer_that_cannot_be_opened_ends_it_as_well(self, database: Database, database_url: str) -> None:
        damage = "UPDATE outbox SET messages = set_byte(messages, 30, get_byte(messages, 30) # 1)"
        sql(database_url, f"{damage} WHERE state = 'waiting'")
        assert await claim(database) == []
        assert sql(database_url, self.STATES) == [("not_sent",), ("not_sent",)]


class TestCancel:
    async def test_nothing_waits_for_somebody_who_left(
        self, database: Database, database_url: str, person: UUID
    ) -> None:
        await put(database, person, "1", "2")
        (row,) = await claim(database)
        await mark(database, row, "unknown", retry_at=NOW)
        other = await see(database, "U2")
        await put(database, other, "other")
        async with database.transaction() as uow:
            await outbox.cancel(uow, person, NOW)
        states = "SELECT state, messages IS NULL FROM outbox ORDER BY seq"
        assert sql(database_url, states) == [("unknown", True), ("cancelled", True), ("waiting", False)]


class TestGiveBack:
    async def test_a_row_that_was_not_tried_waits_as_before(self, database: Database, person: UUID) -> None:
        await put(database, person, "1", "2")
        (row,) = await claim(database)
        async with database.transaction() as uow:
            await outbox.give_back(uow, row)
        (again,) = await claim(database)
        assert (again.id, again.attempts, again.unsure) == (row.id, 1, False)


class TestFreshness:
    async def test_a_token_that_has_grown_old_is_not_replied_to_unless_it_may_have_been_used(
        self, database: Database, person: UUID
    ) -> None:
        await put(database, person, "1", reply_token="token", token_received_at=NOW)
        (row,) = await claim(database)
        await mark(database, row, "unknown", retry_at=NOW)
        await put(database, await see(database, "U2"), "2", reply_token="token", token_received_at=NOW)
        async with database.transaction() as uow:
            rows = await outbox.claim(uow, later(minutes=1), 10, fresh_after=later(seconds=5))
        assert [(row.road, row.unsure) for row in rows] == [("reply", True), ("push", False)]


class TestMark:
    @pytest.mark.parametrize("outcome", ["sent", "not_sent", "unknown"])
    async def test_a_final_row_keeps_no_words(
        self, database: Database, database_url: str, person: UUID, outcome: outbox.Outcome
    ) -> None:
        await put(database, person, "1", reply_token="token")
        (row,) = await claim(database)
        await mark(database, row, outcome, detail="400 Invalid reply token")
        assert sql(database_url, "SELECT state, messages, reply_token FROM outbox") == [(outcome, None, None)]

    async def test_a_reply_that_line_refused_goes_the_push_road_with_the_same_key(
        self, database: Database, person: UUID
    ) -> None:
        await put(database, person, "1", reply_token="token")
        (row,) = await claim(database)
        await mark(database, row, "not_sent", retry_at=NOW, road="push")
        (again,) = await claim(database)
        assert (again.road, again.retry_key, again.attempts, again.unsure) == ("push", row.retry_key, 2, False)
        assert texts([again]) == ["1"]

    async def test_an_unclear_attempt_leaves_the_next_one_unsure(self, database: Database, person: UUID) -> None:
        await put(database, person, "1")
        (row,) = await claim(database)
        await mark(database, row, "unknown", retry_at=NOW)
        (again,) = await claim(database)
        assert again.unsure
        await mark(database, again, "not_sent", retry_at=NOW)
        (last,) = await claim(database)
        assert last.unsure

    async def test_counts_of_what_did_not_arrive(self, database: Database, person: UUID) -> None:
        await put(database, person, "1", "2", "3", "4")
        outcomes: tuple[outbox.Outcome, ...] = ("sent", "not_sent", "unknown")
        for outcome in outcomes:
            (row,) = await claim(database)
            await mark(database, row, outcome)
        async with database.reading() as reader:
            found = await figures(reader, NOW)
        assert (found.sends, found.waiting) == ({"sent": 1, "not_sent": 1, "unknown": 1, "cancelled": 0}, 1)


class TestSettling:
    """No. 59: while a person floods, the newest answer replaces the one before, until it is calm."""

    async def test_only_the_newest_answer_is_left_and_waits(self, database: Database, person: UUID) -> None:
        for word in ("一", "二", "三"):
            await self.put(database, person, word, settles=True)
        assert await claim(database) == []
        [row] = await claim(database, now=SETTLED)
        assert row.messages == [{"type": "text", "text": "三"}]

    async def test_an_urgent_answer_replaces_it_and_goes_at_once(self, database: Database, person: UUID) -> None:
        await self.put(database, person, "質問", settles=True)
        await self.put(database, person, "119")
        [row] = await claim(database)
        assert row.messages == [{"type": "text", "text": "119"}]
        await mark(database, row, "sent")
        assert await claim(database, now=SETTLED) == []

    async def test_it_holds_back_neither_what_came_before_nor_what_staff_write(
        self, database: Database, person: UUID
    ) -> None:
        await self.put(database, person, "前の答え")
        await self.put(database, person, "質問", settles=True)
        await self.put(database, person, "職員", is_answer=False)
        said = []
        for now in (NOW, NOW, SETTLED):
            [row] = await claim(database, now=now)
            said.append(row.messages[0]["text"])
            await mark(database, row, "sent")
        assert said == ["前の答え", "職員", "質問"]

    async def test_one_that_is_on_its_way_is_not_replaced(self, database: Database, person: UUID) -> None:
        await self.put(database, person, "質問", settles=True)
        [row] = await claim(database, now=SETTLED)
        await self.put(database, person, "次の質問", settles=True)
        await mark(database, row, "unknown", retry_at=SETTLED)
        [again] = await claim(database, now=SETTLED)
        assert again.messages == [{"type": "text", "text": "質問"}]

    @staticmethod
    async def put(
        database: Database, person: UUID, word: str, *, settles: bool = False, is_answer: bool = True
    ) -> None:
        async with database.transaction() as uow:
            await outbox.put(
                uow,
                person,
                [{"type": "text", "text": word}],
                now=NOW,
                inbound_id=uuid4() if is_answer else None,
                settles_at=SETTLED if settles else None,
            )
