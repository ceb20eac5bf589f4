import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.sender import TOKEN_FRESH
from bot.texts import text
from bot.worker import MOST_SHOWN, Worker
from cases import inbound
from cases.inbound import InboundRow
from dialogs.engine import Engine
from routing.directory import City
from routing.router import Router
from tests.bot.talking import NOW, OTHER, USER, Bell, Talk, event, said, tapped, until


class Poisoned(Engine):
    """An engine that a certain word breaks."""

    def advance(self, state: Any, event: Any, now: Any) -> Any:
        if getattr(event.act, "text", "") == "毒":
            raise RuntimeError("毒 のことばでこわれました")
        return super().advance(state, event, now)


class Deadly(Engine):
    """An engine that a certain word ends the process of: nothing is noted, and the transaction is gone."""

    def advance(self, state: Any, event: Any, now: Any) -> Any:
        if getattr(event.act, "text", "") == "毒":
            raise asyncio.CancelledError
        return super().advance(state, event, now)


def broken(*_given: object) -> Any:
    raise RuntimeError


async def park(talk: Talk, *events: dict[str, Any]) -> None:
    """Let events arrive and fail until they are parked."""
    await talk.arrive(*events)
    while await talk.open_events():
        await talk.work()
        talk.now += timedelta(minutes=2)


@pytest.fixture
def poisoned(talk: Talk, engine: Engine, router: Router, city: City, bell: Bell) -> Talk:
    talk.worker = Worker(talk.database, Poisoned(engine._book), router, city, bell)
    return talk


@pytest.fixture
def make_worker(talk: Talk, engine: Engine, router: Router, city: City, bell: Bell) -> Callable[..., Worker]:
    """A second worker over the same database, with options of its own."""
    return partial(Worker, talk.database, engine, router, city, bell, now=lambda: talk.now)


async def rows(talk: Talk) -> list[InboundRow]:
    async with talk.database.reading() as reader:
        return list(await reader.session.scalars(select(InboundRow).order_by(InboundRow.received_at, InboundRow.place)))


async def test_there_is_nothing_to_do_without_events(talk: Talk):
    assert await talk.worker.step(talk.now) is False


async def test_a_handled_event_keeps_no_words(talk: Talk):
    await talk.do(said("こんにちは"))
    [row] = await rows(talk)
    assert (row.state, row.payload, row.line_user) == ("done", None, None)


class TestPoison:
    async def test_harms_nobody_else(self, poisoned: Talk):
        with capture_logs():
            said_to = {row.to for row in await poisoned.do(said("毒"), event("follow", OTHER))}
        assert said_to == {OTHER}

    async def test_leaves_nothing_half_done(self, poisoned: Talk):
        await poisoned.do(tapped("menu:notice"))
        with capture_logs():
            assert await poisoned.do(said("毒")) == []
        [_, row] = await rows(poisoned)
        assert (row.state, row.attempts) == ("open", 1)

    async def test_is_tried_again_and_parked_in_the_end_and_then_the_talk_goes_on(self, poisoned: Talk):
        await poisoned.do(tapped("menu:notice"))
        await poisoned.arrive(said("毒"), said("1"))
        with capture_logs():
            for _ in range(6):
                await poisoned.work()
                poisoned.now += timedelta(minutes=2)
        sorry, answer = await poisoned.outbox()
        assert (sorry.to, sorry.words) == (USER, text("not_received"))
        assert "1／7" in answer.words
        async with poisoned.database.reading() as reader:
            assert await inbound.parked_count(reader) == 1
            assert await inbound.open_count(reader) == 0

    async def test_its_person_is_told_by_reply_in_time(self, poisoned: Talk):
        await poisoned.arrive(said("毒"))
        bell = poisoned.bell
        with capture_logs():
            while not bell.rung:
                await poisoned.work()
                poisoned.now += timedelta(seconds=1)
        [sorry] = await poisoned.outbox()
        assert (sorry.road, bell.rung) == ("reply", ["outbox"])
        assert poisoned.now - NOW < TOKEN_FRESH
        assert "119" in sorry.words
        assert "110" in sorry.words

    async def test_who_waits_for_no_answer_is_told_nothing(self, talk: Talk, monkeypatch):
        monkeypatch.setattr("bot.step.meaning", broken)
        group = {"type": "group", "groupId": "C1", "userId": USER}
        with capture_logs():
            await park(
                talk, event("unfollow", replyToken=...), said("助けて", source=group), said("あ", mode="standby")
            )
        assert await talk.outbox() == []
        async with talk.database.reading() as reader:
            assert await inbound.parked_count(reader) == 3

    async def test_it_is_parked_even_when_nothing_can_be_said(self, poisoned: Talk, monkeypatch):
        monkeypatch.setattr("bot.step.render", broken)
        with capture_logs() as logs:
            await park(poisoned, said("毒"))
        assert "event.not_noted" in {entry["event"] for entry in logs}
        assert await poisoned.open_events() == 0

    async def test_neither_log_nor_record_repeats_the_words_of_the_error(self, poisoned: Talk):
        with capture_logs() as logs:
            await poisoned.do(said("毒"))
        assert any(entry["event"] == "event.failed" for entry in logs)
        assert "毒" not in str(logs)
        assert USER not in str(logs)
        async with poisoned.database.reading() as reader:
            row = await reader.session.scalar(select(InboundRow))
            stored = reader.open(InboundRow.error, row.id, row.error)
        assert stored.startswith("RuntimeError")
        assert "毒" not in stored


class TestKiller:
    async def test_an_event_that_ends_every_process_is_parked_in_the_end_and_others_go_on(
        self, talk: Talk, engine: Engine, router: Router, city: City, bell: Bell
    ):
        await talk.arrive(said("毒"), event("follow", OTHER))
        deaths = 0
        with capture_logs():
            while await talk.open_events():
                talk.now += timedelta(seconds=1)
                talk.worker = Worker(talk.database, Deadly(engine._book), router, city, bell)
                try:
                    await talk.work()
                except asyncio.CancelledError:
                    deaths += 1
        assert deaths == inbound.MOST_ATTEMPTS - 1
        greeting, sorry = sorted(await talk.outbox(), key=lambda row: row.to, reverse=True)
        assert (sorry.to, sorry.words, greeting.to) == (USER, text("not_received"), OTHER)

    async def test_fresh_processes_never_park_what_none_of_them_began(self, talk: Talk, make_worker):
        await talk.arrive(*(event("follow", f"U{number:032}") for number in range(6)))
        for _ in range(6):
            talk.now += timedelta(seconds=1)
            assert await make_worker().step(talk.now)
        assert await talk.open_events() == 0
        assert len(await talk.outbox()) == 6
        assert {(row.state, row.attempts) for row in await rows(talk)} == {("done", 1)}

    async def test_restarts_over_a_backlog_count_nothing_that_no_process_began(self, talk: Talk, make_worker):
        await talk.arrive(said("毒"), *(event("follow", f"U{number:032}") for number in range(3)))

        async def die(point: str) -> None:
            if point == "after-claim":
                raise asyncio.CancelledError

        for _ in range(3):
            talk.now += timedelta(minutes=1)
            for worker in (make_worker(sync=die), make_worker(sync=die)):
                with pytest.raises(asyncio.CancelledError):
                    await worker.step(talk.now)
        assert sum(row.attempts for row in await rows(talk)) == 6
        with capture_logs():
            talk.now += timedelta(minutes=1)
            await talk.work()
        assert {row.state for row in await rows(talk)} == {"done"}

    async def test_while_a_process_begins_what_was_left_over_no_other_counts_it(self, talk: Talk, make_worker):
        await talk.arrive(event("follow"))
        talk.now += timedelta(seconds=1)
        stepped: list[bool] = []

        async def look(point: str) -> None:
            if point == "after-claim":
                stepped.extend([await make_worker().step(talk.now) for _ in range(3)])

        assert await make_worker(sync=look).step(talk.now)
        assert stepped == [False] * 3
        assert [(row.state, row.attempts) for row in await rows(talk)] == [("done", 1)]

    async def test_a_failure_of_what_was_left_over_is_one_attempt(self, poisoned: Talk):
        await poisoned.arrive(said("毒"))
        poisoned.now += timedelta(seconds=1)
        with capture_logs():
            await poisoned.work()
        assert [row.attempts for row in await rows(poisoned)] == [1]

    async def test_what_was_taken_back_in_between_is_nobodys_any_more(self, talk: Talk):
        await talk.arrive(said("あ", message="m1"), received_at=NOW)
        async with talk.database.transaction() as uow:
            claimed = await inbound.claim(uow, talk.now)
            assert claimed is not None
            await inbound.count_attempt(uow, claimed, "left over", retry_at=talk.now + timedelta(seconds=5))
        async with talk.database.transaction() as uow:
            await inbound.forget_message(uow, "m1")
            assert await inbound.claim(uow, talk.now) is None
            taken = await inbound.take_up(uow, claimed)
        assert taken is not None
        assert (taken.payload, taken.attempts) == ({}, 0)
        async with talk.database.transaction() as uow:
            await inbound.finish(uow, claimed, talk.now)
        async with talk.database.transaction() as uow:
            assert await inbound.take_up(uow, claimed) is None

    async def test_what_only_waited_for_this_process_is_handled_at_once(self, talk: Talk, make_worker):
        await talk.arrive(tapped("menu:notice"), said("1"))
        talk.now += timedelta(seconds=1)
        talk.worker = make_worker()
        await talk.work()
        assert len(await talk.outbox()) == 2


class TestOneTransaction:
    @pytest.mark.parametrize("point", ["after-claim", "before-commit"])
    async def test_a_worker_that_dies_before_the_commit_leaves_the_event_open_and_nothing_said(
        self, talk: Talk, make_worker, point: str
    ):
        async def die(reached: str) -> None:
            if reached == point:
                raise asyncio.CancelledError

        dying = make_worker(sync=die)
        await talk.arrive(tapped("menu:notice"))
        with pytest.raises(asyncio.CancelledError):
            await dying.step(talk.now)
        assert await talk.outbox() == []
        assert await talk.open_events() == 1
        await talk.work()
        assert len(await talk.outbox()) == 1

    async def test_a_worker_that_dies_after_the_commit_has_said_it_once(self, talk: Talk, make_worker):
        async def die(reached: str) -> None:
            if reached == "after-commit":
                raise asyncio.CancelledError

        dying = make_worker(sync=die)
        await talk.arrive(tapped("menu:notice"))
        with pytest.raises(asyncio.CancelledError):
            await dying.step(talk.now)
        await talk.work()
        assert len(await talk.outbox()) == 1

    async def test_workers_side_by_side_handle_each_event_once_and_in_order(self, talk: Talk):
        users = [f"U{number:032}" for number in range(6)]
        await talk.arrive(*[tapped("menu:notice", user) for user in users], *[said("1", user) for user in users])

        async def drain() -> None:
            while await talk.worker.step(talk.now):
                pass

        await asyncio.gather(*(drain() for _ in range(4)))
        await talk.work()
        said_rows = await talk.outbox()
        assert len(said_rows) == 12
        for user in users:
            first, second = (row.words for row in said_rows if row.to == user)
            assert "1／7" not in first
            assert "1／7" in second


class TestRun:
    async def test_handles_what_comes_and_stops_when_told(self, talk: Talk, make_worker, bell: Bell):
        worker = make_worker(poll_seconds=0.05)
        stop = asyncio.Event()
        running = asyncio.create_task(worker.run(stop))
        await talk.arrive(*[event("follow", f"U{number:032}") for number in range(8)])
        await bell.wake("inbound")
        await until(lambda: bell.rung.count("outbox") == 8)
        stop.set()
        await asyncio.wait_for(running, 5)
        assert len(await talk.outbox()) == 8

    async def test_the_event_in_hand_is_finished_before_the_end(self, talk: Talk, make_worker):
        reached = asyncio.Event()
        go_on = asyncio.Event()

        async def hold(point: str) -> None:
            if point == "after-claim":
                reached.set()
                await go_on.wait()

        worker = make_worker(sync=hold)
        await talk.arrive(event("follow"))
        stop = asyncio.Event()
        running = asyncio.create_task(worker.run(stop))
        await reached.wait()
        stop.set()
        go_on.set()
        await asyncio.wait_for(running, 5)
        assert len(await talk.outbox()) == 1
        assert await talk.open_events() == 0


class Dots:
    """Remembers to whom it was shown that an answer is on its way; may be slow."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def show(self, line_user: str) -> None:
        self.shown.append(line_user)
        await self.go_on.wait()


class TestIndicator:
    async def test_whoever_waited_a_while_is_shown_that_we_are_at_it(self, talk: Talk, make_worker):
        dots = Dots()
        talk.worker = make_worker(indicator=dots)
        assert not await talk.worker.step(talk.now)
        await talk.arrive(tapped("menu:notice"))
        talk.now += timedelta(seconds=2)
        await talk.work()
        await until(lambda: dots.shown == [USER])

    async def test_a_slow_line_holds_up_no_step(self, talk: Talk, make_worker):
        dots = Dots()
        dots.go_on.clear()
        talk.worker = make_worker(indicator=dots)
        await talk.worker.step(talk.now)
        await talk.arrive(*(tapped("menu:notice", f"U{n:032}") for n in range(20)))
        talk.now += timedelta(seconds=2)
        await talk.work()
        assert len(await talk.outbox()) == 20
        assert len(dots.shown) == MOST_SHOWN
        stop = asyncio.Event()
        stop.set()
        await asyncio.wait_for(talk.worker.run(stop), 5)

    @pytest.mark.parametrize("waited", [0, 0.9, 120])
    async def test_not_for_a_moment_and_not_for_hours(self, talk: Talk, make_worker, waited: float):
        assert await self.shown_after(talk, make_worker, tapped("menu:notice"), waited) == []

    @pytest.mark.parametrize(
        "silent",
        [
            said("x", mode="standby"),
            said("x", source={"type": "group", "groupId": "C1", "userId": USER}),
            event("unfollow", replyToken=...),
            said("x", None),
        ],
    )
    async def test_not_where_nothing_is_said(self, talk: Talk, make_worker, silent: dict[str, Any]):
        assert await self.shown_after(talk, make_worker, silent, 2) == []

    @staticmethod
    async def shown_after(talk: Talk, make_worker, one: dict[str, Any], waited: float) -> list[str]:
        dots = Dots()
        talk.worker = make_worker(indicator=dots)
        await talk.worker.step(talk.now)
        await talk.arrive(one)
        talk.now += timedelta(seconds=waited)
        await talk.work()
        await asyncio.sleep(0)
        return dots.shown
