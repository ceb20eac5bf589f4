"""安心フォーム: one link, for one person, once. What is typed is sealed, and gone when its time is over.

The link's token is 256 random bits and only its hash is stored. The first browser that agrees is the only one that
is shown anything afterwards; a browser is known by random bits of its own in a cookie, stored as a hash as well.
"""

import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    CursorResult,
    ForeignKey,
    Select,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from cases import audit, inbound, people, photos
from cases.actors import SYSTEM
from cases.base import Base, key, sealed
from cases.crypto import SealBroken, sha256
from cases.db import Reader, UnitOfWork
from cases.people import PersonRow

log = structlog.get_logger()

LIFE = timedelta(minutes=30)
"""How long a link waits to be opened, and how long what was typed is kept after it was typed."""

LONGEST = timedelta(hours=2)
"""How long a form is open at most, however often it is written on, and its words too when they move to a new link.

Each save gives more time, because half an hour is short for somebody who writes slowly (WCAG 2.2.1); without an end the
words would stay open to whoever holds the phone.
"""

MARK_KEPT = timedelta(days=1)
"""How long an emptied form is known for what it was: over, or left in a hurry. Nothing of what was typed is in it."""

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
    ends_at: Mapped[datetime]
    """What `expires_at` is never moved beyond."""
    consent_version: Mapped[str | None]
    consented_at: Mapped[datetime | None]
    fields: Mapped[bytes | None] = sealed()
    saved_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    """Counts what was typed: whoever writes says which one they were looking at."""
    confirmed_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    """画面をすぐ閉じる was pressed: this form is never shown again."""


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
class Consent:
    """The version of the text that was agreed to, and when. `str` of it is what a draft carries along."""

    version: str
    at: datetime

    def __str__(self) -> str:
        return f"{self.version} {self.at.isoformat()}"


@dataclass(frozen=True, slots=True)
class Form:
    """A form, or what is left of it. `is_bound` tells that some browser has it, `is_left` that it was left for good."""

    id: UUID
    person_id: UUID
    browser_hash: bytes | None
    expires_at: datetime
    ends_at: datetime
    consent_version: str
    fields: FormFields
    saved_at: datetime | None
    revision: int
    is_confirmed: bool
    is_left: bool

    @property
    def is_bound(self) -> bool:
        return self.browser_hash is not None

    def is_of(self, browser: str) -> bool:
        """Whether this is the browser that has the form."""
        return self.browser_hash is not None and hmac.compare_digest(self.browser_hash, sha256(browser))

    def is_over(self, now: datetime) -> bool:
        """Whether nothing can be written on it any longer: its time has passed, it was left, or it was confirmed."""
        return self.is_confirmed or self.is_left or self.expires_at <= now


async def issue(uow: UnitOfWork, person_id: UUID, now: datetime) -> str:
    """A new link's token for a person who is locked in this transaction.

    A form that is being filled in is left alone: many answers of the talk carry a link. Its words come over when the
    new link's person agrees (`agree`).
    """
    token = secrets.token_urlsafe(32)
    row = FormRow(
        id=uuid4(),
        person_id=person_id,
        token_hash=sha256(token),
        issued_at=now,
        expires_at=now + LIFE,
        ends_at=now + LONGEST,
    )
    uow.add(row)
    await uow.flush()
    return token


async def find(reader: Reader, token: str) -> Form | None:
    """The form that a link leads to, also where it is over; None where there is none (any longer).

    In a transaction that writes, the form is locked until its end.
    """
    row = await reader.session.scalar(_held(reader, select(FormRow).where(FormRow.token_hash == sha256(token))))
    return None if row is None else _form(reader, row)


async def open(reader: Reader, token: str, now: datetime) -> Form | None:  # noqa: A001 - read as `forms.open`
    """The form behind a link that still works, or None: unknown, over, left and confirmed look the same."""
    form = await find(reader, token)
    return None if form is None or form.is_over(now) else form


async def bind(uow: UnitOfWork, form: Form) -> str:
    """Give the form to the browser at hand, away from any that had it; the secret that the browser keeps.

    The caller has made sure that it may: nobody has the form yet, or the person has proved who they are.
    """
    browser = secrets.token_urlsafe(32)
    await _change(uow, form, browser_hash=sha256(browser))
    return browser


async def leave(uow: UnitOfWork, form: Form, now: datetime) -> None:
    """画面をすぐ閉じる: the form is never shown again, and what was typed goes at once (ADR 0010).

    What was confirmed before is the talk's already, and stays.
    """
    if not form.is_left:
        await _change(uow, form, left_at=now)
        if not form.is_confirmed:
            await _empty(uow, [form.id], now)


async def agree(uow: UnitOfWork, form: Form, version: str, now: datetime) -> None:
    """Note that the person agreed to this version of the consent text, on the form and in the audit log.

    What they were writing behind an earlier link comes over, and that link ends.
    """
    await _change(uow, form, consent_version=version, consented_at=now, expires_at=_until(form, now))
    await audit.record(uow, SYSTEM, "form.consent", "form", form.id, {"version": version}, now)
    await _take_over(uow, form, now)


async def save(uow: UnitOfWork, form: Form, fields: FormFields, now: datetime) -> Form:
    """Keep what was typed; the form as it is now. The photos of `fields` are not looked at: they are stored apart."""
    revision = form.revision + 1
    await _change(uow, form, fields=_sealed(uow, form.id, fields), saved_at=now, revision=revision)
    form = replace(form, fields=replace(fields, photos=()), saved_at=now, revision=revision)
    return await prolong(uow, form, now)


async def prolong(uow: UnitOfWork, form: Form, now: datetime) -> Form:
    """Somebody is at work on the form: it gets `LIFE` from now, within `LONGEST`. The form as it is now."""
    form = replace(form, expires_at=_until(form, now))
    await _change(uow, form, expires_at=form.expires_at)
    return form


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


async def consent(reader: Reader, form_id: UUID) -> Consent | None:
    """What the person of a form agreed to."""
    found = select(FormRow.consent_version, FormRow.consented_at).where(FormRow.id == form_id)
    row = (await reader.session.execute(found)).first()
    return Consent(row[0], row[1]) if row and row[0] and row[1] else None


async def note_consents(uow: UnitOfWork, referral_id: UUID, consents: Iterable[str], now: datetime) -> None:
    """Note in the audit log of a referral what its reporter agreed to, for each form that a draft carried along."""
    for text in consents:
        version, _, at = text.rpartition(" ")
        await audit.record(uow, SYSTEM, "form.consent", "referral", referral_id, {"version": version, "at": at}, now)


async def purge(uow: UnitOfWork, now: datetime) -> int:
    """Empty the forms whose time is over, and delete those emptied long ago; how many were emptied or deleted.

    A confirmed one waits to be taken.
    """
    open_ones = select(FormRow.id).where(FormRow.confirmed_at.is_(None), FormRow.expires_at <= now, _holds_something())
    over = list(await uow.session.scalars(open_ones.with_for_update(skip_locked=True)))
    await _empty(uow, over, now)
    emptied = or_(FormRow.confirmed_at.is_(None), FormRow.fields.is_(None)) & (FormRow.issued_at <= now - MARK_KEPT)
    gone = delete(FormRow).where(or_(emptied, FormRow.confirmed_at <= now - UNTAKEN))
    result = await uow.session.execute(gone, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult)
    return len(over) + result.rowcount


async def _take_over(uow: UnitOfWork, form: Form, now: datetime) -> None:
    """Words and photos of the person's other form move to this one, which ends no later than they would have."""
    others = select(FormRow).where(
        FormRow.person_id == form.person_id,
        FormRow.id != form.id,
        FormRow.confirmed_at.is_(None),
        FormRow.expires_at > now,
        FormRow.browser_hash.is_not(None),
    )
    newest_first = others.order_by(FormRow.saved_at.desc().nulls_last(), FormRow.issued_at.desc())
    older = list(await uow.session.scalars(_held(uow, newest_first)))
    if not older:
        return
    source, fields = older[0], _read_fields(uow, older[0])
    moved = await photos.move(uow, source.id, form.id) if form.saved_at is None else 0
    if form.saved_at is None and (fields is not None or moved):
        form = replace(form, ends_at=min(form.ends_at, source.ends_at))
        await _change(uow, form, ends_at=form.ends_at, expires_at=_until(form, now))
    if form.saved_at is None and fields is not None:
        sealed_again = _sealed(uow, form.id, fields)
        await _change(uow, form, fields=sealed_again, saved_at=source.saved_at, revision=form.revision + 1)
    await _empty(uow, [row.id for row in older], now)


async def _empty(uow: UnitOfWork, form_ids: list[UUID], now: datetime) -> None:
    """Nothing of what was typed is left in these forms, and they are over."""
    if not form_ids:
        return
    emptied = update(FormRow).where(FormRow.id.in_(form_ids))
    values = {"fields": None, "expires_at": func.least(FormRow.expires_at, now)}
    await uow.session.execute(emptied.values(values), execution_options={"synchronize_session": False})
    await photos.remove_of_forms(uow, form_ids)


def _holds_something() -> ColumnElement[bool]:
    return or_(FormRow.fields.is_not(None), photos.lie_in(FormRow.id))


def _until(form: Form, now: datetime) -> datetime:
    return min(now + LIFE, form.ends_at)


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
        ends_at=row.ends_at,
        consent_version=row.consent_version or "",
        fields=_read_fields(reader, row) or FormFields(),
        saved_at=row.saved_at,
        revision=row.revision,
        is_confirmed=row.confirmed_at is not None,
        is_left=row.left_at is not None,
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
