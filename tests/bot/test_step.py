"""What events lead to, from LINE's JSON to the outbox and the record, through the real engine, router and database."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from bot.events import REPLY_ONLY, Meaning
from bot.receipt import is_receipt
from bot.step import Passes
from bot.texts import text
from bot.worker import Worker
from cases import channel, conversations, inbound, outbox, people, unsent
from cases.db import UnitOfWork
from cases.inbound import Claimed
from cases.referrals.models import Referral
from dialogs.engine import Engine
from dialogs.events import Tapped
from dialogs.state import State
from routing.directory import City
from routing.router import Router
from tests.bot.line_limits import check
from tests.bot.talking import NOW, OTHER, USER, Bell, Sent, Talk, event, said, tapped
from tests.bot.talking import unsent as took_back
from tests.cases.builders import sql

LATE = timedelta(minutes=30)
STORY = "物忘れがひどく、道に迷っているようです"
ODD_TEXTS = [
    *("あ" * 10_000, "🍎" * 5_000, "\n" * 5_000, "\u200b\u202e"),
    *("ゆ" + "\u0301" * 9_000, "a\x00\ud83d", "$ {name}"),
]
ANSWERS = ("1", "1", "古牧", "1", STORY, "これでよい", "1", "いいえ", "1", "連絡はいらない", "1")


async def referrals(talk: Talk) -> int:
    async with talk.database.reading() as reader:
        return await reader.session.scalar(select(func.count()).select_from(Referral)) or 0


async def report(talk: Talk, user: str = USER, *, story_message: str | None = None) -> str:
    """Carry one person's worry from the menu to 「送る」; what is said last."""
    [last] = await talk.do(tapped("menu:notice", user))
    for answer in ANSWERS:
        [last] = await talk.do(said(answer, user, message=story_message if answer == STORY else None))
        check(last.messages)
    return last.words


class TestTalk:
    async def test_a_follower_is_greeted_by_reply(self, talk: Talk):
        [greeting] = await talk.do(event("follow"))
        assert (greeting.to, greeting.road) == (USER, "reply")
        check(greeting.messages)
        assert talk.bell.rung == ["outbox"]

    async def test_a_worry_becomes_one_referral_with_a_receipt(self, talk: Talk):
        last = await report(talk)
        assert await referrals(talk) == 1
        code = re.search(r"KZ-\w{5}-\w{5}", last)
        assert code
        assert is_receipt(code.group())
        assert "inbox" in talk.bell.rung

    async def test_every_event_delivered_twice_and_again_later_changes_nothing(self, talk: Talk):
        first = tapped("menu:notice")
        [once] = await talk.do(first, first)
        assert await talk.do(first | {"deliveryContext": {"isRedelivery": True}}) == []
        [answered] = await talk.do(said("1"))
        assert answered.words != once.words

    async def test_no_16_what_comes_in_the_wrong_order_is_handled_by_its_time(self, talk: Talk):
        later = said("1", at=NOW + timedelta(seconds=2))
        earlier = tapped("menu:notice", at=NOW + timedelta(seconds=1))
        talk.now = NOW + timedelta(seconds=3)
        first, second = await talk.do(later, earlier)
        assert "1／7" in second.words
        assert "1／7" not in first.words

    async def test_no_17_and_18_a_button_acts_once(self, talk: Talk):
        [asked] = await talk.do(tapped("menu:notice"))
        agree = asked.data("わかりました")
        [answer] = await talk.do(tapped(agree), tapped(agree))
        assert answer.words.startswith("1／7")

    @pytest.mark.parametrize("data", ["", "{}", "😀" * 150, "k1:other:nonce:yes", "k1:::", "menu:nothing", "\x00"])
    async def test_no_19_and_20_data_that_is_not_ours_is_answered_kindly(self, talk: Talk, data: str):
        [answer] = await talk.do(tapped(data))
        check(answer.messages)
        assert await talk.open_events() == 0

    @pytest.mark.parametrize(
        "content",
        [
            {"type": "sticker", "packageId": "1", "stickerId": "2"},
            {"type": "image", "contentProvider": {"type": "line"}},
            {"type": "file", "fileName": "../../x", "fileSize": 1},
            {"type": "hologram"},
            {"type": "location", "latitude": 999, "longitude": 0},
        ],
    )
    async def test_no_33_to_38_whatever_is_no_text_is_answered_kindly(self, talk: Talk, content: dict[str, Any]):
        await talk.do(tapped("menu:notice"))
        [answer] = await talk.do(event("message", message=content | {"id": "m"}))
        check(answer.messages)

    @pytest.mark.parametrize("words", ODD_TEXTS)
    async def test_no_39_to_43_odd_texts_are_answered_within_line_s_limits(self, talk: Talk, words: str):
        await talk.do(tapped("menu:notice"))
        for answer in ("1", "1", words):
            for row in await talk.do(said(answer)):
                check(row.messages)
        assert await talk.open_events() == 0

    async def test_no_46_danger_is_answered_with_numbers_first_at_any_step(self, talk: Talk):
        await talk.do(tapped("menu:notice"))
        [answer] = await talk.do(said("倒れていて返事がない"))
        assert answer.messages[0]["type"] == "flex"
        assert "119" in answer.messages[0]["altText"]


class TestPresence:
    async def test_no_29_following_twice_is_harmless(self, talk: Talk):
        await talk.do(event("follow"))
        assert len(await talk.do(event("follow", follow={"isUnblocked": True}))) == 1

    async def test_no_30_who_leaves_gets_nothing_any_more_and_who_returns_does(self, talk: Talk):
        async with talk.database.transaction() as uow:
            person = await people.lock(uow, USER, NOW)
            await outbox.put(uow, person.id, [{"type": "text", "text": "x"}], now=NOW)
        assert await talk.do(event("unfollow", replyToken=...)) == []
        [greeting] = await talk.do(event("follow"))
        assert greeting.road == "reply"

    async def test_no_30_what_waited_is_cancelled_in_the_step_that_heard_of_it(self, talk: Talk, database_url: str):
        await talk.arrive(tapped("menu:notice"), event("unfollow", replyToken=..., at=NOW + timedelta(seconds=1)))
        await talk.work()
        assert sql(database_url, "SELECT state, messages IS NULL FROM outbox") == [("cancelled", True)]

    async def test_whoever_writes_to_us_has_come_back_even_if_the_follow_was_lost(self, talk: Talk):
        await talk.do(event("unfollow", replyToken=...))
        assert len(await talk.do(tapped("menu:notice"))) == 1

    async def test_no_30_a_block_that_line_tells_late_does_not_silence_who_has_written_since(self, talk: Talk):
        await talk.do(tapped("menu:notice", at=NOW))
        await talk.do(event("unfollow", at=NOW - timedelta(minutes=5), replyToken=...))
        async with talk.database.transaction() as uow:
            assert (await people.lock(uow, USER, NOW)).reachable

    async def test_no_30_a_return_that_line_tells_late_does_not_undo_a_later_block(self, talk: Talk):
        await talk.do(event("unfollow", replyToken=...))
        assert await talk.do(event("follow", at=NOW - timedelta(minutes=5))) == []


class TestHeld:
    """What the month had no room for goes out in front of the next answer."""

    @staticmethod
    async def hold(talk: Talk, *words: str) -> None:
        async with talk.database.transaction() as uow:
            person = await people.lock(uow, USER, NOW)
            for word in words:
                await outbox.put(uow, person.id, [{"type": "text", "text": word}], now=NOW)
        for _ in words:
            async with talk.database.transaction() as uow:
                [row] = await outbox.claim(uow, talk.now, 1)
                await outbox.hold(uow, row, "monthly limit")

    async def test_it_is_said_with_the_next_reply(self, talk: Talk):
        await self.hold(talk, "お待たせしました")
        [answer] = await talk.do(tapped("menu:notice"))
        assert answer.road == "reply"
        assert answer.messages[0]["text"] == "お待たせしました"
        check(answer.messages)
        [next_answer] = await talk.do(said("1"))
        assert "お待たせしました" not in next_answer.words

    async def test_what_has_no_room_in_one_call_waits_for_the_one_after(self, talk: Talk):
        await self.hold(talk, *(f"話{n}" for n in range(6)))
        [first] = await talk.do(tapped("menu:notice"))
        [second] = await talk.do(said("1"))
        told = [message["text"] for message in (*first.messages, *second.messages) if message["type"] == "text"]
        assert [text for text in told if text.startswith("話")] == [f"話{n}" for n in range(6)]
        assert len(first.messages) <= 5

    async def test_no_46_nothing_stands_before_the_numbers_for_danger(self, talk: Talk):
        await self.hold(talk, "お待たせしました")
        [numbers] = await talk.do(said("倒れていて返事がない"))
        assert numbers.road == "reply"
        assert "119" in numbers.messages[0]["altText"]
        assert "お待たせしました" not in numbers.words
        [next_answer] = await talk.do(said("つづける"))
        assert next_answer.messages[0]["text"] == "お待たせしました"

    async def test_it_does_not_go_out_where_the_answer_itself_would_be_a_push(self, talk: Talk):
        await talk.do(tapped("menu:notice"))
        await self.hold(talk, "お待たせしました")
        [answer] = await talk.do(said("1", replyToken=...))
        assert answer.words.startswith("1／7")


class TestUnsend:
    async def test_no_31_what_still_waits_to_be_said_does_not_repeat_it(self, talk: Talk):
        await talk.do(tapped("menu:notice"))
        for answer in ANSWERS[:-2]:
            await talk.do(said(answer, message="m-story" if answer == STORY else None))
        await talk.arrive(said(ANSWERS[-2]))
        await talk.work()
        await talk.arrive(took_back("m-story", at=talk.now))
        await talk.work()
        waiting = await talk.outbox()
        assert waiting
        assert STORY not in "".join(row.words for row in waiting)

    async def test_no_31_before_it_is_read_the_message_was_never_said(self, talk: Talk):
        await talk.do(tapped("menu:notice"))
        await talk.do(took_back("m-gone"))
        assert await talk.do(said("1", message="m-gone")) == []
        [next_answer] = await talk.do(said("1"))
        assert "1／7" in next_answer.words

    async def test_no_31_while_it_waits_its_words_are_gone(self, talk: Talk):
        waiting = said("1", message="m-gone", at=NOW + timedelta(seconds=2))
        await talk.do(tapped("menu:notice"))
        talk.now = NOW + timedelta(seconds=3)
        await talk.arrive(waiting)
        await talk.arrive(took_back("m-gone", at=NOW + timedelta(seconds=1)))
        await talk.work()
        assert await talk.outbox() == []

    async def test_no_31_in_the_draft_it_is_forgotten_and_the_person_is_told(self, talk: Talk):
        await talk.do(tapped("menu:notice"))
        for answer in ("1", "1", "古牧", "1"):
            await talk.do(said(answer))
        await talk.do(said(STORY, message="m-story"))
        [told] = await talk.do(took_back("m-story"))
        assert told.road == "push"
        assert STORY not in told.words

    async def test_no_31_in_a_submitted_report_it_is_blanked(self, talk: Talk):
        await report(talk, story_message="m-story")
        await talk.do(took_back("m-story"))
        async with talk.database.reading() as reader:
            referral = await reader.session.scalar(select(Referral))
            assert reader.open(Referral.free_text, referral.id, referral.free_text) == ""
            assert await unsent.was_unsent(reader, "m-story")

    async def test_no_32_an_unknown_or_nameless_message_is_nothing_to_do(self, talk: Talk):
        assert await talk.do(took_back("m-unknown")) == []
        assert await talk.do(event("unsend", None, unsend={"messageId": "m"}, replyToken=...)) == []
        group = {"type": "group", "groupId": "C1", "userId": USER}
        assert await talk.do(took_back("m", source=group)) == []
        assert await talk.open_events() == 0


class TestState:
    async def test_a_state_that_cannot_be_opened_begins_anew_and_says_so(self, talk: Talk, database_url: str):
        await talk.do(tapped("menu:notice"))
        sql(database_url, "UPDATE conversations SET state = set_byte(state, 30, get_byte(state, 30) # 1)")
        [answer] = await talk.do(said("1"))
        check(answer.messages)
        assert "はじめの画面にもどりました" in answer.words
        [again] = await talk.do(tapped("menu:notice"))
        assert again.words


class TestReceipt:
    async def test_a_report_whose_code_is_another_persons_is_sent_under_the_next(self, talk: Talk, monkeypatch):
        codes = {0: "KZ-22222-22222", 1: "KZ-33333-33333"}
        monkeypatch.setattr("bot.step.receipt_for", lambda _event, _keyring, attempt=0: codes[attempt])
        assert "KZ-22222-22222" in await report(talk)
        await talk.do(tapped("menu:notice", OTHER))
        for answer in ANSWERS[:-1]:
            await talk.do(said(answer, OTHER))
        with capture_logs():
            assert await talk.do(said(ANSWERS[-1], OTHER)) == []
        talk.now += timedelta(seconds=5)
        await talk.work()
        [last] = await talk.outbox()
        assert "KZ-33333-33333" in last.words
        assert await referrals(talk) == 2


class TestWithoutTalk:
    async def test_no_26_without_an_id_there_is_one_neutral_answer(self, talk: Talk):
        [answer] = await talk.do(said("こんにちは", None))
        assert (answer.words, answer.road) == (text("nobody"), "reply")
        assert answer.to.startswith(REPLY_ONLY)
        assert await talk.do(said("こんにちは", None, replyToken=...)) == []

    async def test_no_27_and_28_a_group_gets_one_sentence_and_then_silence(self, talk: Talk):
        group = {"type": "group", "groupId": "C" + "1" * 32}
        joined = event("join", None, source=group)
        [answer] = await talk.do(joined)
        assert answer.words == text("group")
        flood = [event("memberJoined", None, source=group) for _ in range(5)]
        assert (
            await talk.do(*flood, said("助けて", source=group | {"userId": USER}), event("leave", source=group)) == []
        )

    async def test_each_group_and_each_nameless_event_is_an_addressee_of_its_own(self, talk: Talk):
        groups = [
            {"type": "group", "groupId": "C1"},
            {"type": "group", "groupId": "C2"},
            {"type": "room", "roomId": "R1"},
        ]
        joins = [event("join", None, source=source) for source in groups]
        answers = await talk.do(*joins, said("こんにちは", None), said("こんにちは", None))
        assert len({answer.to for answer in answers}) == 5

    async def test_no_22_in_standby_nothing_is_said_or_stored_but_leaving_counts(self, talk: Talk):
        assert await talk.do(said("こんにちは", mode="standby"), event("follow", mode="standby")) == []
        await talk.do(event("unfollow", mode="standby", replyToken=...))
        async with talk.database.transaction() as uow:
            assert not (await people.lock(uow, USER, NOW)).reachable

    async def test_no_22_standby_is_noted_for_staff(self, talk: Talk):
        await talk.do(said("こんにちは", mode="standby"))
        async with talk.database.reading() as reader:
            assert (await channel.read(reader)).standby_at == NOW

    async def test_no_61_a_suspended_account_is_noted_and_forgotten_when_it_is_back(self, talk: Talk):
        await talk.do(event("botSuspended", None, source=..., replyToken=...))
        async with talk.database.reading() as reader:
            assert (await channel.read(reader)).suspended_at == NOW
        assert await talk.do(event("botResumed", None, source=..., replyToken=...)) == []
        async with talk.database.reading() as reader:
            assert (await channel.read(reader)).suspended_at is None

    @pytest.mark.parametrize("kind", ["accountLink", "beacon", "membership", "videoPlayComplete"])
    async def test_no_60_and_61_other_events_are_done_in_silence(self, talk: Talk, kind: str):
        assert await talk.do(event(kind)) == []
        assert await talk.open_events() == 0


AGAIN = {"deliveryContext": {"isRedelivery": True}}
TO_THE_DANGER = (*ANSWERS[:6], "1")
IS_ANYBODY_IN_DANGER = "いま、命やからだがあぶない人がいますか"
TOO_LATE = "時間がたったので、お預かりしていません"


async def answer(talk: Talk, *words: str) -> Sent:
    """Say one after the other, as it happens; what is said to the last."""
    for word in words:
        [last] = await talk.do(said(word, at=talk.now))
    return last


async def state(talk: Talk) -> State:
    async with talk.database.transaction() as uow:
        person = await people.lock(uow, USER, talk.now)
        return State.from_json(await conversations.load(uow, person.id, talk.now))


class TestOvertaken:
    """LINE brings again what could not be stored, when its person has long said it once more."""

    async def test_no_13_a_lost_answer_that_was_given_again_answers_no_later_question(self, talk: Talk):
        await talk.do(tapped("menu:notice", at=talk.now))
        await answer(talk, *TO_THE_DANGER[:-1])
        lost = said("1", at=talk.now, **AGAIN)
        talk.now += timedelta(seconds=40)
        assert IS_ANYBODY_IN_DANGER in (await answer(talk, "1")).words
        talk.now += timedelta(minutes=1)
        assert await talk.do(lost) == []
        assert (await state(talk)).step == "danger"
        assert "6／7" in (await answer(talk, "いいえ")).words

    async def test_no_13_it_is_the_same_where_line_brings_it_late_for_the_first_time(self, talk: Talk):
        await talk.do(tapped("menu:notice", at=talk.now))
        lost = said("1", at=talk.now)
        talk.now += timedelta(seconds=40)
        await answer(talk, "1", "1", "古牧")
        assert await talk.do(lost) == []

    async def test_no_13_the_newest_that_was_said_stays_an_answer(self, talk: Talk):
        await talk.do(tapped("menu:notice", at=talk.now))
        lost = said("1", at=talk.now, **AGAIN)
        talk.now += timedelta(minutes=2)
        [answered] = await talk.do(lost)
        assert "1／7" in answered.words

    async def test_no_16_words_for_the_story_that_is_being_told_are_put_in_their_place(self, talk: Talk):
        await talk.do(tapped("menu:notice", at=talk.now))
        await answer(talk, *ANSWERS[:4])
        lost = said("きのうから電気がつきません", at=talk.now, **AGAIN)
        talk.now += timedelta(seconds=40)
        await answer(talk, STORY)
        talk.now += timedelta(minutes=1)
        [answered] = await talk.do(lost)
        assert "お預かりしました" in answered.words
        assert (await state(talk)).all("story") == ("きのうから電気がつきません", STORY)

    async def test_no_13_a_form_overtakes_what_is_brought_again(self, talk: Talk):
        await talk.do(tapped("menu:notice", at=talk.now))
        await answer(talk, *ANSWERS[:4])
        lost = said("1", at=talk.now, **AGAIN)
        talk.now += timedelta(minutes=1)
        before = await state(talk)
        async with talk.database.transaction() as uow:
            person = await people.lock(uow, USER, talk.now)
            filled = replace(before, step="danger", form_at=talk.now).to_json()
            await conversations.save(uow, person.id, filled, talk.now + LATE)
        assert await talk.do(lost) == []

    async def test_no_46_its_danger_is_answered(self, talk: Talk):
        await talk.do(tapped("menu:notice", at=talk.now))
        lost = said("古牧で人が倒れていて返事がない", at=talk.now, **AGAIN)
        talk.now += timedelta(minutes=1)
        await answer(talk, "1", "1")
        talk.now += timedelta(minutes=1)
        [answered] = await talk.do(lost)
        assert "119" in answered.messages[0]["altText"]
        assert (await state(talk)).step == "where"

    async def test_no_50_a_state_that_was_stored_before_this_is_known_takes_any_answer(self, talk: Talk):
        await talk.do(tapped("menu:notice", at=talk.now))
        stored = (await state(talk)).to_json()
        for name in ("heard_at", "form_at", "excused_at"):
            del stored[name]
        async with talk.database.transaction() as uow:
            person = await people.lock(uow, USER, talk.now)
            await conversations.save(uow, person.id, stored, talk.now + LATE)
        [answered] = await talk.do(said("1", at=NOW - timedelta(minutes=1), **AGAIN))
        assert "1／7" in answered.words


class TestLate:
    async def test_no_14_a_late_answer_to_the_present_question_counts_and_is_pushed(self, talk: Talk):
        await talk.do(tapped("menu:notice"))
        talk.now = NOW + LATE
        [answer] = await talk.do(said("1", at=NOW + timedelta(seconds=30), **AGAIN))
        assert answer.road == "push"
        assert "1／7" in answer.words

    async def test_no_14_a_late_answer_to_an_older_question_is_not_taken_for_a_new_one(self, talk: Talk):
        await talk.do(tapped("menu:notice"))
        lost = said("1", at=NOW + timedelta(seconds=30), **AGAIN)
        talk.now = NOW + timedelta(minutes=5)
        await talk.do(said("1", at=talk.now))
        talk.now = NOW + LATE
        assert await talk.do(lost) == []

    async def test_no_14_danger_is_answered_however_late(self, talk: Talk):
        await talk.do(tapped("menu:notice"))
        talk.now = NOW + LATE
        [answer] = await talk.do(said("倒れていて返事がない", at=NOW - timedelta(minutes=1), **AGAIN))
        assert "119" in answer.words

    @pytest.mark.parametrize("words", ["倒れていて返事がない", "もう死にたい"])
    async def test_no_14_danger_is_answered_hours_late(self, talk: Talk, words: str):
        talk.now = NOW + 4 * LATE
        [answer] = await talk.do(said(words, at=NOW, **AGAIN))
        assert answer.messages[0]["type"] == "flex"
        assert TOO_LATE not in answer.words

    async def test_no_14_what_came_hours_late_is_owned_up_to_once_in_an_outage(self, talk: Talk):
        talk.now = NOW + 6 * LATE
        lost = [said(f"こんにちは{n}", at=NOW + timedelta(minutes=n), **AGAIN) for n in range(40)]
        [told] = await talk.do(*lost[:20])
        assert told.road == "push"
        assert TOO_LATE in told.words
        assert "119" in told.words
        check(told.messages)
        talk.now += LATE
        assert await talk.do(*lost[20:]) == []
        assert "お預かりしました" not in (await answer(talk, "メニュー")).words

    async def test_no_14_whoever_has_spoken_since_hears_nothing_of_it(self, talk: Talk):
        lost = said("こんにちは", at=NOW, **AGAIN)
        talk.now = NOW + 6 * LATE
        await talk.do(tapped("menu:notice", at=talk.now))
        assert await talk.do(lost) == []

    async def test_no_14_words_hours_late_are_kept_in_the_open_draft_by_their_time(self, talk: Talk):
        await talk.do(tapped("menu:notice", at=talk.now))
        await answer(talk, *ANSWERS[:5])
        lost = ["夜も電気がつきません", "とても心配しています"]
        first, second = (said(words, at=talk.now, **AGAIN) for words in lost)
        talk.now += 6 * LATE
        answers = await talk.do(second, first)
        assert all(TOO_LATE not in answer.words for answer in answers)
        assert set((await state(talk)).all("story")) == {STORY, *lost}

    async def test_no_24_without_the_mark_of_a_redelivery_it_may_be_one(self, talk: Talk):
        talk.now = NOW + 6 * LATE
        [told] = await talk.do(said("こんにちは", at=NOW, deliveryContext=...))
        assert TOO_LATE in told.words

    @pytest.mark.parametrize("skew", [timedelta(hours=-3), timedelta(minutes=-25), timedelta(hours=3)])
    async def test_no_64_a_clock_that_runs_ahead_or_behind_silences_nobody(self, talk: Talk, skew: timedelta):
        [asked] = await talk.do(tapped("menu:notice", at=talk.now + skew))
        [answered] = await talk.do(said("1", at=talk.now + skew))
        assert asked.road == answered.road == "reply"
        assert "1／7" in answered.words

    async def test_no_57_what_is_months_old_says_and_changes_nothing(self, talk: Talk):
        assert await talk.do(said("こんにちは", at=NOW - timedelta(days=90))) == []

    async def test_what_waited_here_is_still_an_answer(self, talk: Talk):
        await talk.arrive(tapped("menu:notice"))
        talk.now = NOW + timedelta(hours=3)
        await talk.work()
        assert len(await talk.outbox()) == 1


async def test_two_people_do_not_share_a_talk(talk: Talk):
    mine, hers = await talk.do(tapped("menu:notice"), event("follow", OTHER))
    assert {mine.to, hers.to} == {USER, OTHER}
    [answer] = await talk.do(said("1", OTHER))
    assert "2／7" not in answer.words


class TestSharedAccount:
    """Another program answers on our account, too."""

    @pytest.fixture
    def passed(self, talk: Talk, engine: Engine, router: Router, city: City, bell: Bell) -> list[str]:
        """Types of the events that were passed on: whatever comes before our menu is tapped."""
        kept: list[str] = []

        async def put(_uow: UnitOfWork, one: Mapping[str, Any], _now: datetime) -> None:
            kept.append(one["type"])

        def is_ours(_event: Claimed, asked: Meaning, state: State) -> bool:
            return state.is_draft or (isinstance(asked, Tapped) and asked.data.startswith("menu:"))

        talk.worker = Worker(talk.database, engine, router, city, bell, passes=Passes(is_ours, put))
        return kept

    async def test_what_is_not_ours_is_passed_on_and_we_are_silent(self, talk: Talk, passed: list[str]):
        group = {"type": "group", "groupId": "C1"}
        others = [said("ごみの日は"), event("follow"), event("join", None, source=group), event("beacon")]
        assert await talk.do(*others) == []
        assert sorted(passed) == ["beacon", "follow", "join", "message"]
        assert "passing" in talk.bell.rung

    async def test_our_own_talk_stays_ours(self, talk: Talk, passed: list[str]):
        assert len(await talk.do(tapped("menu:notice"))) == 1
        assert len(await talk.do(said("1"))) == 1
        assert passed == []

    async def test_leaving_and_taking_back_are_for_both(self, talk: Talk, passed: list[str]):
        await talk.do(took_back("m"), event("unfollow", replyToken=...))
        assert sorted(passed) == ["unfollow", "unsend"]
        async with talk.database.transaction() as uow:
            assert not (await people.lock(uow, USER, NOW)).reachable
            assert await unsent.was_unsent(uow, "m")

    @pytest.mark.parametrize("user", [USER, None])
    async def test_no_31_what_was_taken_back_while_it_waited_is_nobodys(
        self, talk: Talk, passed: list[str], user: str | None
    ):
        await talk.arrive(said("ごみの日は", user, message="m-gone"))
        async with talk.database.transaction() as uow:
            await inbound.forget_message(uow, "m-gone")
        await talk.work()
        assert (passed, await talk.outbox(), await talk.open_events()) == ([], [], 0)

    async def test_in_standby_nothing_is_passed_on(self, talk: Talk, passed: list[str]):
        await talk.do(said("x", mode="standby"))
        assert passed == []
