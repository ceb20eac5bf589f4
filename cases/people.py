"""People who talk to us over LINE. Their LINE user id is sealed; they are found by its keyed hash."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select, update
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
    first_seen_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Person:
    """`reachable` is false once the person blocked the account or left it, until they follow again."""

    id: UUID
    reachable: bool
    first_seen_at: datetime


async def lock(uow: UnitOfWork, line_user: str, now: datetime) -> Person:
    """The person with this LINE user id, created at first sight, locked until the transaction ends."""
    person = await _locked(uow, line_user)
    if person is None:
        await _create(uow, line_user, now)
        person = await _locked(uow, line_user)
    assert person is not None
    return person


async def set_reachable(uow: UnitOfWork, person_id: UUID, reachable: bool) -> None:  # noqa: FBT001 - it is the value set
    await uow.session.execute(update(PersonRow).where(PersonRow.id == person_id).values(reachable=reachable))


async def line_user(reader: Reader, person_id: UUID) -> str:
    """The LINE user id, for sending.

    Raises:
        NotFound: no such person.
    """
    stored = await reader.session.scalar(select(PersonRow.line_user).where(PersonRow.id == person_id))
    if stored is None:
        raise NotFound
    return reader.open(PersonRow.line_user, person_id, stored)


async def _locked(uow: UnitOfWork, line_user: str) -> Person | None:
    first, *older = uow.keyring.hashes(line_user, purpose=LINE_USER)
    found = await uow.session.execute(
        select(PersonRow.id, PersonRow.reachable, PersonRow.first_seen_at, PersonRow.line_user_hash)
        .where(PersonRow.line_user_hash.in_([first, *older]))
        .order_by(PersonRow.line_user_hash != first)  # while keys rotate, two programs may have met the person at once
        .limit(1)
        .with_for_update()
    )
    row = found.one_or_none()
    if row is None:
        return None
    if row.line_user_hash != first:
        await _renew(uow, row.id, line_user, first)
    return Person(id=row.id, reachable=row.reachable, first_seen_at=row.first_seen_at)


async def _create(uow: UnitOfWork, line_user: str, now: datetime) -> None:
    person_id = uuid4()
    values = {
        "id": person_id,
        "line_user": uow.seal(PersonRow.line_user, person_id, line_user),
        "line_user_hash": uow.keyring.hash(line_user, purpose=LINE_USER),
        "first_seen_at": now,
    }
    await uow.session.execute(insert(PersonRow).values(values).on_conflict_do_nothing())


async def _renew(uow: UnitOfWork, person_id: UUID, line_user: str, line_user_hash: bytes) -> None:
    """A key was rotated since the person was seen last: bring the row under the new one."""
    stored = uow.seal(PersonRow.line_user, person_id, line_user)
    values = {"line_user": stored, "line_user_hash": line_user_hash}
    await uow.session.execute(update(PersonRow).where(PersonRow.id == person_id).values(values))
