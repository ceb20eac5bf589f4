"""People who talk to us over LINE. Their LINE user id is sealed; they are found by its keyed hash."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy import Index, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from cases.base import Base, key, sealed
from cases.db import Answer, Reader, UnitOfWork
from cases.errors import NotFound

LINE_USER = "line-user"
"""Purpose of the keyed hash of a LINE user id."""
REPLY_ONLY = "reply-only:"
"""Begins what stands for a LINE user id where there is none: a group, or the event of somebody without a name."""
PACE_SPAN = timedelta(minutes=1)
PACE_ACTS = 30
"""Acts within `PACE_SPAN` that anybody can read answers to; who sends more is over it."""

Pace = Literal["calm", "first_over", "over"]


class PersonRow(Base):
    __tablename__ = "people"
    __table_args__ = (Index("ix_people_reply_only", "first_seen_at", postgresql_where=text("reply_only")),)

    id: Mapped[UUID] = key()
    line_user: Mapped[bytes | None] = sealed()
    line_user_hash: Mapped[bytes] = mapped_column(unique=True)
    reachable: Mapped[bool] = mapped_column(default=True, server_default="true")
    reachable_at: Mapped[datetime | None]
    """When the event happened that told `reachable`; None before the first."""
    first_seen_at: Mapped[datetime]
    reply_only: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Nobody, or a group: replied to once, and then forgotten."""
    burst_since: Mapped[datetime | None]
    """Since when the acts of `burst_count` are counted: the beginning of a minute in which the person writes."""
    burst_at: Mapped[datetime | None]
    """When the newest act of all happened that was counted."""
    burst_count: Mapped[int] = mapped_column(default=0, server_default="0")
    burst_told: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether the person was asked in that flood to wait a little."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who talks to us.

    Attributes:
        id: ours, not LINE's.
        reachable: false once the person blocked the account or left it, until they follow again.
        first_seen_at: when we first heard of them.
        pace: how the counted act follows those before it. `first_over` is the one act of a flood at which the person
            is asked to wait a little; after a minute of at most `PACE_ACTS` acts everything is as before.
        has_held: something is held for them that goes out with their next answer.
    """

    id: UUID
    reachable: bool
    first_seen_at: datetime
    pace: Pace = "calm"
    has_held: bool = False


# The old values stand on the right of every assignment: a minute that ended in a flood passes it on to the next one,
# unless a silent minute lies between them.
_LOCK = """
    UPDATE people
    SET reachable = CASE
            WHEN %(at)s::timestamptz >= coalesce(reachable_at, '-infinity') THEN %(reachable)s::boolean ELSE reachable
        END,
        reachable_at = greatest(reachable_at, %(at)s::timestamptz),
        burst_since = CASE
            WHEN coalesce(burst_since, '-infinity') <= %(act_before)s::timestamptz THEN %(act_at)s::timestamptz
            ELSE burst_since
        END,
        burst_at = greatest(burst_at, %(act_at)s::timestamptz),
        burst_count = CASE
            WHEN %(act_at)s::timestamptz IS NULL THEN burst_count
            WHEN coalesce(burst_since, '-infinity') <= %(act_before)s::timestamptz THEN 1
            ELSE burst_count + 1
        END,
        burst_told = CASE
            WHEN %(act_at)s::timestamptz IS NULL THEN burst_told
            WHEN coalesce(burst_since, '-infinity') <= %(act_before)s::timestamptz
            THEN burst_count > %(acts)s::integer AND burst_at > %(act_before)s::timestamptz
            ELSE burst_told OR burst_count > %(acts)s::integer
        END
    WHERE line_user_hash = %(hash)s
    RETURNING id, reachable, first_seen_at, burst_count, burst_told,
        EXISTS (SELECT FROM outbox WHERE person_id = people.id AND state = 'held') AS has_held
"""


async def lock(
    uow: UnitOfWork,
    line_user: str,
    now: datetime,
    *,
    at: datetime | None = None,
    reachable: bool = True,
    act_at: datetime | None = None,
) -> Person:
    """The person with this LINE user id, created at first sight, locked until the transaction ends.

    Args:
        uow: the transaction.
        line_user: LINE's id of the person.
        now: the time.
        at: when the event in hand happened, where it tells whether the person can be reached. LINE brings events late
            and in any order; the newest one counts.
        reachable: what it tells: whoever gets something through to us has not blocked us.
        act_at: when the act in hand happened, where it counts for the person's pace. It is the person's own time, so
            that whoever had to wait for us is no flooder.
    """
    while True:
        answer = await ask(uow, line_user, at=at, reachable=reachable, act_at=act_at)
        person = await told(answer, is_act=act_at is not None)
        if person is not None:
            return person
        await meet(uow, line_user, now)


async def ask(
    uow: UnitOfWork, line_user: str, *, at: datetime | None, reachable: bool, act_at: datetime | None
) -> Answer:
    """One statement that finds, locks and keeps up to date: it runs for every event. `told` reads its answer."""
    given = {
        "hash": uow.keyring.hash(line_user, purpose=LINE_USER),
        "at": at,
        "reachable": reachable,
        "act_at": act_at,
        "act_before": act_at and act_at - PACE_SPAN,
        "acts": PACE_ACTS,
    }
    return await uow.run(_LOCK, given)


async def told(answer: Answer, *, is_act: bool) -> Person | None:
    """The person that `ask` found; None where the person was never seen under the present key."""
    row = await answer.fetchone()
    if row is None:
        return None
    pace: Pace = "over" if row.burst_told else "first_over" if row.burst_count > PACE_ACTS else "calm"
    return Person(row.id, row.reachable, row.first_seen_at, pace if is_act else "calm", row.has_held)


async def meet(uow: UnitOfWork, line_user: str, now: datetime) -> None:
    """Make the row of a person that `told` did not know."""
    if not await _renewed(uow, line_user):
        await _create(uow, line_user, now)


async def line_user(reader: Reader, person_id: UUID) -> str:
    """The LINE user id, for sending.

    Raises:
        NotFound: no such person.
    """
    stored = await reader.session.scalar(select(PersonRow.line_user).where(PersonRow.id == person_id))
    if stored is None:
        raise NotFound
    return reader.open(PersonRow.line_user, person_id, stored)


async def _renewed(uow: UnitOfWork, line_user: str) -> bool:
    """Whether the person was known under an older key; the row is then brought under the first one."""
    first, *older = uow.keyring.hashes(line_user, purpose=LINE_USER)
    if not older:
        return False
    known = select(PersonRow.id).where(PersonRow.line_user_hash.in_(older)).limit(1).with_for_update()
    person_id = await uow.session.scalar(known)
    if person_id is None:
        return False
    values = {"line_user": uow.seal(PersonRow.line_user, person_id, line_user), "line_user_hash": first}
    await uow.session.execute(update(PersonRow).where(PersonRow.id == person_id).values(values))
    return True


async def _create(uow: UnitOfWork, line_user: str, now: datetime) -> None:
    person_id = uuid4()
    values = {
        "id": person_id,
        "line_user": uow.seal(PersonRow.line_user, person_id, line_user),
        "line_user_hash": uow.keyring.hash(line_user, purpose=LINE_USER),
        "first_seen_at": now,
        "reply_only": line_user.startswith(REPLY_ONLY),
    }
    await uow.session.execute(insert(PersonRow).values(values).on_conflict_do_nothing())
