"""Photos from the 安心フォーム: re-encoded before they come here, sealed, and gone with their referral or draft."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from cases.base import Base, key, sealed
from cases.people import PersonRow


class PhotoRow(Base):
    __tablename__ = "photos"
    __table_args__ = (
        Index("ix_photos_drafts", "added_at", postgresql_where=text("referral_id IS NULL")),
        Index("ix_photos_referral_id", "referral_id", "place"),
    )

    id: Mapped[UUID] = key()
    person_id: Mapped[UUID] = mapped_column(ForeignKey(PersonRow.id, ondelete="CASCADE"), index=True)
    referral_id: Mapped[UUID | None] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"))
    """None while the report is a draft."""
    place: Mapped[int]
    image: Mapped[bytes | None] = sealed()
    width: Mapped[int]
    height: Mapped[int]
    added_at: Mapped[datetime]
