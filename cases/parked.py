"""Events that were set aside because they could not be handled, and answers that did not arrive: for an operator.

What a parked event says stays sealed. Whoever has it shown or drops it says why, and the audit log keeps who and why;
of a retry it keeps who.
"""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, String, Update, cast, select, true, update

from cases import audit
from cases.actors import SYSTEM
from cases.crypto import SealBroken
from cases.db import Reader, UnitOfWork
from cases.errors import NotFound
from cases.inbound import InboundRow
from cases.outbox import OutboxRow

TARGET = "inbound"
MOST_LISTED = 1_000
SHORTEST_START = 6
"""Characters of an id that name an event; fewer would soon name several."""


@dataclass(frozen=True, slots=True)
class Parked:
    """One event. `error` tells the type and the places in the code; `has_content` is false where it was taken back."""

    id: UUID
    kind: str
    event_at: datetime
    received_at: datetime
    attempts: int
    error: str
    has_content: bool


@dataclass(frozen=True, slots=True)
class Undelivered:
    """How many answers ended so, for this reason, and when the last of them did."""

    state: str
    reason: str
    count: int
    last_at: datetime | None


async def listed(reader: Reader) -> list[Parked]:
    """The parked events, oldest first, at most `MOST_LISTED`."""
    rows = await reader.session.scalars(_parked().order_by(InboundRow.received_at, InboundRow.id).limit(MOST_LISTED))
    return [
        Parked(
            id=row.id,
            kind=row.kind,
            event_at=row.event_at,
            received_at=row.received_at,
            attempts=row.attempts,
            error=_opened(reader, row, "error"),
            has_content=row.payload is not None,
        )
        for row in rows
    ]


async def find(reader: Reader, start: str) -> UUID | None:
    """The parked event whose id begins so; None where there is none or more than one."""
    wanted = start.strip().lower()
    if len(wanted) < SHORTEST_START or not set(wanted) <= set("0123456789abcdef-"):
        return None
    begins = cast(InboundRow.id, String).startswith(wanted, autoescape=True)
    found = (await reader.session.scalars(_parked().where(begins).limit(2))).all()
    return found[0].id if len(found) == 1 else None


async def show(uow: UnitOfWork, event_id: UUID, *, who: str, why: str, now: datetime) -> dict[str, Any] | None:
    """What the event says, with a row in the audit log; None where nothing is left or no key opens it.

    Raises:
        NotFound: it is not parked.
    """
    row = await uow.session.scalar(_parked().where(InboundRow.id == event_id))
    if row is None:
        raise NotFound
    await audit.record(uow, SYSTEM, "parked.shown", TARGET, event_id, {"who": who, "why": why}, now)
    written = _opened(uow, row, "payload")
    event: dict[str, Any] | None = json.loads(written) if written else None
    return event


async def retry(uow: UnitOfWork, ids: Collection[UUID] | None, *, who: str, now: datetime) -> int:
    """Open these events again (None: all), as if they had just come, each with a row in the audit log; how many."""
    changed = update(InboundRow).where(InboundRow.state == "parked", _among(ids), InboundRow.lane.is_not(None))
    opened = changed.values({"state": "open", "attempts": 0, "not_before": None, "error": None})
    rows = await _changed(uow, opened)
    for row in rows:
        await audit.record(uow, SYSTEM, "parked.retried", TARGET, row.id, {"who": who, "kind": row.kind}, now)
    return len(rows)


async def drop(uow: UnitOfWork, ids: Collection[UUID] | None, *, who: str, why: str, now: datetime) -> int:
    """End these events (None: all) without handling them, each with a row in the audit log; how many.

    What they said is gone; their ids stay, so that a redelivery is known for what it is.
    """
    emptied = dict.fromkeys(("lane", "line_user", "payload", "message_hash", "not_before", "error"))
    ending = update(InboundRow).where(InboundRow.state == "parked", _among(ids))
    dropped = await _changed(uow, ending.values({**emptied, "state": "done", "finished_at": now}))
    for row in dropped:
        detail = {"who": who, "why": why, "kind": row.kind}
        await audit.record(uow, SYSTEM, "parked.dropped", TARGET, row.id, detail, now)
    return len(dropped)


async def undelivered(reader: Reader, since: datetime) -> list[Undelivered]:
    """Answers made since then that surely or perhaps did not arrive, by outcome and reason, the most first."""
    ended = OutboxRow.state.in_(["not_sent", "unknown"])
    newest = select(OutboxRow).where(ended, OutboxRow.created_at >= since).order_by(OutboxRow.seq.desc())
    rows = (await reader.session.scalars(newest.limit(MOST_LISTED))).all()
    reasons = [(row, _reason(reader, row)) for row in rows]
    counted = Counter((row.state, reason) for row, reason in reasons)
    last: dict[tuple[str, str], datetime | None] = {}
    for row, reason in reasons:
        last.setdefault((row.state, reason), row.finished_at)
    return [Undelivered(state, why, count, last[state, why]) for (state, why), count in counted.most_common()]


async def _changed(uow: UnitOfWork, change: Update) -> Sequence[Row[UUID, str]]:
    """Id and kind of each event that this changes."""
    telling = change.returning(InboundRow.id, InboundRow.kind)
    return (await uow.session.execute(telling, execution_options={"synchronize_session": False})).all()


def _parked() -> Any:
    return select(InboundRow).where(InboundRow.state == "parked")


def _among(ids: Collection[UUID] | None) -> ColumnElement[bool]:
    return true() if ids is None else InboundRow.id.in_(ids)


def _opened(reader: Reader, row: InboundRow, name: str) -> str:
    try:
        return reader.open(getattr(InboundRow, name), row.id, getattr(row, name))
    except SealBroken:
        return ""


def _reason(reader: Reader, row: OutboxRow) -> str:
    try:
        return reader.open(OutboxRow.detail, row.id, row.detail)
    except SealBroken:
        return ""
