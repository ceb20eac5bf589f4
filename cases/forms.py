"""安心フォーム: one link, for one person, once. What is typed is sealed, and gone when its time is over.

The link's token is 256 random bits and only its hash is stored. The first browser that agrees is the only one that
is shown anything afterwards; a browser is known by random bits of its own in a cookie, stored as a hash as well.
"""

import hmac
import json
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy import CheckConstraint, CursorResult, ForeignKey, Select, delete, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from cases import audit, inbound, people, photos
from cases.actors import SYSTEM
from cases.base import Base, key, sealed
from cases.crypto import SealBroken, sha256
from cases.db import Reader, UnitOfWork
from cases.people import PersonRow

log = structlog.get_logger()

LIFE = timedelta(minutes=30)
"""How long a link works, and how long what was typed behind it is kept."""

UNTAKEN = timedelta(days=14)
"""How long a confirmed form waits for a worker to take it: as long as somebody needs to mend what holds it up."""

MOST_PHOTOS = 3
KIND = "form"
"""The kind of the event that a confirmed form puts into its person's lane."""


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


@dataclass(frozen=True, slots=True)
class FormFields:
    """What was typed, as it was typed: nothing here has been checked before `confirm`.

    `contact` is `line`, `phone`, `none` or empty. `photos` are ids of stored photos; only `take` fills them in.
    """

    story: str = ""
    name: str = ""
    address: str = ""
    landmark: str = ""
    contact: str = ""
    phone: str = ""
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A form that may still be filled in. `is_bound` tells that some browser has it."""

    id: UUID
    person_id: UUID
    browser_hash: bytes | None
    expires_at: datetime
    consent_version: str
    fields: FormFields
    saved_at: datetime | None

    @property
    def is_bound(self) -> bool:
        return self.browser_hash is not None

    def is_of(self, browser: str) -> bool:
        """Whether this is the browser that has the form."""
        return self.browser_hash is not None and hmac.compare_digest(self.browser_hash, sha256(browser))


async def issue(uow: UnitOfWork, person_id: UUID, now: datetime) -> str:
    """A new link's token for a person who is locked in this transaction.

    What an unconfirmed form of theirs holds moves to the new one, and the old link ends.
    """
    token, form_id = secrets.token_urlsafe(32), uuid4()
    older = await _unconfirmed(uow, person_id)
    moved = [_read_fields(uow, row) for row in older if row.expires_at > now and row.fields is not None]
    fields = moved[0] if moved else None
    new = FormRow(id=form_id, person_id=person_id, token_hash=sha256(token), issued_at=now, expires_at=now + LIFE)
    if fields is not None:
        new.fields, new.saved_at = _sealed(uow, form_id, fields), now
    uow.add(new)
    await uow.flush()
    for row in older:
        if row.expires_at > now:
            await photos.move(uow, row.id, form_id)
    # Their times over or not: the links that came before this one are dead.
    await uow.session.execute(
        delete(FormRow).where(FormRow.id.in_([row.id for row in older])),
        execution_options={"synchronize_session": False},
    )
    return token


async def open(reader: Reader, token: str, now: datetime) -> Form | None:  # noqa: A001 - read as `forms.open`
    """The form behind a link that still works, or None: unknown, over, confirmed and superseded look the same.

    In a transaction that writes, the form is locked until its end.
    """
    found = select(FormRow).where(FormRow.token_hash == sha256(token), FormRow.expires_at > now)
    row = await reader.session.scalar(_held(reader, found.where(FormRow.confirmed_at.is_(None))))
    return None if row is None else _form(reader, row)


async def was_confirmed(reader: Reader, token: str, browser: str, now: datetime) -> bool:
    """Whether this browser has confirmed the form of this link: a button that was pressed twice."""
    found = select(FormRow.browser_hash).where(
        FormRow.token_hash == sha256(token), FormRow.expires_at > now, FormRow.confirmed_at.is_not(None)
    )
    stored = await reader.session.scalar(found)
    return stored is not None and hmac.compare_digest(bytes(stored), sha256(browser))


async def bind(uow: UnitOfWork, form: Form) -> str:
    """Give the form to the browser at hand, away from any that had it; the secret that the browser keeps.

    The caller has made sure that it may: nobody has the form yet, or the person has proved who they are.
    """
    browser = secrets.token_urlsafe(32)
    await _change(uow, form, browser_hash=sha256(browser))
    return browser


async def unbind(uow: UnitOfWork, form: Form) -> None:
    """No browser has the form any longer, and none can get it by its link: only a new link brings it back."""
    await _change(uow, form, browser_hash=sha256(secrets.token_urlsafe(32)))


async def agree(uow: UnitOfWork, form: Form, version: str, now: datetime) -> None:
    """Note that the person agreed to this version of the consent text, on the form and in the audit log."""
    await _change(uow, form, consent_version=version, consented_at=now)
    await audit.record(uow, SYSTEM, "form.consent", "form", form.id, {"version": version}, now)


async def save(uow: UnitOfWork, form: Form, fields: FormFields, now: datetime) -> None:
    """Keep what was typed. The photos of `fields` are not looked at: they are stored by themselves."""
    await _change(uow, form, fields=_sealed(uow, form.id, fields), saved_at=now)


async def confirm(uow: UnitOfWork, form: Form, now: datetime) -> None:
    """Hand the form over to the talk: its event stands in the person's lane, in this transaction.

    Raises:
        NotFound: the person is no longer known.
    """
    line_user = await people.line_user(uow, form.person_id)
    await _change(uow, form, confirmed_at=now, fields=_sealed(uow, form.id, form.fields))
    payload = {"type": KIND, "form": str(form.id)}
    await inbound.accept(uow, [inbound.Arrived(f"{KIND}:{form.id}", line_user, KIND, now, payload)], now)


async def take(uow: UnitOfWork, form_id: UUID, person_id: UUID, now: datetime) -> FormFields | None:
    """What a confirmed form holds, once: it is blanked here, and its photos become the person's draft.

    None where it was taken before, is not this person's, or cannot be opened.
    """
    found = select(FormRow).where(FormRow.id == form_id, FormRow.person_id == person_id, FormRow.confirmed_at <= now)
    row = await uow.session.scalar(_held(uow, found))
    if row is None or row.fields is None:
        return None
    fields = _read_fields(uow, row)
    kept = await photos.of_form(uow, form_id)
    await photos.move(uow, form_id, None)
    row.fields = None
    await uow.flush()
    return None if fields is None else replace(fields, photos=tuple(str(photo.id) for photo in kept))


async def purge(uow: UnitOfWork, now: datetime) -> int:
    """Delete the forms whose time is over, with their photos; their number. A confirmed one waits to be taken."""
    done = or_(FormRow.confirmed_at.is_(None), FormRow.fields.is_(None), FormRow.confirmed_at <= now - UNTAKEN)
    result = await uow.session.execute(delete(FormRow).where(FormRow.expires_at <= now, done))
    assert isinstance(result, CursorResult)
    return result.rowcount


async def _unconfirmed(uow: UnitOfWork, person_id: UUID) -> list[FormRow]:
    """The person's open forms, newest first, locked."""
    mine = select(FormRow).where(FormRow.person_id == person_id, FormRow.confirmed_at.is_(None))
    return list(await uow.session.scalars(_held(uow, mine.order_by(FormRow.issued_at.desc()))))


def _held(reader: Reader, statement: Select[FormRow]) -> Select[FormRow]:
    if not isinstance(reader, UnitOfWork):
        return statement
    return statement.with_for_update().execution_options(populate_existing=True)


async def _change(uow: UnitOfWork, form: Form, **values: Any) -> None:
    statement = update(FormRow).where(FormRow.id == form.id).values(values)
    await uow.session.execute(statement, execution_options={"synchronize_session": False})


def _form(reader: Reader, row: FormRow) -> Form:
    return Form(
        id=row.id,
        person_id=row.person_id,
        browser_hash=None if row.browser_hash is None else bytes(row.browser_hash),
        expires_at=row.expires_at,
        consent_version=row.consent_version or "",
        fields=_read_fields(reader, row) or FormFields(),
        saved_at=row.saved_at,
    )


def _sealed(uow: UnitOfWork, form_id: UUID, fields: FormFields) -> bytes | None:
    plain = asdict(replace(fields, photos=()))
    return uow.seal(FormRow.fields, form_id, json.dumps(plain, ensure_ascii=False, separators=(",", ":")))


def _read_fields(reader: Reader, row: FormRow) -> FormFields | None:
    """What was typed; None where nothing was, or where it cannot be opened: the person then writes it again."""
    try:
        plain = reader.open(FormRow.fields, row.id, row.fields)
    except SealBroken:
        log.error("form.unreadable", form=str(row.id))  # noqa: TRY400 - its trace tells nothing more
        return None
    return FormFields(**{**json.loads(plain), "photos": ()}) if plain else None
