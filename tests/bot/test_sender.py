import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID, uuid5

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.events import REPLY_ONLY
from bot.sender import PUSH_ATTEMPTS, REPLY_ATTEMPTS, Sender
from cases import channel, outbox, people
from cases.channel import FIRST_PAUSE, LONGEST_PAUSE, Channel
from cases.db import Database
from cases.outbox import LEASE, OutboxRow
from tests.bot.line_stub import LineStub
from tests.bot.talking import NOW, OTHER, USER, Bell, until
from tests.cases.builders import lapse, sql

TOKEN_DEAD = (400, "Invalid reply token")
MONTHLY = (429, "You have reached your monthly limit.")
RATE = (429, "The API rate limit has been exceeded. Try again later.")
FORBIDDEN = (403, "Access to this API is not available for your account")
UNAUTHORISED = (401, "Authentication failed due to the following reason: invalid token")
REFUSED = (400, "The request body has 1 error(s)", "May not be empty")
HELLO = {"type": "text", "text": "こんにちは"}
CARD = {
    "type": "flex",
    "altText": "消防 119",
    "contents": {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": []}},
}


class Office:
    """A sender over a real outbox and a LINE that answers as told; time moves when told."""

    def __init__(self, database: Database, line: LineStub, bell: Bell) -> None:
        self.database = database
        self.line = line
        self.now = NOW
        self.luck = 1.0
        self.points: list[str] = []
        self.at: dict[str, Callable[[], Awaitable[object]]] = {}
        self.sender = Sender(
            database,
            bell,
            access_token="token-of-the-channel",
            api_base=line.url,
            now=lambda: self.now,
            call_seconds=0.3,
            chance=lambda: self.luck,
            poll_seconds=0.05,
            sync=self._note,
        )

    async def _note(self, point: str) -> None:
        self.points.append(point)
        if act := self.at.pop(point, None):
            await act()

    async def put(self, *messages: dict[str, Any], to: str = USER, token: str | None = "t" * 32) -> None:
        async with self.database.transaction() as uow:
            person = await people.lock(uow, to, self.now)
            given = list(messages) or [HELLO]
            await outbox.put(
                uow, person.id, given, now=self.now, reply_token=token, token_received_at=token and self.now
            )

    async def take_held(self, room: int = 4, of: str = USER) -> list[dict[str, Any]]:
        async with self.database.transaction() as uow:
            person = await people.lock(uow, of, self.now)
            return await outbox.take_held(uow, person.id, room)

    async def channel(self) -> Channel:
        async with self.database.reading() as reader:
            return await channel.read(reader)

    async def attempt(self, *, after: timedelta = timedelta(0)) -> None:
        """One look at the outbox."""
        self.now += after
        await self.sender.step()

    async def settle(self) -> None:
        """Look until nothing more is due now."""
        while await self.sender.step():
            pass

    async def rows(self) -> list[OutboxRow]:
        async with self.database.reading() as reader:
            return list(await reader.session.scalars(select(OutboxRow).order_by(OutboxRow.seq)))

    async def states(self) -> list[str]:
        return [row.state for row in await self.rows()]

    async def state(self) -> str:
        [row] = await self.rows()
        return row.state

    async def due(self) -> datetime | None:
        [row] = await self.rows()
        return row.not_before


@pytest.fixture
async def office(database: Database, line: LineStub, bell: Bell) -> AsyncIterator[Office]:
    made = Office(database, line, bell)
    yield made
    await made.sender.close()


@pytest.fixture
def few_places(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("bot.sender.IN_FLIGHT", 4)
    return 4


class TestReply:
    async def test_a_fresh_token_is_replied_to(self, office: Office, line: LineStub):
        await office.put()
        await office.settle()
        assert await office.state() == "sent"
        [call] = line.calls
        assert (call["road"], call["replyToken"], call["key"]) == ("reply", "t" * 32, None)
        assert call["messages"] == [HELLO]
        assert office.points == ["before-send", "after-send", "before-mark"]

    async def test_an_old_token_is_not_tried_but_pushed(self, office: Office, line: LineStub):
        await office.put()
        office.now += timedelta(seconds=56)
        await office.settle()
        assert await office.state() == "sent"
        assert line.roads == ["push"]

    async def test_no_53_a_dead_token_is_pushed_once_under_the_stored_key(self, office: Office, line: LineStub):
        await office.put()
        line.refuse(*TOKEN_DEAD)
        await office.settle()
        assert await office.state() == "sent"
        assert line.roads == ["reply", "push"]
        [row] = await office.rows()
        assert line.calls[1]["key"] == str(row.retry_key)
        assert line.calls[1]["to"] == USER

    @pytest.mark.parametrize("trouble", ["hang", "cut", "500", "page"])
    async def test_no_52_a_reply_that_may_have_arrived_is_never_pushed(
        self, office: Office, line: LineStub, trouble: str
    ):
        await office.put()
        for _ in range(2):
            lay_out(line, trouble)
        line.refuse(*TOKEN_DEAD)
        await office.attempt()
        await office.attempt(after=timedelta(seconds=2))
        assert await office.state() == "waiting"
        await office.attempt(after=timedelta(seconds=100))
        assert await office.state() == "unknown"
        assert line.roads == ["reply"] * 3

    async def test_no_52_a_reply_that_had_not_arrived_is_said_by_the_same_token(self, office: Office, line: LineStub):
        await office.put()
        line.cut()
        await office.attempt()
        await office.attempt(after=timedelta(seconds=2))
        assert await office.state() == "sent"
        assert [call["replyToken"] for call in line.calls] == ["t" * 32] * 2

    async def test_a_reply_that_stays_unclear_ends_as_unknown(self, office: Office, line: LineStub):
        await office.put()
        for _ in range(10):
            line.answer(500)
        for _ in range(10):
            await office.attempt()
            office.now += timedelta(minutes=5)
        assert await office.state() == "unknown"
        assert set(line.roads) == {"reply"}

    async def test_a_sender_killed_after_sending_does_not_say_it_twice(
        self, office: Office, line: LineStub, database_url: str
    ):
        await office.put()
        async with office.database.transaction() as uow:
            await outbox.claim(uow, office.now, 1)  # claimed by somebody who died
        line.refuse(*TOKEN_DEAD)
        lapse(database_url)
        await office.attempt(after=timedelta(seconds=16))
        assert await office.state() == "unknown"
        assert line.roads == ["reply"]

    async def test_the_limit_of_calls_is_waited_out_and_then_replied(self, office: Office, line: LineStub):
        await office.put()
        line.refuse(*RATE)
        await office.attempt()
        assert await office.state() == "waiting"
        await office.attempt(after=timedelta(seconds=2))
        assert (await office.state(), line.roads) == ("sent", ["reply", "reply"])

    async def test_without_connection_nothing_was_sent_so_it_is_pushed_when_the_token_is_old(
        self, office: Office, line: LineStub, database: Database, bell: Bell
    ):
        await office.put()
        nowhere = Sender(database, bell, access_token="t", api_base="http://127.0.0.1:1", now=lambda: office.now)
        await nowhere.step()
        await nowhere.close()
        assert await office.state() == "waiting"
        office.now += timedelta(seconds=60)
        await office.settle()
        assert (await office.state(), line.roads) == ("sent", ["push"])


class TestPush:
    async def test_without_a_token_it_is_pushed(self, office: Office, line: LineStub):
        await office.put(token=None)
        await office.settle()
        assert (await office.state(), line.roads) == ("sent", ["push"])

    @pytest.mark.parametrize("trouble", ["hang", "cut", "500", "page"])
    async def test_no_52_trouble_is_tried_again_under_the_same_key_until_409_tells_it_was_sent(
        self, office: Office, line: LineStub, trouble: str
    ):
        await office.put(token=None)
        lay_out(line, trouble)
        line.answer(409, {"message": "already accepted"}, x_line_accepted_request_id="r0")
        await office.attempt()
        assert await office.state() == "waiting"
        await office.attempt(after=timedelta(seconds=2))
        assert await office.state() == "sent"
        assert line.calls[0]["key"] == line.calls[1]["key"] is not None
        assert line.calls[0]["messages"] == line.calls[1]["messages"]

    async def test_pauses_between_attempts_grow_to_a_quarter_of_an_hour(self, office: Office, line: LineStub):
        await office.put(token=None)
        pauses = []
        for _ in range(12):
            line.answer(500)
            await office.settle()
            due = await office.due()
            assert due is not None
            pauses.append((due - office.now).total_seconds())
            office.now = due
        assert pauses[:4] == [2, 4, 8, 16]
        assert pauses[-1] == 900

    async def test_it_is_given_up_as_unknown_within_the_day_of_the_key(self, office: Office, line: LineStub):
        await office.put(token=None)
        for _ in range(PUSH_ATTEMPTS):
            line.answer(500)
            await office.settle()
            office.now = await office.due() or office.now
        assert await office.state() == "unknown"
        assert office.now - NOW < timedelta(hours=24)

    async def test_no_52_what_may_have_arrived_is_not_said_again_once_line_has_forgotten_the_key(
        self, office: Office, line: LineStub
    ):
        await office.put(token=None)
        line.answer(500)
        await office.attempt()
        await office.attempt(after=timedelta(hours=24))
        assert (await office.state(), len(line.calls)) == ("unknown", 1)

    async def test_what_certainly_was_not_sent_is_sent_however_late(self, office: Office, line: LineStub):
        await office.put(token=None)
        line.refuse(*RATE)
        await office.attempt()
        await office.attempt(after=timedelta(hours=24))
        assert (await office.state(), len(line.calls)) == ("sent", 2)

    async def test_an_address_that_cannot_be_opened_ends_its_row_and_no_other(
        self, office: Office, line: LineStub, database_url: str
    ):
        await office.put(token=None)
        sql(database_url, "UPDATE people SET line_user = set_byte(line_user, 30, get_byte(line_user, 30) # 1)")
        await office.put(to=OTHER, token=None)
        await office.settle()
        assert [row.state for row in await office.rows()] == ["not_sent", "sent"]
        assert [call["to"] for call in line.calls] == [OTHER]

    async def test_no_55_the_rate_limit_is_waited_out(self, office: Office, line: LineStub):
        await office.put(token=None)
        line.refuse(*RATE)
        await office.attempt()
        await office.attempt(after=timedelta(seconds=2))
        assert (await office.state(), len(line.calls)) == ("sent", 2)

    async def test_no_55_the_rate_limit_stops_that_call_for_growing_times_and_nobody_elses(
        self, office: Office, line: LineStub
    ):
        await office.put(token=None)
        pauses = []
        for luck in (1.0, 0.0, 0.5):
            office.luck = luck
            line.refuse(*RATE)
            await office.settle()
            due = await office.due()
            assert due is not None
            pauses.append((due - office.now).total_seconds())
            office.now = due
        assert pauses == [2, 2, 6]
        office.now -= timedelta(seconds=1)
        await office.put(to=OTHER, token=None)
        await office.settle()
        assert await office.states() == ["waiting", "sent"]

    @pytest.mark.parametrize("status", [404, 410, 415])
    async def test_other_refusals_are_final(self, office: Office, line: LineStub, status: int):
        await office.put(token=None)
        line.refuse(status, "no")
        await office.settle()
        assert (await office.state(), len(line.calls)) == ("not_sent", 1)

    async def test_an_address_that_line_refuses_is_not_tried_with_other_words(self, office: Office, line: LineStub):
        await office.put(token=None)
        line.refuse(400, "The property, 'to', in the request body is invalid (line: -, column: -)")
        await office.settle()
        assert (await office.state(), len(line.calls)) == ("not_sent", 1)

    async def test_what_may_only_be_replied_is_never_pushed(self, office: Office, line: LineStub):
        await office.put(to=REPLY_ONLY + "C1")
        line.refuse(*TOKEN_DEAD)
        await office.settle()
        assert (await office.state(), line.roads) == ("not_sent", ["reply"])

    async def test_no_30_nothing_is_sent_to_somebody_who_left(self, office: Office, line: LineStub):
        await office.put()
        async with office.database.transaction() as uow:
            await people.lock(uow, USER, NOW, at=NOW, reachable=False)
        await office.settle()
        assert (await office.state(), line.calls) == ("cancelled", [])


class TestMonthlyLimit:
    async def test_no_55_the_words_are_kept_and_it_is_not_tried_again(self, office: Office, line: LineStub):
        await office.put(token=None)
        line.refuse(*MONTHLY)
        with capture_logs() as logs:
            await office.settle()
        await office.attempt(after=timedelta(hours=24))
        assert (await office.state(), len(line.calls)) == ("held", 1)
        assert "monthly_limit" in logs[-1]["detail"]
        assert (await office.channel()).used_up_since == NOW
        assert await office.take_held() == [HELLO]

    async def test_no_55_it_stands_in_no_later_answers_way(self, office: Office, line: LineStub):
        await office.put(token=None)
        line.refuse(*MONTHLY)
        await office.settle()
        await office.put()
        await office.settle()
        assert await office.states() == ["held", "sent"]

    async def test_no_55_what_is_pushed_later_does_not_overtake_it(self, office: Office, line: LineStub):
        for number in range(2):
            await office.put({"type": "text", "text": f"文{number}"}, token=None)
        line.refuse(*MONTHLY)
        await office.settle()
        assert (await office.states(), len(line.calls)) == (["held", "held"], 1)
        async with office.database.transaction() as uow:
            assert await outbox.release_held(uow) == 2
        await office.settle()
        assert [call["messages"][0]["text"] for call in line.calls[1:]] == ["文0", "文1"]

    async def test_a_dead_token_and_no_push_left_leave_the_answer_for_the_next_token(
        self, office: Office, line: LineStub
    ):
        await office.put()
        line.refuse(*TOKEN_DEAD)
        line.refuse(*MONTHLY)
        await office.settle()
        assert (await office.state(), line.roads) == ("held", ["reply", "push"])

    async def test_what_may_have_been_said_already_is_not_kept_for_saying_it_again(
        self, office: Office, line: LineStub
    ):
        await office.put(token=None)
        line.answer(500)
        line.refuse(*MONTHLY)
        await office.attempt()
        await office.attempt(after=timedelta(seconds=2))
        assert await office.state() == "unknown"
        assert await office.take_held() == []

    async def test_staff_hear_of_it_once(self, office: Office, line: LineStub, bell: Bell):
        for user in (USER, OTHER):
            await office.put(to=user, token=None)
            line.refuse(*MONTHLY)
        await office.settle()
        assert bell.rung == ["inbox"]


class TestRefusedMessage:
    async def test_no_54_is_said_once_more_in_plain_text(self, office: Office, line: LineStub):
        await office.put(CARD, HELLO)
        line.refuse(*REFUSED)
        await office.settle()
        assert await office.state() == "sent"
        assert line.roads == ["reply", "reply"]
        assert line.calls[1]["messages"] == [{"type": "text", "text": "消防 119\n\nこんにちは"}]

    async def test_no_54_another_payload_is_pushed_under_another_key(self, office: Office, line: LineStub):
        await office.put(CARD, token=None)
        line.refuse(*REFUSED)
        await office.settle()
        [row] = await office.rows()
        assert [call["key"] for call in line.calls] == [str(row.retry_key), str(uuid5(row.retry_key, "plain"))]
        assert await office.state() == "sent"

    async def test_no_54_both_calls_together_take_no_longer_than_one_may(self, office: Office, line: LineStub):
        await office.put(CARD, HELLO, token=None)
        line.hang(0.15, 400)
        line.hang(0.25)
        await office.attempt()
        [row] = await office.rows()
        assert (row.state, row.unsure, len(line.calls)) == ("waiting", True, 2)

    async def test_no_54_where_the_refusal_itself_took_the_time_it_is_begun_anew_later(
        self, office: Office, line: LineStub
    ):
        await office.put(CARD, HELLO, token=None)
        line.hang(0.27, 400)
        await office.attempt()
        [row] = await office.rows()
        assert (row.state, row.unsure, len(line.calls)) == ("waiting", False, 1)

    async def test_no_54_a_body_too_large_for_line_is_said_in_plain_text(self, office: Office, line: LineStub):
        await office.put(CARD)
        line.raw(413, b"<html>", "text/html")
        await office.settle()
        assert (await office.state(), len(line.calls)) == ("sent", 2)

    async def test_no_54_a_second_refusal_is_final(self, office: Office, line: LineStub):
        await office.put(CARD)
        line.refuse(*REFUSED)
        line.refuse(*REFUSED)
        await office.settle()
        assert (await office.state(), len(line.calls)) == ("not_sent", 2)

    async def test_what_the_sdk_itself_refuses_is_said_in_plain_text(self, office: Office, line: LineStub):
        await office.put({"type": "nothing known"}, HELLO)
        await office.settle()
        assert (await office.state(), [call["messages"] for call in line.calls]) == ("sent", [[HELLO]])


class TestStrangeAnswers:
    @pytest.mark.parametrize("body", [b"", b"{}", b'{"sentMessages":[{"id":5}]}', b'{"sentMessages":null}', b"OK"])
    async def test_a_changed_200_is_still_sent(self, office: Office, line: LineStub, body: bytes):
        await office.put(token=None)
        line.raw(200, body)
        await office.settle()
        assert (await office.state(), len(line.calls)) == ("sent", 1)

    @pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b"[]", b'{"message":5}'])
    async def test_a_refusal_without_words_is_a_refusal(self, office: Office, line: LineStub, body: bytes):
        await office.put(token=None)
        line.raw(404, body)
        await office.settle()
        assert await office.state() == "not_sent"


class TestUnauthorised:
    """The token is refused: LINE is left alone, the words are kept, and their order."""

    async def refused(self, office: Office, line: LineStub) -> None:
        await office.put()
        line.refuse(*UNAUTHORISED)
        await office.attempt()

    async def test_no_56_line_is_left_alone_for_a_while_and_then_everything_is_said(
        self, office: Office, line: LineStub
    ):
        await self.refused(office, line)
        await office.put(to=OTHER)
        await office.attempt(after=timedelta(seconds=119))
        assert len(line.calls) == 1
        assert (await office.channel()).refused_since == NOW
        await office.attempt(after=timedelta(seconds=1))
        await office.settle()
        assert await office.states() == ["sent", "sent"]
        assert line.roads[1:] == ["push", "push"], "the tokens have grown old meanwhile"
        assert await office.channel() == Channel()

    async def test_no_56_one_row_is_tried_after_each_pause_and_the_pauses_grow(self, office: Office, line: LineStub):
        for number in range(5):
            await office.put(to=f"U{number:032}", token=None)
        for _ in range(20):
            line.refuse(*UNAUTHORISED)
        await office.attempt()
        first = len(line.calls)
        tried = []
        for minute in range(1, 50):
            await office.attempt(after=timedelta(minutes=1))
            await office.settle()
            if len(line.calls) > first + len(tried):
                tried.append(minute)
        assert tried == [2, 4, 8, 16, 31, 46]
        assert len(line.calls) == first + len(tried)
        assert timedelta(minutes=tried[-1] - tried[-2]) == LONGEST_PAUSE

    async def test_no_56_the_refusals_do_not_count_against_the_words(self, office: Office, line: LineStub):
        await self.refused(office, line)
        for _ in range(REPLY_ATTEMPTS * 3):
            line.refuse(*UNAUTHORISED)
            await office.attempt(after=LONGEST_PAUSE)
        [row] = await office.rows()
        assert (row.state, row.attempts, row.unsure) == ("waiting", 0, False)
        assert len(line.calls) > REPLY_ATTEMPTS

    async def test_no_56_one_persons_words_keep_their_order(self, office: Office, line: LineStub):
        await self.refused(office, line)
        for number in range(3):
            await office.put({"type": "text", "text": f"文{number}"})
        office.now += FIRST_PAUSE
        await office.settle()
        assert [call["messages"][0]["text"] for call in line.calls[1:]] == ["こんにちは", "文0", "文1", "文2"]

    async def test_no_56_another_worker_leaves_line_alone_as_well(
        self, office: Office, line: LineStub, database: Database, bell: Bell
    ):
        other = Office(database, line, bell)
        await self.refused(office, line)
        assert not await other.sender.step()
        other.now = office.now = NOW + FIRST_PAUSE
        line.refuse(*UNAUTHORISED)
        await asyncio.gather(office.sender.step(), other.sender.step())
        assert len(line.calls) == 2, "one try, by one of them"
        other.now = office.now = NOW + 2 * FIRST_PAUSE
        await other.attempt()
        await office.attempt(after=timedelta(seconds=2))
        assert len(line.calls) == 3
        assert (await office.state(), await office.channel()) == ("sent", Channel())
        await other.sender.close()

    async def test_a_row_that_ends_without_a_call_does_not_cost_the_try(self, office: Office, line: LineStub):
        await self.refused(office, line)
        async with office.database.transaction() as uow:
            await people.lock(uow, USER, NOW, at=NOW, reachable=False)
        await office.put(to=REPLY_ONLY + "C1")
        await office.put(to=OTHER)
        office.now += FIRST_PAUSE
        await office.settle()
        assert await office.states() == ["cancelled", "not_sent", "sent"]

    async def test_a_try_of_which_nothing_is_heard_leaves_the_matter_open(self, office: Office, line: LineStub):
        await self.refused(office, line)
        line.answer(500)
        await office.attempt(after=FIRST_PAUSE)
        assert (await office.channel()).refused_since == NOW

    async def test_any_other_answer_of_line_shows_that_it_takes_the_token(self, office: Office, line: LineStub):
        await self.refused(office, line)
        line.refuse(404, "no")
        await office.attempt(after=FIRST_PAUSE)
        assert await office.channel() == Channel()

    async def test_staff_hear_when_it_begins_and_when_it_ends(self, office: Office, line: LineStub, bell: Bell):
        await self.refused(office, line)
        assert bell.rung == ["inbox"]
        await office.attempt(after=FIRST_PAUSE)
        assert bell.rung == ["inbox", "inbox"]


class TestForbidden:
    """LINE takes the token but lets the account say nothing: suspended, or not in its plan."""

    @pytest.mark.parametrize("token", ["t" * 32, None])
    async def test_the_words_are_kept_and_said_when_line_lets_us(
        self, office: Office, line: LineStub, bell: Bell, token: str | None
    ):
        await office.put(token=token)
        await office.put(to=OTHER, token=token)
        line.refuse(*FORBIDDEN)
        line.refuse(*FORBIDDEN)
        with capture_logs() as logs:
            await office.attempt()
        assert await office.states() == ["waiting", "waiting"]
        assert [log["event"] for log in logs].count("line.account_refused") == 1
        known = await office.channel()
        assert (known.forbidden_since, known.refused_since) == (NOW, None)
        assert bell.rung == ["inbox"]
        before = len(line.calls)
        await office.attempt(after=FIRST_PAUSE - timedelta(seconds=1))
        assert len(line.calls) == before, "LINE is left alone"
        await office.attempt(after=timedelta(seconds=1))
        await office.settle()
        assert await office.states() == ["sent", "sent"]
        assert await office.channel() == Channel()

    async def test_the_refusals_do_not_count_against_the_words(self, office: Office, line: LineStub):
        await office.put(token=None)
        for _ in range(REPLY_ATTEMPTS + 2):
            line.refuse(*FORBIDDEN)
            await office.attempt(after=LONGEST_PAUSE)
        [row] = await office.rows()
        assert (row.state, row.attempts, row.unsure) == ("waiting", 0, False)

    async def test_a_token_that_is_refused_meanwhile_is_told_as_that(self, office: Office, line: LineStub):
        await office.put(token=None)
        line.refuse(*FORBIDDEN)
        await office.attempt()
        line.refuse(*UNAUTHORISED)
        await office.attempt(after=FIRST_PAUSE)
        known = await office.channel()
        assert (known.forbidden_since, known.refused_since) == (None, NOW + FIRST_PAUSE)

    async def test_what_may_have_arrived_before_is_not_said_again_once_line_has_forgotten_the_key(
        self, office: Office, line: LineStub
    ):
        await office.put(token=None)
        line.answer(500)
        await office.attempt()
        line.refuse(*FORBIDDEN)
        await office.attempt(after=timedelta(seconds=2))
        await office.attempt(after=timedelta(hours=24))
        assert (await office.state(), len(line.calls)) == ("unknown", 2)


class TestStall:
    """A sender that stands still, and another one that took its row meanwhile."""

    async def test_no_52_a_reply_that_another_sender_is_saying_is_not_pushed(
        self, office: Office, line: LineStub, database: Database, database_url: str, bell: Bell
    ):
        other = Office(database, line, bell)
        await office.put()
        line.hang(0.2)  # LINE took the other one's reply, and its answer is on its way
        line.refuse(*TOKEN_DEAD)
        running: list[asyncio.Task[bool]] = []

        async def stall() -> None:
            lapse(database_url)
            running.append(asyncio.create_task(other.sender.step()))
            await until(lambda: line.calls)

        office.at["before-send"] = stall
        with capture_logs() as logs:
            await office.attempt()
        assert [log["event"] for log in logs if log["log_level"] == "warning"][-1] == "outbox.overtaken"
        assert await office.state() == "sending"
        await running[0]
        await office.settle()
        assert (await office.state(), line.roads) == ("sent", ["reply", "reply"])
        await other.sender.close()

    @pytest.mark.parametrize("token", ["t" * 32, None])
    async def test_line_is_not_asked_when_the_call_might_outlast_the_lease(
        self, office: Office, line: LineStub, monkeypatch: pytest.MonkeyPatch, token: str | None
    ):
        await office.put(token=token)

        async def stall() -> None:
            stood = monotonic() + LEASE.total_seconds() - 0.2
            monkeypatch.setattr("bot.sender.monotonic", lambda: stood)

        office.at["before-send"] = stall
        await office.attempt()
        [row] = await office.rows()
        assert (row.state, row.attempts, row.unsure, line.calls) == ("waiting", 0, False, [])
        monkeypatch.undo()
        await office.settle()
        assert (await office.state(), len(line.calls)) == ("sent", 1)

    async def test_what_another_sender_took_meanwhile_stays_its_own(
        self, office: Office, line: LineStub, database_url: str, monkeypatch: pytest.MonkeyPatch
    ):
        await office.put()

        async def stall() -> None:
            monkeypatch.setattr("bot.sender.monotonic", lambda: monotonic() + LEASE.total_seconds())
            lapse(database_url)
            async with office.database.transaction() as uow:
                assert await outbox.claim(uow, office.now, 1)

        office.at["before-send"] = stall
        await office.attempt()
        [row] = await office.rows()
        assert (row.state, row.attempts, line.calls) == ("sending", 2, [])


class TestOrder:
    async def test_one_persons_rows_go_one_after_another(self, office: Office, line: LineStub):
        for number in range(3):
            await office.put({"type": "text", "text": f"文{number}"}, token=f"{number}" * 32)
        line.answer(500)
        await office.attempt()
        assert len(line.calls) == 1
        await office.attempt()
        assert len(line.calls) == 1
        office.now += timedelta(seconds=2)
        await office.settle()
        assert [call["messages"][0]["text"] for call in line.calls] == ["文0", "文0", "文1", "文2"]

    async def test_one_persons_trouble_delays_nobody_else(self, office: Office, line: LineStub):
        await office.put()
        await office.put(to=OTHER)
        line.hang(1)
        await office.settle()
        assert sorted(row.state for row in await office.rows()) == ["sent", "waiting"]


class TestRun:
    async def test_sends_what_comes_until_it_is_stopped(self, office: Office, line: LineStub, bell: Bell):
        stop = asyncio.Event()
        running = asyncio.create_task(office.sender.run(stop))
        for number in range(6):
            await office.put(to=f"U{number:032}")
        await bell.wake("outbox")
        await until(lambda: len(line.calls) == 6)
        stop.set()
        await asyncio.wait_for(running, 5)
        assert {row.state for row in await office.rows()} == {"sent"}

    async def test_people_of_whom_line_takes_long_hold_up_nobody_who_comes_later(
        self, office: Office, line: LineStub, bell: Bell, few_places: int
    ):
        stop = asyncio.Event()
        office.sender._call_seconds = 10.0
        for number in range(few_places - 1):
            await office.put(to=f"U{number:032}")
            line.hang(1.5)
        running = asyncio.create_task(office.sender.run(stop))
        await until(lambda: len(line.calls) == few_places - 1)
        for number in range(3):
            await office.put(to=f"V{number:032}")
        await bell.wake("outbox")
        await until(lambda: len(line.calls) == few_places + 2)
        assert [row.state for row in await office.rows()][: few_places - 1] == ["sending"] * (few_places - 1)
        stop.set()
        await asyncio.wait_for(running, 5)

    async def test_no_more_calls_are_under_way_than_there_are_places(
        self, office: Office, line: LineStub, few_places: int
    ):
        for number in range(few_places + 1):
            await office.put(to=f"U{number:032}")
        await office.attempt()
        assert len(line.calls) == few_places
        await office.settle()
        assert {row.state for row in await office.rows()} == {"sent"}

    async def test_a_call_under_way_is_finished_and_marked_before_the_end(self, office: Office, line: LineStub):
        await office.put()
        line.hang(0.2)
        stop = asyncio.Event()
        running = asyncio.create_task(office.sender.run(stop))
        await until(lambda: line.calls)
        stop.set()
        await asyncio.wait_for(running, 5)
        assert await office.state() == "sent"


async def test_logs_hold_ids_and_statuses_only(office: Office, line: LineStub):
    await office.put({"type": "text", "text": "カナリア"})
    line.refuse(400, "カナリア 't'", "カナリア")
    line.answer(500, {"message": "カナリア"})
    with capture_logs() as logs:
        await office.settle()
    written = str(logs)
    assert logs
    assert not [secret for secret in ("カナリア", USER, "t" * 32, "token-of-the-channel") if secret in written]
    assert all(UUID(entry["row"]) for entry in logs if "row" in entry)


def lay_out(line: LineStub, trouble: str) -> None:
    if trouble == "hang":
        line.hang(0.6)
    elif trouble == "cut":
        line.cut()
    elif trouble == "500":
        line.answer(500, {"message": "Internal server error"})
    else:
        line.raw(502, "混雑しています".encode("shift_jis"), "text/html")
