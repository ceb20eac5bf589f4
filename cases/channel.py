"""What LINE says of our account, as the workers last heard it: one row that every program reads."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cases.base import Base

ONE = 1


class ChannelRow(Base):
    __tablename__ = "channel"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bot_user_id: Mapped[str | None]
    chat_mode: Mapped[str | None]
    quota: Mapped[int | None]
    """Pushes a month; None without a limit or before it was read."""
    used: Mapped[int | None]
    quota_read_at: Mapped[datetime | None]
    refused_since: Mapped[datetime | None]
    """Since when LINE refuses our access token."""
    used_up_since: Mapped[datetime | None]
    """Since when LINE refuses pushes because the month's are used up."""
    standby_at: Mapped[datetime | None]
    """When another program last led a talk in our stead."""
    suspended_at: Mapped[datetime | None]
