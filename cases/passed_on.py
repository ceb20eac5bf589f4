"""Events of a shared LINE account that another program answers: kept until that program has taken them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from cases.base import Base, key, sealed


class PassedOnRow(Base):
    __tablename__ = "passed_on"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'passed', 'given_up')", name="state"),
        Index("ix_passed_on_waiting", "seq", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[UUID] = key()
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    event: Mapped[bytes | None] = sealed()
    state: Mapped[str] = mapped_column(default="waiting", server_default="waiting")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    not_before: Mapped[datetime | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
