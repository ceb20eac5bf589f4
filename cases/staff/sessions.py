"""Sign-ins that last. The browser holds a random token; the record holds its SHA-256 and nothing else of it."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from cases.actors import Actor
from cases.crypto import sha256
from cases.db import Reader, UnitOfWork
from cases.staff.accounts import account
from cases.staff.models import Staff, StaffSession

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """Who is signed in. The session ends `IDLE` after `seen_at`, and `ABSOLUTE` after `created_at` at the latest."""

    actor: Actor
    created_at: datetime
    seen_at: datetime

    @property
    def expires_at(self) -> datetime:
        return min(self.seen_at + IDLE, self.created_at + ABSOLUTE)


async def create(uow: UnitOfWork, staff_id: UUID, now: datetime) -> str:
    """Begin a session; the token for the browser, which is not stored."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    uow.add(StaffSession(token_hash=sha256(token), staff_id=staff_id, created_at=now, seen_at=now))
    await uow.flush()
    return token


async def read(reader: Reader, token: str, now: datetime) -> SessionInfo | None:
    """The live session of this token, or None when it is unknown, ended, or its account is closed."""
    found = await reader.session.execute(
        select(StaffSession, Staff)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(
            StaffSession.token_hash == sha256(token),
            StaffSession.seen_at > now - IDLE,
            StaffSession.created_at > now - ABSOLUTE,
            Staff.active,
        )
    )
    row = found.one_or_none()
    if row is None:
        return None
    session, member = row
    return SessionInfo(account(reader, member).actor, session.created_at, session.seen_at)


async def touch(uow: UnitOfWork, token: str, now: datetime) -> None:
    """The session was used. One that has ended does not come back."""
    await uow.session.execute(
        update(StaffSession)
        .where(StaffSession.token_hash == sha256(token), StaffSession.seen_at.between(now - IDLE, now))
        .values(seen_at=now)
    )


async def revoke(uow: UnitOfWork, token: str) -> None:
    """Sign out: the session ends now."""
    await uow.session.execute(delete(StaffSession).where(StaffSession.token_hash == sha256(token)))


async def purge(uow: UnitOfWork, now: datetime) -> None:
    """Delete the sessions that have ended."""
    over = (StaffSession.seen_at <= now - IDLE) | (StaffSession.created_at <= now - ABSOLUTE)
    await uow.session.execute(delete(StaffSession).where(over))
