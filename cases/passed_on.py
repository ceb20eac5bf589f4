"""Events of a shared LINE account that another program answers: kept until that program has taken them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy import BigInteger, CheckConstraint, ColumnElement, CursorResult, Identity, Index, func, text, update
from sqlalchemy.orm import Mapped, mapped_column

from cases.base import Base, key, sealed
from cases.crypto import SealBroken
from cases.db import UnitOfWork
from cases.unsent import message_hash, message_hashes

log = structlog.get_logger()


class PassedOnRow(Base):
    __tablename__ = "passed_on"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'passed', 'given_up')", name="state"),
        Index("ix_passed_on_waiting", "seq", postgresql_where=text("state = 'waiting'")),
        Index("ix_passed_on_waiting_since", "created_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_passed_on_message_hash", "message_hash", postgresql_where=text("state = 'waiting'")),
        Index("ix_passed_on_created_at", "created_at", postgresql_using="brin"),
    )

    id: Mapped[UUID] = key()
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    event: Mapped[bytes | None] = sealed()
    message_hash: Mapped[bytes | None]
    """The message in it, by the keyed hash of its id, so that it can be taken back."""
    state: Mapped[str] = mapped_column(default="waiting", server_default="waiting")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    not_before: Mapped[datetime | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


LEASE = timedelta(seconds=15)
"""How long whoever took an event may need for it; then it is given out again."""


@dataclass(frozen=True, slots=True)
class Passing:
    """An event in hand. `attempts` counts this one; `destination` is the account's id, empty where it is unknown."""

    id: UUID
    event: dict[str, Any]
    attempts: int
    created_at: datetime
    destination: str


# What somebody has in hand, or shall be tried once more in a moment, ends by itself.
_GIVE_UP = text("""
    UPDATE passed_on
    SET state = 'given_up', event = NULL, message_hash = NULL, not_before = NULL, finished_at = :now
    WHERE id IN (
        SELECT id FROM passed_on
        WHERE state = 'waiting' AND created_at <= :before AND (not_before IS NULL OR not_before <= :now)
        FOR UPDATE SKIP LOCKED
    )
""")

# One statement: who reads a row as ready and who takes it cannot be two. `not_before` is the lease while it is in hand.
_CLAIM = text("""
    UPDATE passed_on
    SET attempts = attempts + 1, not_before = :until
    WHERE id = (
        SELECT id FROM passed_on
        WHERE state = 'waiting' AND (not_before IS NULL OR not_before <= :now)
        ORDER BY seq LIMIT 1
        FOR UPDATE SKIP LOCKED
    )
    RETURNING id, event, attempts, created_at, (SELECT bot_user_id FROM channel) AS destination
""")


async def put(uow: UnitOfWork, event: Mapping[str, Any], now: datetime) -> UUID | None:
    """Keep LINE's event until the other program has it; the row's id. None where nothing is left of the event."""
    if not event:
        return None
    row_id = uuid4()
    written = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    sealed_event = uow.seal(PassedOnRow.event, row_id, written)
    known = message_hash(uow.keyring, message_id) if (message_id := _message_id(event)) else None
    uow.add(PassedOnRow(id=row_id, event=sealed_event, message_hash=known, created_at=now))
    await uow.flush()
    return row_id


async def give_up_before(uow: UnitOfWork, before: datetime, now: datetime) -> int:
    """Give up whatever waits since then or longer, all at once: what it said is not kept. How many."""
    result = await uow.session.execute(_GIVE_UP, {"before": before, "now": now})
    assert isinstance(result, CursorResult)
    return result.rowcount


async def forget_message(uow: UnitOfWork, message_id: str) -> None:
    """The message was taken back: where it still waits it is never passed on, and what it said is not kept."""
    known = PassedOnRow.message_hash.in_(message_hashes(uow.keyring, message_id))
    await _end(uow, known, "given_up", func.now())


async def claim(uow: UnitOfWork, now: datetime) -> Passing | None:
    """Take the oldest event that is due, and lease it; None when there is none.

    One that cannot be opened, or has nothing in it, is given up on the way.
    """
    while row := (await uow.session.execute(_CLAIM, {"now": now, "until": now + LEASE})).one_or_none():
        if event := _opened(uow, row.id, row.event):
            return Passing(row.id, event, row.attempts, row.created_at, row.destination or "")
        await _end(uow, PassedOnRow.id == row.id, "given_up", now)
    return None


async def passed(uow: UnitOfWork, passing: Passing, now: datetime) -> None:
    """The other program has it: what it said is not kept here."""
    await _end(uow, PassedOnRow.id == passing.id, "passed", now)


async def again(uow: UnitOfWork, passing: Passing, at: datetime) -> None:
    """It was not taken; try again then."""
    waiting = update(PassedOnRow).where(PassedOnRow.id == passing.id, PassedOnRow.state == "waiting")
    await uow.session.execute(waiting.values(not_before=at))


async def _end(uow: UnitOfWork, which: ColumnElement[bool], state: str, at: datetime | ColumnElement[datetime]) -> None:
    ended = update(PassedOnRow).where(which, PassedOnRow.state == "waiting")
    emptied = {"event": None, "message_hash": None, "not_before": None}
    await uow.session.execute(ended.values({**emptied, "state": state, "finished_at": at}))


def _opened(uow: UnitOfWork, row_id: UUID, stored: bytes | None) -> dict[str, Any]:
    try:
        written = uow.open(PassedOnRow.event, row_id, stored)
    except SealBroken:
        log.error("passing.unreadable", row=str(row_id))  # noqa: TRY400 - its trace tells nothing more
        return {}
    event: dict[str, Any] = json.loads(written) if written else {}
    return event


def _message_id(event: Mapping[str, Any]) -> str | None:
    message = event.get("message")
    message_id = message.get("id") if isinstance(message, Mapping) else None
    return message_id if isinstance(message_id, str) else None
