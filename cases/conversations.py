"""One conversation state per person, sealed as a whole. What it means belongs to the dialogs."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import CursorResult, ForeignKey, delete
from sqlalchemy.orm import Mapped, mapped_column

from cases import people
from cases.base import Base, sealed
from cases.crypto import SealBroken
from cases.db import Reader, UnitOfWork
from cases.people import Person, PersonRow
from cases.unsent import message_hashes

log = structlog.get_logger()


class ConversationRow(Base):
    __tablename__ = "conversations"

    person_id: Mapped[UUID] = mapped_column(ForeignKey(PersonRow.id, ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    state: Mapped[bytes | None] = sealed()
    expires_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True, slots=True)
class Met:
    """A person who says something, locked, and what is known of the talk.

    Attributes:
        person: who it is.
        state: the state last saved, as `load` gives it.
        is_taken_back: the message in hand was taken back before it was read here.
    """

    person: Person
    state: dict[str, Any] | None
    is_taken_back: bool


_LOAD = "SELECT state FROM conversations WHERE person_id = %(person)s AND expires_at > %(now)s"
_KNOWN = """
    SELECT conversations.state, EXISTS (SELECT FROM unsent WHERE message_hash = ANY (%(message)s::bytea[])) AS is_gone
    FROM people LEFT JOIN conversations ON person_id = people.id AND expires_at > %(now)s
    WHERE line_user_hash = %(hash)s
"""
_SAVE = """
    INSERT INTO conversations AS known (person_id, state, expires_at) VALUES (%(person)s, %(state)s, %(expires_at)s)
    ON CONFLICT (person_id) DO UPDATE
    SET version = known.version + 1, state = excluded.state, expires_at = excluded.expires_at
"""


async def meet(
    uow: UnitOfWork, line_user: str, now: datetime, *, at: datetime | None, act_at: datetime | None, message_id: str
) -> Met:
    """`people.lock`, `load` and `unsent.was_unsent` in one journey: it is made for every act of every person.

    What is read is read after the lock is held, so it is what the last step left.
    """
    given = {
        "hash": uow.keyring.hash(line_user, purpose=people.LINE_USER),
        "now": now,
        "message": list(message_hashes(uow.keyring, message_id)) if message_id else [],
    }
    while True:
        async with uow.together():
            locked = await people.ask(uow, line_user, at=at, reachable=True, act_at=act_at)
            known = await uow.run(_KNOWN, given)
        person = await people.told(locked, is_act=act_at is not None)
        if person is not None:
            [row] = await known.fetchall()
            return Met(person, _opened(uow, person.id, row.state), row.is_gone)
        await people.meet(uow, line_user, now)


async def load(reader: Reader, person_id: UUID, now: datetime) -> dict[str, Any] | None:
    """The state last saved, or None when there is none or its time is over.

    A state that cannot be opened is an empty one: whoever reads it knows no such version, starts again and says so. It
    must not silence its person at every event.
    """
    rows = await reader.rows(_LOAD, {"person": person_id, "now": now})
    return _opened(reader, person_id, rows[0].state) if rows else None


async def save(uow: UnitOfWork, person_id: UUID, state: dict[str, Any], expires_at: datetime) -> None:
    """Replace the person's state; each save counts `version` up."""
    plain = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
    sealed_state = uow.seal(ConversationRow.state, person_id, plain)
    await uow.last(_SAVE, {"person": person_id, "state": sealed_state, "expires_at": expires_at})


async def purge_expired(uow: UnitOfWork, now: datetime) -> int:
    """Delete the states whose time is over: an unsent draft is never read by anyone. The number deleted."""
    result = await uow.session.execute(delete(ConversationRow).where(ConversationRow.expires_at <= now))
    assert isinstance(result, CursorResult)
    return result.rowcount


def _opened(reader: Reader, person_id: UUID, stored: bytes | None) -> dict[str, Any] | None:
    if stored is None:
        return None
    try:
        state: dict[str, Any] = json.loads(reader.open(ConversationRow.state, person_id, stored))
    except SealBroken:
        log.error("conversation.unreadable", person=str(person_id))  # noqa: TRY400 - its trace tells nothing more
        return {}
    return state
