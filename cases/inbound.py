"""The queue of events from LINE: durable before LINE hears 200, handled once, in order for each person.

An event stands in a *lane*: the lane of its person, or one of its own where it has no person. The events of a
lane are handled one after another, the oldest first; lanes never wait for each other. Whoever claims an event
holds its lane by an advisory lock and its row by a row lock until the transaction ends, so the connection is
the lease: when a worker is killed its event is open again at once.

Whatever cannot be handled is parked in the end, so that it holds nobody back: an event that cannot be opened when it is
claimed, one that failed at the limit, and one that ended the process again and again (`count_attempt`). A parked event
keeps what is sealed in it for whoever mends the fault.

A handled event keeps its id and times only, so that a redelivery is known for what it is.
"""

import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy import BigInteger, CheckConstraint, CursorResult, Index, bindparam, func, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from cases.base import Base, key, sealed
from cases.crypto import SealBroken
from cases.db import Database, Reader, UnitOfWork
from cases.people import LINE_USER
from cases.unsent import message_hash, message_hashes

log = structlog.get_logger()

MOST_ATTEMPTS = 5
LONGEST_BACK_OFF = timedelta(minutes=1)
LONGEST_ERROR = 500  # characters

_ORDER = ("event_at", "received_at", "place", "id")


class InboundRow(Base):
    __tablename__ = "inbound"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'done', 'parked')", name="state"),
        CheckConstraint("state <> 'open' OR lane IS NOT NULL", name="open_in_a_lane"),
        Index("ix_inbound_open", *_ORDER, postgresql_where=text("state = 'open'")),
        Index("ix_inbound_lane", "lane", *_ORDER, postgresql_where=text("state = 'open'")),
        Index("ix_inbound_resting", "not_before", postgresql_where=text("state = 'open' AND not_before IS NOT NULL")),
        Index("ix_inbound_message_hash", "message_hash", postgresql_where=text("state <> 'done'")),
        Index("ix_inbound_parked", "received_at", postgresql_where=text("state = 'parked'")),
        Index("ix_inbound_received_at", "received_at", postgresql_using="brin"),
        {"postgresql_with": {"autovacuum_vacuum_scale_factor": "0.02"}},
    )

    id: Mapped[UUID] = key()
    event_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    event_at: Mapped[datetime]
    received_at: Mapped[datetime]
    place: Mapped[int]
    """Position among the events received together: LINE's times are equal within a batch."""
    lane: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(default="open", server_default="open")
    line_user: Mapped[bytes | None] = sealed()
    payload: Mapped[bytes | None] = sealed()
    message_hash: Mapped[bytes | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    not_before: Mapped[datetime | None]
    error: Mapped[bytes | None] = sealed()
    finished_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Arrived:
    """An event as it came. `payload` is LINE's event; `line_user` is None in groups and where LINE gives none."""

    event_id: str
    line_user: str | None
    kind: str
    event_at: datetime
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claimed:
    """An event in hand. `attempts` counts the failures before this one."""

    id: UUID
    event_id: str
    line_user: str | None
    kind: str
    event_at: datetime
    received_at: datetime
    payload: dict[str, Any]
    attempts: int


# Sorted by event id: two deliveries of the same events in another order must not wait for each other in a circle.
_ACCEPT = text("""
    INSERT INTO inbound (id, event_id, kind, event_at, received_at, place, lane, line_user, payload, message_hash)
    SELECT id, event_id, kind, event_at, :received_at, place, lane, line_user, payload, message_hash
    FROM unnest(
        CAST(:id AS uuid[]), CAST(:event_id AS text[]), CAST(:kind AS text[]), CAST(:event_at AS timestamptz[]),
        CAST(:place AS integer[]), CAST(:lane AS bigint[]), CAST(:line_user AS bytea[]), CAST(:payload AS bytea[]),
        CAST(:message_hash AS bytea[])
    ) AS given (id, event_id, kind, event_at, place, lane, line_user, payload, message_hash)
    ORDER BY event_id
    ON CONFLICT (event_id) DO NOTHING
""")

# Walks from the oldest open event to the first of each next lane, and stops at the first lane that is free: the outer
# query tries one lane after the other, so that no lane is locked in vain. What a flooding person left behind is passed
# by with a cheap comparison per event. A lane that waits for a next attempt rests as a whole.
_FREE_LANE = text("""
    WITH RECURSIVE resting AS (
        SELECT lane FROM inbound WHERE state = 'open' AND not_before > :now
    ), heads AS (
        (
            SELECT event_at, received_at, place, id, lane, ARRAY[lane] AS passed FROM inbound
            WHERE state = 'open' AND lane NOT IN (SELECT lane FROM resting)
            ORDER BY event_at, received_at, place, id LIMIT 1
        )
        UNION ALL
        SELECT next.*, passed || next.lane
        FROM heads CROSS JOIN LATERAL (
            SELECT event_at, received_at, place, id, lane FROM inbound AS event
            WHERE state = 'open'
              AND (event.event_at, event.received_at, event.place, event.id)
                > (heads.event_at, heads.received_at, heads.place, heads.id)
              AND event.lane <> ALL (passed) AND event.lane NOT IN (SELECT lane FROM resting)
            ORDER BY event_at, received_at, place, id LIMIT 1
        ) AS next
        WHERE cardinality(passed) < 64
    )
    SELECT lane FROM heads
    WHERE NOT lane = ANY (CAST(:seen AS bigint[])) AND pg_try_advisory_xact_lock(lane)
    LIMIT 1
""")


_HEAD = (
    select(InboundRow)
    .where(InboundRow.lane == bindparam("of"), InboundRow.state == "open")
    .order_by(*(getattr(InboundRow, name) for name in _ORDER))
    .limit(1)
    .with_for_update()
)


async def accept(uow: UnitOfWork, events: Sequence[Arrived], received_at: datetime) -> int:
    """Store what is new among `events` in one statement; the number of new ones."""
    if not events:
        return 0
    open_lanes = await _open_lanes(uow, events)
    rows = [_row(uow, event, place, open_lanes) for place, event in enumerate(events)]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    result = await uow.session.execute(_ACCEPT, {**columns, "received_at": received_at})
    assert isinstance(result, CursorResult)
    return result.rowcount


async def claim(uow: UnitOfWork, now: datetime) -> Claimed | None:
    """The oldest open event of a person nobody is busy with, or None when there is nothing to do.

    The person is ours until the transaction ends. An event that waits for its next attempt holds back the later
    events of its own person, and of nobody else. An event that cannot be opened is parked on the way.
    """
    seen: list[int] = []
    while True:
        lane = await uow.session.scalar(_FREE_LANE, {"now": now, "seen": seen})
        if lane is None:
            return None
        # Only now that the lane is ours is its head certain: the query above may have read before another worker's
        # commit. This statement sees that commit.
        row = await _head(uow, lane)
        if row is None or (row.not_before is not None and row.not_before > now):
            seen.append(lane)
        elif (claimed := _claimed(uow, row)) is not None:
            return claimed
        else:
            log.error("inbound.unreadable", inbound=str(row.id), kind=row.kind)
            await uow.session.execute(update(InboundRow).where(InboundRow.id == row.id).values(state="parked"))


async def finish(uow: UnitOfWork, claimed: Claimed, now: datetime) -> None:
    """The event is done, in the same transaction as its effects; what it said is not kept."""
    done = update(InboundRow).where(InboundRow.id == claimed.id).values(_done(now))
    await uow.session.execute(done, execution_options={"synchronize_session": False})


async def count_attempt(uow: UnitOfWork, claimed: Claimed, error: str, *, retry_at: datetime | None = None) -> bool:
    """Count an attempt that did not end well; the event waits until `retry_at`. True where that parks it.

    An attempt that ends the whole process can count itself nowhere. Whoever finds an event that an earlier process left
    open counts it here, in a transaction that commits before the next attempt begins.
    """
    attempts = claimed.attempts + 1
    counted = update(InboundRow).where(InboundRow.id == claimed.id, InboundRow.state == "open")
    values = {
        "attempts": attempts,
        "state": "parked" if attempts >= MOST_ATTEMPTS else "open",
        "not_before": retry_at,
        "error": uow.seal(InboundRow.error, claimed.id, error[:LONGEST_ERROR]),
    }
    state = await uow.session.scalar(counted.values(values).returning(InboundRow.state))
    return state == "parked"


async def failed(
    db: Database,
    claimed: Claimed,
    now: datetime,
    error: str,
    on_parked: Callable[[UnitOfWork], Awaitable[None]] | None = None,
) -> None:
    """Note a failure after the claiming transaction has rolled back: try again later, or park it at the limit.

    `on_parked` does what else belongs to the end of the event, in the transaction that parks it.
    """
    pause = min(timedelta(seconds=2 ** (claimed.attempts + 1)), LONGEST_BACK_OFF)
    async with db.transaction() as uow:
        is_parked = await count_attempt(uow, claimed, error, retry_at=now + pause)
        if is_parked and on_parked is not None:
            await on_parked(uow)


async def open_count(reader: Reader) -> int:
    return await reader.session.scalar(select(func.count()).where(InboundRow.state == "open")) or 0


async def parked_count(reader: Reader) -> int:
    return await reader.session.scalar(select(func.count()).where(InboundRow.state == "parked")) or 0


async def forget_message(uow: UnitOfWork, message_id: str) -> None:
    """The message was taken back: where its event still waits or is parked, its payload is gone."""
    known = InboundRow.message_hash.in_(message_hashes(uow.keyring, message_id))
    waiting = update(InboundRow).where(known, InboundRow.state != "done")
    await uow.session.execute(waiting.values(payload=None, message_hash=None))


async def _open_lanes(uow: UnitOfWork, events: Iterable[Arrived]) -> Collection[int]:
    """The lanes from before a rotation of keys in which events still wait; nothing is looked for with one key."""
    older = {lane for event in events for lane in _lanes(uow, event)[1:]}
    if not older:
        return ()
    waiting = select(InboundRow.lane).where(InboundRow.state == "open", InboundRow.lane.in_(older)).distinct()
    return {lane for lane in await uow.session.scalars(waiting) if lane is not None}


def _row(uow: UnitOfWork, event: Arrived, place: int, open_lanes: Collection[int]) -> dict[str, Any]:
    event_row = uuid4()
    payload = json.dumps(event.payload, ensure_ascii=False, separators=(",", ":"))
    message_id = _message_id(event.payload)
    return {
        "id": event_row,
        "event_id": event.event_id,
        "kind": event.kind,
        "event_at": event.event_at,
        "place": place,
        "lane": _lane(uow, event, event_row, open_lanes),
        "line_user": uow.seal(InboundRow.line_user, event_row, event.line_user or ""),
        "payload": uow.seal(InboundRow.payload, event_row, payload),
        "message_hash": message_id and message_hash(uow.keyring, message_id),
    }


def _lane(uow: UnitOfWork, event: Arrived, event_row: UUID, open_lanes: Collection[int]) -> int:
    lanes = _lanes(uow, event)
    if not lanes:
        return _number(event_row.bytes)
    return next((lane for lane in lanes if lane in open_lanes), lanes[0])


def _lanes(uow: UnitOfWork, event: Arrived) -> list[int]:
    """The lane of the event's person under every key, the first key's first; none without a person."""
    if event.line_user is None:
        return []
    return [_number(hashed) for hashed in uow.keyring.hashes(event.line_user, purpose=LINE_USER)]


def _number(value: bytes) -> int:
    return int.from_bytes(value[:8], signed=True)


def _message_id(payload: Mapping[str, Any]) -> str | None:
    message = payload.get("message")
    message_id = message.get("id") if isinstance(message, Mapping) else None
    return message_id if isinstance(message_id, str) else None


async def _head(uow: UnitOfWork, lane: int) -> InboundRow | None:
    head: InboundRow | None = await uow.session.scalar(_HEAD, {"of": lane})
    return head


def _claimed(uow: UnitOfWork, row: InboundRow) -> Claimed | None:
    try:
        line_user = uow.open(InboundRow.line_user, row.id, row.line_user)
        payload = uow.open(InboundRow.payload, row.id, row.payload)
    except SealBroken:
        return None
    return Claimed(
        id=row.id,
        event_id=row.event_id,
        line_user=line_user or None,
        kind=row.kind,
        event_at=row.event_at,
        received_at=row.received_at,
        payload=json.loads(payload) if payload else {},
        attempts=row.attempts,
    )


def _done(now: datetime) -> dict[str, Any]:
    emptied = dict.fromkeys(("lane", "line_user", "payload", "message_hash", "not_before", "error"))
    return {**emptied, "state": "done", "finished_at": now}
