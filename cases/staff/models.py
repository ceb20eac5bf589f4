from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from cases.actors import Role
from cases.agencies.models import Agency
from cases.base import Base, choice, key, sealed


class Staff(Base):
    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint("(role = 'agency') = (agency_id IS NOT NULL)", name="agency_role_has_agency"),
        CheckConstraint("role <> 'system'", name="system_is_nobody"),
    )

    id: Mapped[UUID] = key()
    email: Mapped[bytes | None] = sealed()
    email_hash: Mapped[bytes] = mapped_column(unique=True)
    name: Mapped[bytes | None] = sealed()
    role: Mapped[Role] = choice(Role)
    agency_id: Mapped[str | None] = mapped_column(ForeignKey(Agency.id))
    password_hash: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    created_at: Mapped[datetime]


class StaffSession(Base):
    """A sign-in. The token is in the browser only; the row holds its SHA-256."""

    __tablename__ = "staff_sessions"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class SigninAttempt(Base):
    """A failed sign-in, by keyed hashes of account and address."""

    __tablename__ = "signin_attempts"
    __table_args__ = (
        Index("ix_signin_attempts_account_hash", "account_hash", "at"),
        Index("ix_signin_attempts_address_hash", "address_hash", "at"),
        Index("ix_signin_attempts_at", "at"),
    )

    id: Mapped[UUID] = key()
    at: Mapped[datetime]
    account_hash: Mapped[bytes]
    address_hash: Mapped[bytes]
