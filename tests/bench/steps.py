"""Whole talks through the worker: rows put in, the worker drained, what it would send left in the outbox."""

import asyncio
import io
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import structlog
import uvloop

from bot.worker import Worker
from cases import inbound
from cases.db import Database
from cases.inbound import Arrived
from deploy import logs
from deploy.house import House
from deploy.settings import load
from dialogs.book import load_book
from dialogs.engine import Engine
from routing.router import Router
from tests.bench.harness import Row, progress
from tests.bench.services import Services, one
from tests.bench.talk import talks
from tests.bench.webhooks import text_event, user_id

PEOPLE = 80
WARM_PEOPLE = 4
STEPS_GOAL = 300
DRAIN_SECONDS = 60.0
LOOK_SECONDS = 0.1


def measure(services: Services) -> Iterator[Row]:
    progress("dialog steps through the worker")
    url = services.database("steps")
    logs.configure()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(io.StringIO()))  # written, but not on the table
    steps, seconds, busy = uvloop.run(_drained(services, url))
    speed = steps / seconds
    measured = f"{speed:,.0f}/s ({steps:,} steps of {PEOPLE} talks; {busy / steps * 1_000:.1f} ms of processor a step)"
    yield Row("dialog steps sustained, real database", measured, f"≥ {STEPS_GOAL}/s", speed >= STEPS_GOAL)
    yield _exactly_once(url)


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
    worker = Worker(house.database, Engine(load_book()), Router(house.city), house.city, house.wake)
    async with house.opened():
        await _put(house.database, _events(WARM_PEOPLE))
        await _drain(house, worker)
        steps = await _put(house.database, _events(PEOPLE))
        start, busy = time.perf_counter(), time.process_time()
        await _drain(house, worker)
        return steps, time.perf_counter() - start, time.process_time() - busy


async def _drain(house: House, worker: Worker) -> None:
    stop = asyncio.Event()
    working = asyncio.create_task(worker.run(stop))
    async with asyncio.timeout(DRAIN_SECONDS):
        await house.wake.wake("inbound")
        while await _open(house.database):  # noqa: ASYNC110 - the end stands in the database, which rings no event
            await asyncio.sleep(LOOK_SECONDS)
    stop.set()
    await working


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
