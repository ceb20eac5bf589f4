"""The queue of events from LINE: durable before LINE hears 200, handled once, in order for each person.

An event stands in a *lane*: the lane of its person, or one of its own where it has no person. The events of a
lane are handled one after another, of those that are open the oldest first (nobody waits for one that may still come:
`bot.events.timing` says what becomes of it); lanes never wait for each other. Whoever claims an event
holds its lane by an advisory lock and its row by a row lock until the transaction ends, so the connection is
the lease: when a worker is killed its event is open again at once.

Whatever cannot be handled is parked in the end, so that it holds nobody back: an event that cannot be opened when it is
claimed, one that failed at the limit, and one that ended the process again and again (`count_attempt`). A parked event
keeps what is sealed in it for whoever mends the fault.

A handled event keeps its id and times only, so that a redelivery is known for what it is.
"""

import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import psycopg
import structlog
from sqlalchemy import BigInteger, CheckConstraint, Index, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as SQLAlchemyTimeout
from sqlalchemy.orm import Mapped, mapped_column

from cases import arrays, passed_on
from cases.base import Base, key, sealed
from cases.crypto import Keyring, SealBroken
from cases.db import Database, Reader, UnitOfWork
from cases.people import LINE_USER
from cases.unsent import message_hash, message_hashes

log = structlog.get_logger()

MOST_ATTEMPTS = 5
LONGEST_BACK_OFF = timedelta(minutes=1)
TAKEN_UP_WITHIN = timedelta(seconds=5)
"""So long an event whose attempt was counted beforehand waits for the one who counted, and is given to nobody else."""
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


class Ready(NamedTuple):
    """An event as it is stored.

    `lanes` are the person's lane under every key, the first key's first; the event's own where there is no person.
    """

    id: bytes
    event_id: str
    kind: str
    event_at: datetime
    lanes: tuple[int, ...]
    line_user: bytes | None
    payload: bytes
    message_hash: bytes | None


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
_ACCEPT = """
    INSERT INTO inbound (id, event_id, kind, event_at, received_at, place, lane, line_user, payload, message_hash)
    SELECT id, event_id, kind, event_at, %(received_at)s, place, lane, line_user, payload, message_hash
    FROM unnest(
        %(id)s::uuid[], %(event_id)s::text[], %(kind)s::text[], %(event_at)s::timestamptz[], %(place)s::integer[],
        %(lane)s::bigint[], %(line_user)s::bytea[], %(payload)s::bytea[], %(message_hash)s::bytea[]
    ) AS given (id, event_id, kind, event_at, place, lane, line_user, payload, message_hash)
    ORDER BY event_id
    ON CONFLICT (event_id) DO NOTHING
"""
_PAYLOAD = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

# Walks from the oldest open event to the first of each next lane, and stops at the first lane that is free: the outer
# query tries one lane after the other, so that no lane is locked in vain. What a flooding person left behind is passed
# by with a cheap comparison per event. A lane that waits for a next attempt rests as a whole.
_FREE_LANE = """
    WITH RECURSIVE resting AS (
        SELECT lane FROM inbound WHERE state = 'open' AND not_before > %(now)s
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
    WHERE NOT lane = ANY (%(seen)s::bigint[]) AND pg_try_advisory_xact_lock(lane)
    LIMIT 1
"""
_HEAD = """
    SELECT id, event_id, kind, event_at, received_at, line_user, payload, attempts, not_before FROM inbound
    WHERE lane = %(lane)s AND state = 'open'
    ORDER BY event_at, received_at, place, id LIMIT 1
    FOR UPDATE
"""
_WAIT_FOR_LANE = "SELECT pg_advisory_xact_lock(lane) FROM inbound WHERE id = %(id)s AND state = 'open'"
_TAKE_UP = """
    SELECT id, event_id, kind, event_at, received_at, line_user, payload, attempts, not_before FROM inbound
    WHERE id = %(id)s AND state = 'open' AND attempts = %(counted)s
    FOR UPDATE
"""
_FINISH = """
    UPDATE inbound
    SET state = 'done', finished_at = %(now)s,
        lane = NULL, line_user = NULL, payload = NULL, message_hash = NULL, not_before = NULL, error = NULL
    WHERE id = %(id)s
"""
_REST = """
    UPDATE inbound SET not_before = %(until)s
    WHERE state = 'open' AND not_before IS NULL AND id = (
        SELECT next.id FROM inbound AS mine JOIN inbound AS next USING (lane)
        WHERE mine.id = %(id)s AND next.id <> mine.id AND next.state = 'open'
        ORDER BY next.event_at, next.received_at, next.place, next.id LIMIT 1
    )
"""


def ready(keyring: Keyring, event: Arrived) -> Ready:
    """What is stored of an event, sealed: all that can be done before there is a transaction for it."""
    row = uuid4()
    # The columns are named here, not asked of the mapping: this runs for every event that LINE sends.
    user = keyring.seal(event.line_user, table="inbound", column="line_user", row=row) if event.line_user else None
    payload = keyring.seal(_PAYLOAD.encode(event.payload), table="inbound", column="payload", row=row)
    message_id = _message_id(event.payload)
    known = message_hash(keyring, message_id) if message_id else None
    lanes = _lanes(keyring, event.line_user) if event.line_user else (_number(row.bytes),)
    return Ready(row.bytes, event.event_id, event.kind, event.event_at, lanes, user, payload, known)


async def accept(uow: UnitOfWork, events: Sequence[Arrived], received_at: datetime) -> int:
    """Store what is new among `events` in one statement; the number of new ones."""
    return await accept_ready(uow, [ready(uow.keyring, event) for event in events], received_at)


async def accept_ready(uow: UnitOfWork, events: Sequence[Ready], received_at: datetime) -> int:
    """The same for events that were made ready before."""
    if not events:
        return 0
    ids, event_ids, kinds, times, lanes, users, payloads, messages = zip(*events, strict=True)
    open_lanes = await _open_lanes(uow, lanes)
    given = {
        "received_at": received_at,
        "id": arrays.uuids(ids),
        "event_id": arrays.texts(event_ids),
        "kind": arrays.texts(kinds),
        "event_at": arrays.times(times),
        "place": arrays.integers(range(len(events))),
        "lane": arrays.bigints([next((lane for lane in own if lane in open_lanes), own[0]) for own in lanes]),
        "line_user": arrays.byteas(users),
        "payload": arrays.byteas(payloads),
        "message_hash": arrays.byteas(messages),
    }
    return (await uow.run(_ACCEPT, given)).rowcount


def is_away(error: BaseException) -> bool:
    """Whether `accept` failed because the database cannot be reached or does not answer: no event is to blame."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, psycopg.OperationalError):
        # No state: no server behind it. 08: the connection is lost; 53: no room or memory; 57: stopped, or too slow.
        return cause.sqlstate is None or cause.sqlstate.startswith(("08", "53", "57"))
    return isinstance(cause, OSError | TimeoutError | SQLAlchemyTimeout)


async def claim(uow: UnitOfWork, now: datetime) -> Claimed | None:
    """The oldest open event of a person nobody is busy with, or None when there is nothing to do.

    The person is ours until the transaction ends. An event that waits for its next attempt holds back the later
    events of its own person, and of nobody else. An event that cannot be opened is parked on the way.
    """
    seen: list[int] = []
    while True:
        found = await uow.rows(_FREE_LANE, {"now": now, "seen": seen})
        if not found:
            return None
        lane = found[0].lane
        # Only now that the lane is ours is its head certain: the query above may have read before another worker's
        # commit. This statement sees that commit.
        heads = await uow.rows(_HEAD, {"lane": lane})
        row = heads[0] if heads else None
        if row is None or (row.not_before is not None and row.not_before > now):
            seen.append(lane)
        elif (claimed := _claimed(uow, row)) is not None:
            return claimed
        else:
            log.error("inbound.unreadable", inbound=str(row.id), kind=row.kind)
            await uow.session.execute(update(InboundRow).where(InboundRow.id == row.id).values(state="parked"))


async def finish(uow: UnitOfWork, claimed: Claimed, now: datetime) -> None:
    """The event is done, in the same transaction as its effects; what it said is not kept."""
    await uow.last(_FINISH, {"id": claimed.id, "now": now})


async def rest(uow: UnitOfWork, claimed: Claimed, until: datetime) -> None:
    """The next event of this person waits until then, so that a flood of one leaves the processor to the others."""
    await uow.last(_REST, {"id": claimed.id, "until": until})


async def count_attempt(uow: UnitOfWork, claimed: Claimed, error: str, *, retry_at: datetime | None = None) -> bool:
    """Count an attempt that did not end well; the event waits until `retry_at`. True where that parks it.

    An attempt that ends the whole process can count itself nowhere. Whoever finds an event that an earlier process left
    open counts the attempt here, in a transaction that commits before it begins with `take_up`.
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


async def take_up(uow: UnitOfWork, claimed: Claimed) -> Claimed | None:
    """The event again, whose attempt was counted a moment ago with `TAKEN_UP_WITHIN`: ours until the transaction ends.

    Its `attempts` are those before that count, so that a failure is not counted twice. None where it is nobody's any
    more, or somebody else has counted meanwhile, because we took too long.
    """
    given = {"id": claimed.id, "counted": claimed.attempts + 1}
    # Somebody may have looked at the lane in the very moment of the count, and holds it until their own event is done.
    await uow.rows(_WAIT_FOR_LANE, given)
    found = await uow.rows(_TAKE_UP, given)
    taken = _claimed(uow, found[0]) if found else None
    return taken and replace(taken, attempts=claimed.attempts)


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
    """The message was taken back: where its event still waits or is parked, its payload is gone.

    Where it waits to be passed on to another program, it never will be.
    """
    known = InboundRow.message_hash.in_(message_hashes(uow.keyring, message_id))
    waiting = update(InboundRow).where(known, InboundRow.state != "done")
    await uow.session.execute(waiting.values(payload=None, message_hash=None))
    await passed_on.forget_message(uow, message_id)


async def _open_lanes(uow: UnitOfWork, lanes: Iterable[Sequence[int]]) -> Collection[int]:
    """The lanes from before a rotation of keys in which events still wait; nothing is looked for with one key."""
    older = {lane for own in lanes for lane in own[1:]}
    if not older:
        return ()
    waiting = select(InboundRow.lane).where(InboundRow.state == "open", InboundRow.lane.in_(older)).distinct()
    return {lane for lane in await uow.session.scalars(waiting) if lane is not None}


def _lanes(keyring: Keyring, line_user: str) -> tuple[int, ...]:
    return tuple(_number(hashed) for hashed in keyring.hashes(line_user, purpose=LINE_USER))


def _number(value: bytes) -> int:
    return int.from_bytes(value[:8], signed=True)


def _message_id(payload: Mapping[str, Any]) -> str | None:
    message = payload.get("message")
    message_id = message.get("id") if isinstance(message, Mapping) else None
    return message_id if isinstance(message_id, str) else None


def _claimed(uow: UnitOfWork, row: Any) -> Claimed | None:
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
