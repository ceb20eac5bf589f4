"""Looks at PostgreSQL and Redis, and at what waits in the record."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import redis.asyncio as redis
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy import text as statement
from sqlalchemy.exc import SQLAlchemyError

from cases import migrate
from cases.crypto import SealBroken
from cases.figures import Figures, figures
from cases.people import PersonRow
from deploy.doctor.finding import Finding, Patient, bad, ok, worry
from deploy.house import now

OLDEST_POSTGRES = 14
QUEUE_SLOW = timedelta(minutes=1)
QUEUE_STOPPED = timedelta(minutes=5)
STANDBY_RECENT = timedelta(days=1)

_STANDING = statement("""
    SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS shown,
        current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync,
        current_setting('full_page_writes') AS full_page_writes,
        current_setting('synchronous_commit') AS synchronous_commit, pg_is_in_recovery() AS is_copy
""")
_TOUCH = statement("UPDATE channel SET id = id WHERE id = 1")


async def postgres(patient: Patient) -> Sequence[Finding]:
    """Version, encoding, and the settings by which a committed event survives a power cut."""
    try:
        async with patient.database.reading() as reader:
            seen = (await reader.session.execute(_STANDING)).one()
    except (SQLAlchemyError, OSError) as error:
        return [bad("postgres", "postgres_away", why=type(error).__name__)]
    found = []
    if seen.version // 10_000 < OLDEST_POSTGRES:
        found.append(bad("postgres", "postgres_old", version=seen.shown, least=OLDEST_POSTGRES))
    if seen.encoding != "UTF8":
        found.append(bad("postgres", "postgres_encoding", encoding=seen.encoding))
    forgetful = [name for name in ("fsync", "full_page_writes", "synchronous_commit") if getattr(seen, name) == "off"]
    if forgetful:
        found.append(bad("postgres", "postgres_forgets", names=", ".join(forgetful)))
    if seen.is_copy:
        found.append(bad("postgres", "postgres_copy"))
    return found or [ok("postgres", "postgres", version=seen.shown)]


async def schema(patient: Patient) -> Sequence[Finding]:
    """The schema is ours, and we may write in it."""
    try:
        current = await migrate.current(patient.settings.database_url)
        if current != migrate.head():
            return [bad("schema", "schema_old", current=current or "-", head=migrate.head())]
        async with patient.database.transaction() as uow:
            await uow.session.execute(_TOUCH)
    except (SQLAlchemyError, OSError) as error:
        return [bad("schema", "schema_closed", why=type(error).__name__)]
    return [ok("schema", "schema", head=migrate.head())]


async def stored(patient: Patient) -> Sequence[Finding]:
    """The keys open what is stored: the oldest and the newest person's."""
    try:
        async with patient.database.reading() as reader:
            people: list[Any] = []
            for order in (PersonRow.first_seen_at, PersonRow.first_seen_at.desc()):
                people += await reader.session.scalars(select(PersonRow).order_by(order).limit(1))
            for row in people:
                reader.open(PersonRow.line_user, row.id, row.line_user)
    except SealBroken:
        return [bad("stored", "stored_closed")]
    except (SQLAlchemyError, OSError) as error:
        return [worry("stored", "not_seen", why=type(error).__name__)]
    return [ok("stored", "stored" if people else "stored_empty")]


async def wake(patient: Patient) -> Sequence[Finding]:
    client = redis.Redis.from_url(patient.settings.redis_url, socket_connect_timeout=2, socket_timeout=2)
    try:
        await client.ping()
    except (RedisError, OSError, TimeoutError) as error:
        return [worry("redis", "redis_away", why=type(error).__name__)]
    finally:
        await client.aclose()
    return [ok("redis", "fine")]


async def queues(patient: Patient) -> Sequence[Finding]:
    """What waits, what was set aside, and what the workers have heard of LINE."""
    at = now()
    try:
        async with patient.database.reading() as reader:
            seen = await figures(reader, at)
    except (SQLAlchemyError, OSError) as error:
        return [worry("queues", "not_seen", why=type(error).__name__)]
    found = [*_waiting(seen, at), *_troubles(seen, at)]
    return found or [ok("queues", "queues", events=seen.open_events, answers=seen.waiting)]


def _waiting(seen: Figures, at: datetime) -> list[Finding]:
    found = []
    age = _age(seen.oldest_event, at)
    if age >= QUEUE_STOPPED:
        found.append(bad("queues", "events_stand", count=seen.open_events, minutes=int(age.total_seconds() // 60)))
    elif age >= QUEUE_SLOW:
        found.append(worry("queues", "events_slow", count=seen.open_events, seconds=int(age.total_seconds())))
    age = _age(seen.oldest_answer, at)
    if age >= QUEUE_STOPPED:
        found.append(worry("queues", "answers_slow", count=seen.waiting, minutes=int(age.total_seconds() // 60)))
    return found


def _troubles(seen: Figures, at: datetime) -> list[Finding]:
    found = []
    if seen.parked:
        found.append(worry("queues", "parked", count=seen.parked))
    if seen.held:
        found.append(worry("queues", "held", count=seen.held))
    if seen.suspended_at is not None:
        found.append(bad("queues", "suspended", since=f"{seen.suspended_at:%Y-%m-%d %H:%M} UTC"))
    if seen.standby_at is not None and at - seen.standby_at < STANDBY_RECENT:
        found.append(worry("queues", "standby", at=f"{seen.standby_at:%Y-%m-%d %H:%M} UTC"))
    if seen.sends["unknown"] + seen.sends["not_sent"]:
        found.append(worry("queues", "undelivered", unsure=seen.sends["unknown"], lost=seen.sends["not_sent"]))
    return found


def _age(since: datetime | None, at: datetime) -> timedelta:
    return timedelta() if since is None else at - since
