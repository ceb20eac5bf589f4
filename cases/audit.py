"""The audit log: who read or did what. Rows can be added and never changed; a change made anyway is found.

Each row's code is an HMAC over the row and the code of the row before, so no row can be altered, removed or moved
without the key. The head row holds the last number under a code of its own: rows cut off at the end are missed too.
A log that begins later than the staff, sessions and referrals of the record has lost its beginning.
PostgreSQL refuses UPDATE, DELETE and TRUNCATE by trigger.

Rows are written as the last thing in their transaction: whoever writes holds the head until the commit, and all
others wait for it.

Known limit: somebody who owns the database and puts back an older copy of *both* tables is found only by a copy
of the head kept elsewhere.
"""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, Index, Select, select, text
from sqlalchemy.orm import Mapped, mapped_column

from cases.actors import Actor, Role
from cases.base import Base, choice, sealed
from cases.crypto import Keyring
from cases.db import Reader, UnitOfWork

CHAIN = "audit-chain"
HEAD = "audit-head"
_BATCH = 1_000
_OVERTAKING = timedelta(hours=1)  # the first two transactions of a record may commit in either order
_OLDEST = text(
    "SELECT min(at) FROM (SELECT min(created_at) AS at FROM staff UNION ALL SELECT min(received_at) FROM referrals"
    " UNION ALL SELECT min(created_at) FROM staff_sessions) AS oldest"
)

_COLUMNS = ("seq", "id", "at", "staff_id", "action", "target_kind", "target_id", "detail", "code")
_LOCK_HEAD = "SELECT seq, code FROM audit_head WHERE id = 1 FOR UPDATE"
_ADD = """
    INSERT INTO audit (seq, id, at, staff_id, role, action, target_kind, target_id, detail, code)
    VALUES (
        %(seq)s, %(id)s, %(at)s, %(staff_id)s, %(role)s, %(action)s, %(target_kind)s, %(target_id)s, %(detail)s,
        %(code)s
    )
"""
_MOVE_HEAD = "UPDATE audit_head SET seq = %(seq)s, code = %(code)s, seal = %(seal)s WHERE id = 1"


class AuditRow(Base):
    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_target", "target_kind", "target_id", "seq"),)

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    id: Mapped[UUID]
    at: Mapped[datetime]
    staff_id: Mapped[UUID | None]
    role: Mapped[Role] = choice(Role)
    action: Mapped[str]
    target_kind: Mapped[str]
    target_id: Mapped[str]
    detail: Mapped[bytes | None] = sealed()
    code: Mapped[bytes]


class AuditHead(Base):
    """The one row that every writer locks. The first migration puts it there, with number 0."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    code: Mapped[bytes]
    """The code of the last row."""
    seal: Mapped[bytes]
    """The code over `seq` and `code`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row, opened."""

    seq: int
    at: datetime
    staff_id: UUID | None
    role: Role
    action: str
    target_kind: str
    target_id: str
    detail: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Broken:
    """The first row that is not as it was written: `missing`, or `altered` (which an exchanged row is, too)."""

    seq: int
    why: str


async def record(  # noqa: PLR0917 - said the same way everywhere: who did what to what, and when
    uow: UnitOfWork,
    actor: Actor,
    action: str,
    target_kind: str,
    target_id: UUID | str,
    detail: Mapping[str, str],
    now: datetime,
) -> None:
    """Add a row in this transaction. `detail` is sealed; it never repeats what a case says.

    Nothing is written before the transaction's end, so that others wait for the chain as shortly as possible.
    """
    row_id = uuid4()
    row = AuditRow(
        id=row_id,
        at=now,
        staff_id=actor.staff_id,
        role=actor.role,
        action=action,
        target_kind=target_kind,
        target_id=str(target_id),
        detail=uow.seal(AuditRow.detail, row_id, json.dumps(dict(detail), ensure_ascii=False) if detail else ""),
    )
    uow.before_commit(lambda: _append(uow, row))


async def entries(reader: Reader, target_kind: str, target_id: UUID | str, *, action: str = "") -> list[Entry]:
    """What was read of and done to one thing, oldest first; only `action`, where one is given."""
    about = _about(target_kind, target_id).order_by(AuditRow.seq)
    rows = await reader.session.scalars(about.where(AuditRow.action == action) if action else about)
    return [_entry(reader, row) for row in rows]


async def last(reader: Reader, target_kind: str, target_id: UUID | str) -> Entry | None:
    """The newest of `entries`."""
    newest = _about(target_kind, target_id).order_by(AuditRow.seq.desc()).limit(1)
    row = await reader.session.scalar(newest)
    return _entry(reader, row) if row else None


async def verify(reader: Reader) -> Broken | None:
    """Walk the whole chain; the first row that is not as it was written, or None."""
    head = await reader.session.get_one(AuditHead, 1, populate_existing=True)
    seq, code = 0, b""
    while rows := await _after(reader, seq):
        for row in rows:
            if row.seq != seq + 1:
                return Broken(seq + 1, "missing")
            if not _matches(reader.keyring, CHAIN, _content(row, code), row.code):
                return Broken(row.seq, "altered")
            seq, code = row.seq, row.code
    if head.seq > seq:
        return Broken(seq + 1, "missing")
    untouched = head.seq == seq and head.code == code
    sealed = seq == 0 or _matches(reader.keyring, HEAD, _head_content(head), head.seal)
    if not (untouched and sealed):
        return Broken(head.seq + 1, "altered")
    return Broken(1, "missing") if await _begun_anew(reader) else None


async def _append(uow: UnitOfWork, row: AuditRow) -> None:
    """Everybody waits from the first statement to the commit, so they go to the driver directly."""
    [head] = await uow.rows(_LOCK_HEAD)
    row.seq = head.seq + 1
    row.code = uow.keyring.hash(_content(row, head.code), purpose=CHAIN)
    async with uow.together():
        await uow.run(_ADD, {name: getattr(row, name) for name in _COLUMNS} | {"role": row.role.value})
        seal = uow.keyring.hash(_head_content(row), purpose=HEAD)
        await uow.run(_MOVE_HEAD, {"seq": row.seq, "code": row.code, "seal": seal})


async def _begun_anew(reader: Reader) -> bool:
    """Whether something that left a row when it came is older than the first row: the rows before are gone."""
    first = await reader.session.scalar(select(AuditRow.at).order_by(AuditRow.seq).limit(1))
    oldest: datetime | None = await reader.session.scalar(_OLDEST)
    return oldest is not None and (first is None or oldest < first - _OVERTAKING)


def _about(target_kind: str, target_id: UUID | str) -> Select[AuditRow]:
    return select(AuditRow).where(AuditRow.target_kind == target_kind, AuditRow.target_id == str(target_id))


async def _after(reader: Reader, seq: int) -> Sequence[AuditRow]:
    following = select(AuditRow).where(AuditRow.seq > seq).order_by(AuditRow.seq).limit(_BATCH)
    return (await reader.session.scalars(following, execution_options={"populate_existing": True})).all()


def _content(row: AuditRow, previous: bytes) -> str:
    at = row.at.astimezone(UTC).isoformat()
    detail = bytes(row.detail or b"").hex()
    who = [str(row.staff_id), row.role.value]
    return json.dumps(
        [previous.hex(), row.seq, str(row.id), at, *who, row.action, row.target_kind, row.target_id, detail]
    )


def _head_content(head: AuditHead | AuditRow) -> str:
    """`head`, or the row that is the newest one."""
    return json.dumps([head.seq, head.code.hex()])


def _matches(keyring: Keyring, purpose: str, content: str, code: bytes) -> bool:
    return any(hmac.compare_digest(expected, code) for expected in keyring.hashes(content, purpose=purpose))


def _entry(reader: Reader, row: AuditRow) -> Entry:
    detail: dict[str, Any] = json.loads(reader.open(AuditRow.detail, row.id, row.detail) or "{}")
    return Entry(row.seq, row.at, row.staff_id, row.role, row.action, row.target_kind, row.target_id, detail)
