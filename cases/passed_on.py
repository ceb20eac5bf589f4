"""Events of a shared LINE account that another program answers: kept until that program has taken them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, text, update
from sqlalchemy.orm import Mapped, mapped_column

from cases.base import Base, key, sealed
from cases.crypto import SealBroken
from cases.db import UnitOfWork

log = structlog.get_logger()


class PassedOnRow(Base):
    __tablename__ = "passed_on"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'passed', 'given_up')", name="state"),
        Index("ix_passed_on_waiting", "seq", postgresql_where=text("state = 'waiting'")),
        Index("ix_passed_on_created_at", "created_at", postgresql_using="brin"),
    )

    id: Mapped[UUID] = key()
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    event: Mapped[bytes | None] = sealed()
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


async def put(uow: UnitOfWork, event: Mapping[str, Any], now: datetime) -> UUID:
    """Keep LINE's event until the other program has it; the row's id."""
    row_id = uuid4()
    written = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    uow.add(PassedOnRow(id=row_id, event=uow.seal(PassedOnRow.event, row_id, written), created_at=now))
    await uow.flush()
    return row_id


async def claim(uow: UnitOfWork, now: datetime) -> Passing | None:
    """Take the oldest event that is due, and lease it; None when there is none.

    One that cannot be opened is given up on the way.
    """
    while row := (await uow.session.execute(_CLAIM, {"now": now, "until": now + LEASE})).one_or_none():
        try:
            event = json.loads(uow.open(PassedOnRow.event, row.id, row.event))
        except SealBroken:
            log.error("passing.unreadable", row=str(row.id))  # noqa: TRY400 - its trace tells nothing more
            await _end(uow, row.id, "given_up", now)
            continue
        return Passing(row.id, event, row.attempts, row.created_at, row.destination or "")
    return None


async def passed(uow: UnitOfWork, passing: Passing, now: datetime) -> None:
    """The other program has it: what it said is not kept here."""
    await _end(uow, passing.id, "passed", now)


async def again(uow: UnitOfWork, passing: Passing, at: datetime) -> None:
    """It was not taken; try again then."""
    waiting = update(PassedOnRow).where(PassedOnRow.id == passing.id, PassedOnRow.state == "waiting")
    await uow.session.execute(waiting.values(not_before=at))


async def give_up(uow: UnitOfWork, passing: Passing, now: datetime) -> None:
    """It was not taken in all that time: what it said is not kept."""
    await _end(uow, passing.id, "given_up", now)


async def _end(uow: UnitOfWork, row_id: UUID, state: str, now: datetime) -> None:
    ended = update(PassedOnRow).where(PassedOnRow.id == row_id, PassedOnRow.state == "waiting")
    await uow.session.execute(ended.values(state=state, event=None, not_before=None, finished_at=now))
