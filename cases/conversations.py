"""One conversation state per person, sealed as a whole. What it means belongs to the dialogs."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import CursorResult, ForeignKey, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from cases.base import Base, sealed
from cases.crypto import SealBroken
from cases.db import Reader, UnitOfWork
from cases.people import PersonRow

log = structlog.get_logger()


class ConversationRow(Base):
    __tablename__ = "conversations"

    person_id: Mapped[UUID] = mapped_column(ForeignKey(PersonRow.id, ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    state: Mapped[bytes | None] = sealed()
    expires_at: Mapped[datetime] = mapped_column(index=True)


async def load(reader: Reader, person_id: UUID, now: datetime) -> dict[str, Any] | None:
    """The state last saved, or None when there is none or its time is over.

    A state that cannot be opened is an empty one: whoever reads it knows no such version, starts again and says so. It
    must not silence its person at every event.
    """
    stored = await reader.session.scalar(
        select(ConversationRow.state).where(ConversationRow.person_id == person_id, ConversationRow.expires_at > now)
    )
    if stored is None:
        return None
    try:
        state: dict[str, Any] = json.loads(reader.open(ConversationRow.state, person_id, stored))
    except SealBroken:
        log.error("conversation.unreadable", person=str(person_id))  # noqa: TRY400 - its trace tells nothing more
        return {}
    return state


async def save(uow: UnitOfWork, person_id: UUID, state: dict[str, Any], expires_at: datetime) -> None:
    """Replace the person's state; each save counts `version` up."""
    plain = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
    values = {
        "person_id": person_id,
        "state": uow.seal(ConversationRow.state, person_id, plain),
        "expires_at": expires_at,
    }
    statement = insert(ConversationRow).values(values)
    renewed = {
        "version": ConversationRow.version + 1,
        "state": statement.excluded.state,
        "expires_at": statement.excluded.expires_at,
    }
    await uow.session.execute(statement.on_conflict_do_update(index_elements=["person_id"], set_=renewed))


async def purge_expired(uow: UnitOfWork, now: datetime) -> int:
    """Delete the states whose time is over: an unsent draft is never read by anyone. The number deleted."""
    result = await uow.session.execute(delete(ConversationRow).where(ConversationRow.expires_at <= now))
    assert isinstance(result, CursorResult)
    return result.rowcount
