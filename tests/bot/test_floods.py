"""Somebody who sends much faster than anybody can read answers: nothing is lost, nobody waits, the last question is
heard once it is calm."""

from datetime import timedelta
from typing import Any

import pytest

from bot.step import FLOOD_REST, SETTLES, Handler
from bot.texts import text
from bot.understanding import Understanding
from bot.worker import Worker
from cases import inbound, outbox, people
from cases.figures import figures
from cases.people import PACE_ACTS
from dialogs.engine import Engine
from routing.directory import City
from routing.router import Router
from tests.bot.talking import NOW, OTHER, USER, Bell, Talk, event, said, tapped
from tests.bot.talking import unsent as took_back
from tests.cases.builders import sql

STORY = "庭の草がのびたままです"
TO_THE_STORY = ("1", "1", "古牧", "1")
TO_THE_END = ("これでよい", "1", "いいえ", "1", "連絡はいらない", "1")


def burst(count: int, talk: Talk, user: str = USER) -> list[dict[str, Any]]:
    """So many messages within the last second, each with words of its own."""
    began = talk.now - timedelta(seconds=1)
    return [said(f"話{n:03}です。{STORY}", user, at=began + timedelta(milliseconds=n)) for n in range(count)]


async def to_the_story(talk: Talk, user: str = USER) -> None:
    """The question for the story stands, a calm while ago."""
    await talk.do(tapped("menu:notice", user, at=talk.now))
    for answer in TO_THE_STORY:
        await talk.do(said(answer, user, at=talk.now))
    talk.now += timedelta(minutes=2)


async def over(talk: Talk) -> None:
    """The person floods, and was told so."""
    await talk.arrive(*burst(PACE_ACTS + 1, talk))
    await talk.work()
    await talk.outbox()


async def waiting(talk: Talk) -> int:
    async with talk.database.reading() as reader:
        return (await figures(reader, talk.now)).waiting


class TestAnswers:
    async def test_up_to_the_limit_everything_is_answered_at_once(self, talk: Talk):
        await to_the_story(talk)
        answers = await talk.do(*burst(PACE_ACTS, talk))
        assert len(answers) == PACE_ACTS
        assert text("wait") not in [answer.words for answer in answers]

    async def test_no_59_200_messages_are_asked_once_to_wait_and_the_last_question_comes_when_it_is_calm(
        self, talk: Talk
    ):
        await to_the_story(talk)
        answers = await talk.do(*burst(200, talk))
        assert [answer.words for answer in answers].count(text("wait")) == 1
        assert (len(answers), answers[-1].words) == (PACE_ACTS + 1, text("wait"))
        assert "待" in answers[-1].words
        assert await waiting(talk) == 1
        talk.now += SETTLES
        [last] = await talk.outbox()
        assert last.road == "reply"
        assert last.data("これでよい")
        assert await waiting(talk) == 0

    async def test_no_59_all_their_words_are_kept_in_order(self, talk: Talk, database_url: str):
        await to_the_story(talk)
        told = burst(90, talk)
        await talk.arrive(*told[60:], *told[:30])
        await talk.arrive(*told[30:60])
        await talk.work()
        talk.now += timedelta(minutes=3)
        await talk.outbox()
        for answer in TO_THE_END:
            await talk.do(said(answer, at=talk.now))
        async with talk.database.reading() as reader:
            [(row_id, sealed)] = sql(database_url, "SELECT id, free_text FROM referrals")
            story = reader.keyring.open(sealed, table="referrals", column="free_text", row=row_id)
        assert story.splitlines() == [item["message"]["text"] for item in told]

    async def test_danger_is_answered_at_once_whatever_waits(self, talk: Talk):
        await to_the_story(talk)
        await over(talk)
        await talk.arrive(*burst(3, talk))
        await talk.work()
        [answer] = await talk.do(said("倒れていて返事がない", at=talk.now))
        assert "119" in answer.words
        assert await waiting(talk) == 0

    async def test_a_receipt_comes_at_once(self, talk: Talk):
        await to_the_story(talk)
        await talk.do(said(STORY, at=talk.now))
        for answer in TO_THE_END[:-1]:
            await talk.do(said(answer, at=talk.now))
        stickers = [event("message", message={"type": "sticker"}, at=talk.now) for _ in range(PACE_ACTS)]
        await talk.do(*stickers)
        [receipt] = await talk.do(said("送る", at=talk.now))
        assert "KZ-" in receipt.words

    async def test_a_flood_of_taking_back_settles_like_any_other(self, talk: Talk):
        await to_the_story(talk)
        told = [said(f"{STORY}{n}", message=f"m-{n}", at=talk.now) for n in range(20)]
        await talk.do(*told)
        answers = await talk.do(*(took_back(f"m-{n}", at=talk.now) for n in range(20)))
        assert len(answers) == 11
        assert answers[-1].words == text("wait")

    async def test_other_people_are_answered_as_ever(self, talk: Talk):
        await to_the_story(talk)
        await over(talk)
        [answer] = await talk.do(tapped("menu:notice", OTHER, at=talk.now))
        assert answer.to == OTHER
        assert answer.words != text("wait")

    async def test_what_staff_write_is_not_replaced_by_an_answer(self, talk: Talk):
        await to_the_story(talk)
        await over(talk)
        async with talk.database.transaction() as uow:
            person = await people.lock(uow, USER, NOW)
            await outbox.put(uow, person.id, [{"type": "text", "text": "職員です"}], now=talk.now)
        await talk.arrive(*burst(5, talk))
        await talk.work()
        talk.now += 2 * SETTLES
        assert "職員です" in [answer.words for answer in await talk.outbox()]


class TestRest:
    async def test_between_two_events_of_a_flood_others_have_the_worker_to_themselves(
        self, talk: Talk, engine: Engine, router: Router, city: City, bell: Bell
    ):
        await to_the_story(talk)
        await over(talk)
        talk.worker = Worker(talk.database, engine, router, city, bell)
        await talk.arrive(*burst(3, talk))
        await talk.arrive(tapped("menu:notice", OTHER, at=talk.now + timedelta(seconds=1)))
        await talk.work()
        assert OTHER in [answer.to for answer in await talk.outbox()]
        assert await _open(talk) == 2
        for left in (1, 0):
            talk.now += FLOOD_REST
            await talk.work()
            assert await _open(talk) == left


async def _open(talk: Talk) -> int:
    async with talk.database.reading() as reader:
        return await inbound.open_count(reader)


class TestParked:
    async def test_an_apology_in_a_flood_does_not_take_the_place_of_the_last_question(
        self, talk: Talk, engine: Engine, router: Router, city: City, bell: Bell
    ):
        await to_the_story(talk)
        await over(talk)
        await talk.arrive(said("こわれたことば", at=talk.now))
        handler = Handler(engine, Understanding(router, city), bell)
        async with talk.database.transaction() as uow:
            claimed = await inbound.claim(uow, talk.now)
            assert claimed
            await handler.apologise(uow, claimed, talk.now)
            await inbound.finish(uow, claimed, talk.now)
        [apology] = await talk.outbox()
        assert apology.words == text("not_received")
        talk.now += SETTLES
        [last] = await talk.outbox()
        assert last.data("これでよい")


class TestAfterwards:
    async def test_after_a_silent_minute_everything_is_as_before(self, talk: Talk):
        await to_the_story(talk)
        await over(talk)
        talk.now += timedelta(seconds=61)
        await talk.outbox()
        [answer] = await talk.do(said("これでよい", at=talk.now))
        assert answer.words != text("wait")

    async def test_whoever_goes_on_is_not_asked_again(self, talk: Talk):
        await to_the_story(talk)
        await over(talk)
        for _ in range(4):
            talk.now += timedelta(seconds=40)
            await talk.arrive(*burst(PACE_ACTS + 5, talk))
            await talk.work()
            assert text("wait") not in [answer.words for answer in await talk.outbox()]

    @pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=3)])
    async def test_what_was_written_slowly_and_handled_at_once_is_no_flood(self, talk: Talk, late: timedelta):
        await to_the_story(talk)
        began = talk.now
        for n in range(2 * PACE_ACTS):
            at = began + timedelta(seconds=4 * n)
            await talk.arrive(said(f"{STORY}{n}", at=at), received_at=at)
        talk.now = began + timedelta(minutes=5) + late
        await talk.work()
        assert text("wait") not in [answer.words for answer in await talk.outbox()]
