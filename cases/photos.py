"""Photos from the 安心フォーム: re-encoded before they come here, sealed, and gone with their form, draft or referral.

A photo belongs to a form while the form is filled in, then to the person's draft in the talk, and at last to a
referral. `place` is its number there, from 1.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, CursorResult, ForeignKey, Index, delete, exists, func, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from cases.base import Base, key, sealed
from cases.conversations import ConversationRow
from cases.db import Reader, UnitOfWork
from cases.people import PersonRow

_COLUMN = {"table": "photos", "column": "image"}
SPARED = timedelta(hours=1)
"""A photo as young as this is no orphan yet: the step of the talk that takes it over may still run."""


class PhotoRow(Base):
    __tablename__ = "photos"
    __table_args__ = (
        Index("ix_photos_drafts", "added_at", postgresql_where=text("referral_id IS NULL")),
        Index("ix_photos_form_id", "form_id", postgresql_where=text("form_id IS NOT NULL")),
        Index("ix_photos_referral_id", "referral_id", "place"),
    )

    id: Mapped[UUID] = key()
    person_id: Mapped[UUID] = mapped_column(ForeignKey(PersonRow.id, ondelete="CASCADE"), index=True)
    form_id: Mapped[UUID | None] = mapped_column(ForeignKey("forms.id", ondelete="CASCADE"))
    """The form that it was added to, until the talk takes the form's content over."""
    referral_id: Mapped[UUID | None] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"))
    """None while the report is a draft."""
    place: Mapped[int]
    image: Mapped[bytes | None] = sealed()
    width: Mapped[int]
    height: Mapped[int]
    added_at: Mapped[datetime]


_DELETE_OTHERS = """
    DELETE FROM photos
    WHERE person_id = %(person_id)s AND referral_id IS NULL AND form_id IS NULL AND id <> ALL(%(ids)s::uuid[])
"""


@dataclass(frozen=True, slots=True)
class PhotoItem:
    """A stored photo without its image. Width and height are pixels."""

    id: UUID
    place: int
    width: int
    height: int


async def add(  # noqa: PLR0917 - the contract of the rooms: an image, its size, the moment
    uow: UnitOfWork,
    person_id: UUID,
    image: bytes,
    width: int,
    height: int,
    now: datetime,
    *,
    form_id: UUID | None = None,
) -> UUID:
    """Store a draft's photo after the ones that are there; its id. `image` is a JPEG without metadata."""
    photo_id = uuid4()
    others = PhotoRow.form_id == form_id if form_id else _draft_of(person_id)
    last = await uow.session.scalar(select(func.max(PhotoRow.place)).where(others))
    uow.add(
        PhotoRow(
            id=photo_id,
            person_id=person_id,
            form_id=form_id,
            place=(last or 0) + 1,
            image=uow.keyring.seal_bytes(image, **_COLUMN, row=photo_id),
            width=width,
            height=height,
            added_at=now,
        )
    )
    await uow.flush()
    return photo_id


async def attach(uow: UnitOfWork, person_id: UUID, referral_id: UUID, ids: Sequence[UUID | str]) -> int:
    """The person's drafts among `ids` become the referral's, in that order; their number."""
    place = 0
    for photo_id in _uuids(ids):
        mine = update(PhotoRow).where(_draft_of(person_id), PhotoRow.id == photo_id)
        place += await _changed(uow, mine.values(referral_id=referral_id, form_id=None, place=place + 1))
    return place


async def keep_only(uow: UnitOfWork, person_id: UUID, ids: Sequence[UUID | str]) -> int:
    """Delete the person's drafts that are not among `ids`; their number. What lies in an open form is left alone."""
    deleted = await uow.run(_DELETE_OTHERS, {"person_id": person_id, "ids": list(_uuids(ids))})
    return deleted.rowcount


async def read(reader: Reader, referral_id: UUID, place: int) -> bytes | None:
    """The JPEG at this place of a referral. The caller has made sure that its reader may see the referral."""
    found = select(PhotoRow).where(PhotoRow.referral_id == referral_id, PhotoRow.place == place)
    return _image(reader, await reader.session.scalar(found))


async def of_referral(reader: Reader, referral_id: UUID) -> list[PhotoItem]:
    """The photos of a referral, without their images."""
    return await _items(reader, PhotoRow.referral_id == referral_id)


async def of_form(reader: Reader, form_id: UUID) -> list[PhotoItem]:
    """The photos that lie in a form."""
    return await _items(reader, PhotoRow.form_id == form_id)


async def read_of_form(reader: Reader, form_id: UUID, photo_id: UUID) -> bytes | None:
    """The JPEG of a photo that lies in this form."""
    found = select(PhotoRow).where(PhotoRow.form_id == form_id, PhotoRow.id == photo_id)
    return _image(reader, await reader.session.scalar(found))


async def remove_of_form(uow: UnitOfWork, form_id: UUID, photo_id: UUID) -> bool:
    """Delete a photo that lies in this form; whether there was one."""
    return await _changed(uow, delete(PhotoRow).where(PhotoRow.form_id == form_id, PhotoRow.id == photo_id)) > 0


async def remove_of_forms(uow: UnitOfWork, form_ids: Sequence[UUID]) -> int:
    """Delete all photos that lie in these forms; their number."""
    return await _changed(uow, delete(PhotoRow).where(PhotoRow.form_id.in_(form_ids)))


def lie_in(form_id: Any) -> ColumnElement[bool]:
    """Whether photos lie in the form with this id, as part of a query about forms."""
    return exists().where(PhotoRow.form_id == form_id)


async def move(uow: UnitOfWork, form_id: UUID, to: UUID | None) -> int:
    """The photos of a form go to another form, or with None to the person's draft; their number."""
    return await _changed(uow, update(PhotoRow).where(PhotoRow.form_id == form_id).values(form_id=to))


async def purge(uow: UnitOfWork, now: datetime) -> int:
    """Delete the photos that neither a form, nor a talk that goes on, nor a referral holds; their number."""
    talking = exists().where(ConversationRow.person_id == PhotoRow.person_id, ConversationRow.expires_at > now)
    orphans = (PhotoRow.referral_id.is_(None), PhotoRow.form_id.is_(None), PhotoRow.added_at < now - SPARED)
    return await _changed(uow, delete(PhotoRow).where(*orphans, ~talking))


def _draft_of(person_id: UUID) -> Any:
    mine = PhotoRow.person_id == person_id
    return mine & PhotoRow.referral_id.is_(None) & PhotoRow.form_id.is_(None)


async def _items(reader: Reader, which: Any) -> list[PhotoItem]:
    columns = select(PhotoRow.id, PhotoRow.place, PhotoRow.width, PhotoRow.height)
    rows = await reader.session.execute(columns.where(which).order_by(PhotoRow.place, PhotoRow.added_at))
    return [PhotoItem(*row) for row in rows]


def _image(reader: Reader, row: PhotoRow | None) -> bytes | None:
    if row is None or row.image is None:
        return None
    return reader.keyring.open_bytes(bytes(row.image), **_COLUMN, row=row.id)


def _uuids(ids: Iterable[UUID | str]) -> Iterable[UUID]:
    return (photo_id if isinstance(photo_id, UUID) else UUID(photo_id) for photo_id in ids)


async def _changed(uow: UnitOfWork, statement: Any) -> int:
    result = await uow.session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult)
    return result.rowcount
