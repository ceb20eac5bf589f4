"""People who talk to us over LINE. Their LINE user id is sealed; they are found by its keyed hash."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from cases.base import Base, key, sealed
from cases.db import Reader, UnitOfWork
from cases.errors import NotFound

LINE_USER = "line-user"
"""Purpose of the keyed hash of a LINE user id."""


class PersonRow(Base):
    __tablename__ = "people"

    id: Mapped[UUID] = key()
    line_user: Mapped[bytes | None] = sealed()
    line_user_hash: Mapped[bytes] = mapped_column(unique=True)
    reachable: Mapped[bool] = mapped_column(default=True, server_default="true")
    reachable_at: Mapped[datetime | None]
    """When the event happened that told `reachable`; None before the first."""
    first_seen_at: Mapped[datetime]
    burst_since: Mapped[datetime | None]
    """Since when the acts of `burst_count` are counted: the beginning of a minute in which the person writes."""
    burst_count: Mapped[int] = mapped_column(default=0, server_default="0")
    burst_told: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether the person was asked in that minute to wait a little."""


@dataclass(frozen=True, slots=True)
class Person:
    """`reachable` is false once the person blocked the account or left it, until they follow again."""

    id: UUID
    reachable: bool
    first_seen_at: datetime


_LOCK = text("""
    UPDATE people
    SET reachable = CASE
            WHEN CAST(:at AS timestamptz) >= coalesce(reachable_at, '-infinity') THEN CAST(:reachable AS boolean)
            ELSE reachable
        END,
        reachable_at = greatest(reachable_at, :at)
    WHERE line_user_hash = :hash
    RETURNING id, reachable, first_seen_at
""")


async def lock(
    uow: UnitOfWork, line_user: str, now: datetime, *, at: datetime | None = None, reachable: bool = True
) -> Person:
    """The person with this LINE user id, created at first sight, locked until the transaction ends.

    Args:
        uow: the transaction.
        line_user: LINE's id of the person.
        now: the time.
        at: when the event in hand happened, where it tells whether the person can be reached. LINE brings events late
            and in any order; the newest one counts.
        reachable: what it tells: whoever gets something through to us has not blocked us.
    """
    person = await _locked(uow, line_user, at, reachable=reachable)
    if person is None:
        if not await _renewed(uow, line_user):
            await _create(uow, line_user, now)
        person = await _locked(uow, line_user, at, reachable=reachable)
    assert person is not None
    return person


async def line_user(reader: Reader, person_id: UUID) -> str:
    """The LINE user id, for sending.

    Raises:
        NotFound: no such person.
    """
    stored = await reader.session.scalar(select(PersonRow.line_user).where(PersonRow.id == person_id))
    if stored is None:
        raise NotFound
    return reader.open(PersonRow.line_user, person_id, stored)


async def _locked(uow: UnitOfWork, line_user: str, at: datetime | None, *, reachable: bool) -> Person | None:
    """One statement that finds, locks and keeps up to date: it runs for every event."""
    found = await uow.session.execute(
        _LOCK, {"hash": uow.keyring.hash(line_user, purpose=LINE_USER), "reachable": reachable, "at": at}
    )
    row = found.one_or_none()
    return None if row is None else Person(id=row.id, reachable=row.reachable, first_seen_at=row.first_seen_at)


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
    }
    await uow.session.execute(insert(PersonRow).values(values).on_conflict_do_nothing())
