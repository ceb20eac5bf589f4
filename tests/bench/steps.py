"""Whole talks through the worker: rows put in, the worker drained, what it would send left in the outbox."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import uvloop

from bot.worker import Worker
from cases import inbound
from cases.db import Database
from cases.inbound import Arrived
from deploy.house import House
from deploy.settings import load
from tests.bench.drain import quiet, worker
from tests.bench.harness import Row, progress
from tests.bench.services import Services, one, started
from tests.bench.talk import talks
from tests.bench.webhooks import text_event, user_id

PEOPLE = 80
WARM_PEOPLE = 4
STEPS_GOAL = 300
WORKERS = 2
DRAIN_SECONDS = 60.0
LOOK_SECONDS = 0.05


def measure(services: Services) -> Iterator[Row]:
    progress("dialog steps through one worker")
    url = services.database("steps")
    quiet()
    steps, seconds, busy = uvloop.run(_drained(services, url))
    each = f"{busy / steps * 1_000:.1f} ms of processor a step"
    yield Row("dialog steps, one worker, real database", f"{steps / seconds:,.0f}/s ({steps:,} steps; {each})")
    yield _exactly_once(url)
    yield from _together(services)


def _together(services: Services) -> Iterator[Row]:
    """As a city runs it: a worker for each processor."""
    progress(f"dialog steps through {WORKERS} workers")
    url = services.database("steps_together")
    environment = services.environment(url)
    with started(["tests.bench.drain"], environment), started(["tests.bench.drain"], environment):
        steps, seconds = uvloop.run(_timed(services, url))
    speed = steps / seconds
    measured = f"{speed:,.0f}/s ({steps:,} steps of {PEOPLE} talks)"
    yield Row(f"dialog steps sustained, {WORKERS} workers", measured, f"≥ {STEPS_GOAL}/s", speed >= STEPS_GOAL)
    yield _exactly_once(url)


async def _timed(services: Services, url: str) -> tuple[int, float]:
    """How many events were handled by the workers beside, and in how many seconds."""
    house = House.build(load(**services.settings(url)))
    async with house.opened():
        for people in (WARM_PEOPLE, PEOPLE):
            steps = await _put(house.database, _events(people))
            start = time.perf_counter()
            await house.wake.wake("inbound")
            await _until_none_is_open(house.database)
    return steps, time.perf_counter() - start


def _exactly_once(url: str) -> Row:
    talked = PEOPLE + WARM_PEOPLE
    events = one(url, "SELECT count(*) FROM inbound")
    answered = one(url, "SELECT count(DISTINCT inbound_id) FROM outbox")
    answers = one(url, "SELECT count(*) FROM outbox")
    referrals = one(url, "SELECT count(*) FROM referrals")
    measured = f"{answers:,} answers to {answered:,} of {events:,} events, {referrals} referrals of {talked} talks"
    return Row("  none lost, none doubled", measured, "all", events == answered == answers and referrals == talked)


async def _drained(services: Services, url: str) -> tuple[int, float, float]:
    """How many events were handled, in how many seconds, and in how many of this process's own processor seconds."""
    house = House.build(load(**services.settings(url)))
    working = worker(house)
    async with house.opened():
        await _put(house.database, _events(WARM_PEOPLE))
        await _drain(house, working)
        steps = await _put(house.database, _events(PEOPLE))
        start, busy = time.perf_counter(), time.process_time()
        await _drain(house, working)
        return steps, time.perf_counter() - start, time.process_time() - busy


async def _drain(house: House, worker: Worker) -> None:
    stop = asyncio.Event()
    working = asyncio.create_task(worker.run(stop))
    await house.wake.wake("inbound")
    await _until_none_is_open(house.database)
    stop.set()
    await working


async def _until_none_is_open(database: Database) -> None:
    async with asyncio.timeout(DRAIN_SECONDS):
        while await _open(database):  # noqa: ASYNC110 - the end stands in the database, which rings no event
            await asyncio.sleep(LOOK_SECONDS)


async def _open(database: Database) -> int:
    async with database.reading() as reader:
        return await inbound.open_count(reader)


async def _put(database: Database, events: Sequence[Arrived]) -> int:
    async with database.transaction() as uow:
        return await inbound.accept(uow, events, datetime.now(UTC))


def _events(people: int) -> list[Arrived]:
    """Everybody's first words, then everybody's second, a moment later each."""
    begin = datetime.now(UTC) - timedelta(seconds=30)
    named = [(user_id(), said) for said in talks(people)]
    moments = ((place, user, said[place]) for place in range(len(named[0][1])) for user, said in named)
    return [_arrived(user, text, begin + timedelta(milliseconds=n)) for n, (_, user, text) in enumerate(moments)]


def _arrived(user: str, text: str, at: datetime) -> Arrived:
    event = text_event(user, text, int(at.timestamp() * 1_000))
    return Arrived(event_id=event["webhookEventId"], line_user=user, kind="message", event_at=at, payload=event)
