"""Messages that people took back. LINE asks that they can "not be seen or used in the future".

A tombstone keeps the keyed hash of the message's id only. It is needed because an unsend can overtake its message.
"""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from cases.base import Base
from cases.crypto import Keyring
from cases.db import Reader, UnitOfWork

MESSAGE = "line-message"
"""Purpose of the keyed hash of a LINE message id."""


class UnsentRow(Base):
    __tablename__ = "unsent"

    message_hash: Mapped[bytes] = mapped_column(primary_key=True)
    unsent_at: Mapped[datetime]


def message_hash(keyring: Keyring, message_id: str) -> bytes:
    """What a message is known by, wherever something came from it."""
    return keyring.hash(message_id, purpose=MESSAGE)


def message_hashes(keyring: Keyring, message_id: str) -> tuple[bytes, ...]:
    """What the message may be known by: it may have come before the keys were rotated."""
    return keyring.hashes(message_id, purpose=MESSAGE)


async def remember(uow: UnitOfWork, message_id: str, now: datetime) -> None:
    """Set the tombstone."""
    values = {"message_hash": message_hash(uow.keyring, message_id), "unsent_at": now}
    await uow.session.execute(insert(UnsentRow).values(values).on_conflict_do_nothing())


async def was_unsent(reader: Reader, message_id: str) -> bool:
    """Whether the message was taken back before it was read here."""
    known = UnsentRow.message_hash.in_(message_hashes(reader.keyring, message_id))
    return bool(await reader.session.scalar(select(exists().where(known))))
