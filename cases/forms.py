"""安心フォーム: one link, for one person, once. What is typed is sealed, and gone when its time is over."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from cases.base import Base, key, sealed
from cases.people import PersonRow


class FormRow(Base):
    __tablename__ = "forms"
    __table_args__ = (
        CheckConstraint("(consented_at IS NULL) = (consent_version IS NULL)", name="consent_has_version"),
    )

    id: Mapped[UUID] = key()
    person_id: Mapped[UUID] = mapped_column(ForeignKey(PersonRow.id, ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    browser_hash: Mapped[bytes | None]
    """The browser that agreed first; no other one is shown what was typed."""
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    consent_version: Mapped[str | None]
    consented_at: Mapped[datetime | None]
    fields: Mapped[bytes | None] = sealed()
    saved_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
