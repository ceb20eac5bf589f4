"""The inbox: what is to be done, most urgent first, page by page; what is closed stands last."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, exists, func, not_, null, select, true, tuple_
from sqlalchemy.orm import aliased

from cases.actors import Actor, Role
from cases.agencies.models import Agency
from cases.db import Reader
from cases.referrals.access import handed_to, readable_by
from cases.referrals.masking import local_day, masked
from cases.referrals.models import Handoff, MaskedSpan, Referral, ReferralConcern, StatusChange
from cases.referrals.sheets import InboxFilters, InboxRow, Tab, TabCounts
from cases.referrals.status import LIVE_HANDOFFS, HandoffStatus, Status
from cases.staff.models import Staff

COUNTED = 1_000
"""Where counting stops: nobody decides differently for one more, and it costs the same in every year."""

WORDS = 80
"""Code points of what was noticed, shown in the inbox."""

_OPEN = Referral.is_open.expression  # as it stands in the partial indexes; IS TRUE would not find them
_QUEUE = (Referral.urgency, Referral.received_at, Referral.id)


async def inbox(
    reader: Reader, actor: Actor, filters: InboxFilters, limit: int, before: UUID | None = None
) -> list[InboxRow]:
    """One page: open ones first, then most urgent first, then oldest first.

    `before` is the id of the last row of the page before this.
    """
    rows: list[Row[*tuple[Any, ...]]] = []
    for part in await _parts(reader, filters.tab, before):
        if len(rows) < limit:
            found = await reader.session.execute(_page(actor, filters).where(part).limit(limit - len(rows)))
            rows += found.all()
    spans = await _spans(reader, [row.id for row in rows]) if actor.role is Role.AGENCY else {}
    return [_row(reader, actor, row, spans.get(row.id, ())) for row in rows]


async def counts(reader: Reader, actor: Actor) -> TabCounts:
    """How many referrals stand in each tab, each counted up to `COUNTED`."""
    counted = []
    for tab in get_args(Tab):
        some = readable_by(actor).where(_tab(actor, tab)).with_only_columns(Referral.id).limit(COUNTED).subquery()
        counted.append(select(func.count()).select_from(some).scalar_subquery().label(tab))
    return TabCounts(**(await reader.session.execute(select(*counted))).one()._mapping)  # noqa: SLF001 - its public name


async def _parts(reader: Reader, tab: Tab, before: UUID | None) -> list[ColumnElement[bool]]:
    """What is still to be listed, part after part: each part is read from the index that holds its order."""
    parts: list[ColumnElement[bool]] = [_OPEN, not_(_OPEN)] if tab == "all" else [true()]
    place = select(*_QUEUE, Referral.is_open).where(Referral.id == before)
    last = (await reader.session.execute(place)).one_or_none() if before is not None else None
    if last is None:
        return parts
    *queue, was_open = last
    here, *following = parts if was_open else parts[-1:]
    return [here & (tuple_(*_QUEUE) > tuple_(*queue)), *following]


def _page(actor: Actor, filters: InboxFilters) -> Select[*tuple[Any, ...]]:
    return (
        readable_by(actor)
        .where(*_conditions(actor, filters))
        .outerjoin(Staff, Staff.id == Referral.assigned_to)
        .with_only_columns(
            *(Referral.id, Referral.version, Referral.referral_no, Referral.status, Referral.priority),
            *(Referral.received_at, Referral.district, Referral.household_type, Referral.immediate_danger),
            *(Referral.free_text, Referral.signs, Referral.danger_flags),
            *(Referral.assigned_to, Staff.name.label("assigned_name")),
            _concerns().label("concerns"),
            _agencies(actor).label("agencies"),
            _declined(actor).label("declined"),
            _finished(actor).label("finished"),
        )
        .order_by(*_QUEUE)
    )


def _conditions(actor: Actor, filters: InboxFilters) -> list[ColumnElement[bool]]:
    conditions = [_tab(actor, filters.tab)]
    if filters.status is not None:
        conditions.append(Referral.status == filters.status)
    if filters.priority is not None:
        conditions.append(Referral.priority == filters.priority)
    if filters.district is not None:
        conditions.append(Referral.district == filters.district)
    if filters.concern is not None:
        seen = exists().where(ReferralConcern.referral_id == Referral.id, ReferralConcern.concern == filters.concern)
        conditions.append(seen)
    if filters.agency is not None and actor.role is not Role.AGENCY:  # which others have it is not an agency's to ask
        conditions.append(handed_to(filters.agency, *LIVE_HANDOFFS))
    return conditions


def _tab(actor: Actor, tab: Tab) -> ColumnElement[bool]:
    if tab == "all":
        return true()
    if tab == "open":
        return _OPEN
    if tab == "unassigned":
        return _OPEN & Referral.assigned_to.is_(None)
    return _OPEN & (_of_agency(actor, tab) if actor.role is Role.AGENCY else _of_city(actor, tab))


def _of_city(actor: Actor, tab: Tab) -> ColumnElement[bool]:
    return Referral.assigned_to == actor.staff_id if tab == "mine" else Referral.status == Status.OFFERED


def _of_agency(actor: Actor, tab: Tab) -> ColumnElement[bool]:
    at_work = (HandoffStatus.ACCEPTED, HandoffStatus.IN_PROGRESS)
    return handed_to(actor.agency_id, *(at_work if tab == "mine" else (HandoffStatus.OFFERED,)))


def _concerns() -> ColumnElement[Any]:
    labels = func.array_agg(ReferralConcern.label).aggregate_order_by(ReferralConcern.place)
    return select(labels).where(ReferralConcern.referral_id == Referral.id).scalar_subquery()


def _agencies(actor: Actor) -> ColumnElement[Any]:
    own = Handoff.agency_id == actor.agency_id if actor.role is Role.AGENCY else true()
    return _names(Handoff.status.in_(LIVE_HANDOFFS), own)


def _finished(actor: Actor) -> ColumnElement[Any]:
    """Whose support has ended since the city last decided anything: it is the city's turn."""
    decided = select(func.max(StatusChange.at)).where(StatusChange.referral_id == Referral.id).scalar_subquery()
    ended = (Handoff.status == HandoffStatus.COMPLETED, Handoff.finished_at >= decided)
    return null() if actor.role is Role.AGENCY else _names(*ended, _OPEN)


def _names(*which: ColumnElement[bool]) -> ColumnElement[Any]:
    names = func.array_agg(Agency.name).aggregate_order_by(Handoff.offered_at)
    return (
        select(names)
        .where(Handoff.referral_id == Referral.id, Agency.id == Handoff.agency_id, *which)
        .scalar_subquery()
    )


def _declined(actor: Actor) -> ColumnElement[Any]:
    """A decline stays in sight, whatever else is under way, until its agency is asked again."""
    again = aliased(Handoff)
    asked_again = exists().where(
        again.referral_id == Handoff.referral_id,
        again.agency_id == Handoff.agency_id,
        again.offered_at > Handoff.offered_at,
    )
    declined = (Handoff.status == HandoffStatus.DECLINED, ~asked_again)
    return null() if actor.role is Role.AGENCY else _names(*declined, _OPEN)


async def _spans(reader: Reader, ids: list[UUID]) -> dict[UUID, list[tuple[int, int]]]:
    found = await reader.session.execute(
        select(MaskedSpan.referral_id, MaskedSpan.start, MaskedSpan.end)
        .where(MaskedSpan.referral_id.in_(ids))
        .order_by(MaskedSpan.referral_id)
    )
    return {key: [(row.start, row.end) for row in rows] for key, rows in groupby(found, lambda row: row.referral_id)}


def _row(reader: Reader, actor: Actor, row: Row[*tuple[Any, ...]], spans: Sequence[tuple[int, int]]) -> InboxRow:
    words = masked(reader.open(Referral.free_text, row.id, row.free_text), spans)
    return InboxRow(
        id=row.id,
        version=row.version,
        referral_no=row.referral_no,
        status=row.status,
        priority=row.priority,
        received_at=local_day(row.received_at) if actor.role is Role.AGENCY else row.received_at,
        district=row.district,
        household_type=row.household_type,
        immediate_danger=row.immediate_danger,
        words=" ".join(words.split())[:WORDS],
        signs=tuple(row.signs),
        danger_flags=tuple(row.danger_flags),
        concerns=tuple(row.concerns or ()),
        assigned_to=row.assigned_to,
        assigned_name=reader.open(Staff.name, row.assigned_to, row.assigned_name) if row.assigned_to else "",
        agencies=tuple(row.agencies or ()),
        declined=tuple(row.declined or ()),
        finished=tuple(row.finished or ()),
    )
