"""Reading referrals. Every read starts at `readable_by`, so that what is foreign and what is missing look the same."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from cases import audit
from cases.actors import Actor, Role
from cases.db import Reader, UnitOfWork
from cases.errors import Forbidden
from cases.referrals.access import find, readable_by
from cases.referrals.errors import ReasonMissing
from cases.referrals.inbox import counts, inbox
from cases.referrals.models import Referral, Reporter
from cases.referrals.reading import read_sheet
from cases.referrals.search import with_number
from cases.referrals.sheets import InboxFilters, InboxRow, ReferralSheet, ReporterSheet, TabCounts

__all__ = [
    "InboxFilters",
    "InboxRow",
    "ReferralSheet",
    "ReporterSheet",
    "TabCounts",
    "counts",
    "get",
    "inbox",
    "note_shown",
    "open_sheet",
    "readable_by",
    "reporter",
    "with_number",
]

_MAY_OPEN_THE_DRAWER = frozenset({Role.ADMINISTRATOR, Role.TRIAGE})


async def get(reader: Reader, actor: Actor, referral_id: UUID) -> ReferralSheet:
    """The sheet as this actor may see it. Where a person reads it, use `open_sheet`.

    Raises:
        NotFound: there is none, or none for this actor.
    """
    return await read_sheet(reader, actor, await find(reader, actor, referral_id))


async def open_sheet(uow: UnitOfWork, actor: Actor, referral_id: UUID, now: datetime) -> ReferralSheet:
    """`get` for the eyes of a person: writes the audit row `referral.read`."""
    sheet = await get(uow, actor, referral_id)
    await audit.record(uow, actor, "referral.read", "referral", referral_id, {}, now)
    return sheet


async def note_shown(
    uow: UnitOfWork, actor: Actor, filters: InboxFilters, shown: Sequence[InboxRow], now: datetime, *, refreshed: bool
) -> None:
    """The audit row `inbox.read` of a list that a person reads, for it quotes the cases; an empty one quotes none.

    A list that a page `refreshed` by itself leaves a row only when it is not the one that was shown last.
    """
    asked = {name: str(value) for name, value in asdict(filters).items() if value is not None}
    detail = asked | {"shown": " ".join(row.referral_no for row in shown)}
    target = str(actor.staff_id)
    last = await audit.last(uow, "inbox", target) if refreshed else None
    if shown and (last is None or last.detail != detail):
        await audit.record(uow, actor, "inbox.read", "inbox", target, detail, now)


async def reporter(uow: UnitOfWork, actor: Actor, referral_id: UUID, reason: str, now: datetime) -> ReporterSheet:
    """Open the reporter's drawer. The reason goes into the audit log.

    The law forbids to let out what could identify a reporter (児童虐待防止法7条, 高齢者虐待防止法8条).

    Raises:
        NotFound: there is no such referral for this actor.
        Forbidden: the role never sees reporters.
        ReasonMissing: see there.
    """
    referral = await find(uow, actor, referral_id)
    if actor.role not in _MAY_OPEN_THE_DRAWER:
        raise Forbidden
    if not reason.strip():
        raise ReasonMissing
    row = await uow.session.get_one(Reporter, referral.id)
    await audit.record(uow, actor, "reporter.read", "referral", referral.id, {"reason": reason.strip()}, now)
    return _reporter_sheet(uow, referral, row)


def _reporter_sheet(uow: UnitOfWork, referral: Referral, row: Reporter) -> ReporterSheet:
    return ReporterSheet(
        referral_id=referral.id,
        reporter_type=row.reporter_type,
        anonymity=row.anonymity,
        name=uow.open(Reporter.name, referral.id, row.name),
        phone=uow.open(Reporter.phone, referral.id, row.phone),
        contact_pref=row.contact_pref,
        ok_times=uow.open(Reporter.ok_times, referral.id, row.ok_times),
        disclose_to_subject=row.disclose_to_subject,
        wants_feedback=row.wants_feedback,
        willing_roles=tuple(row.willing_roles),
        has_line=row.person_id is not None,
    )
