"""Who may see which referral. Every read and every change of one starts here."""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, false, select, true

from cases.actors import Actor, Role
from cases.db import Reader, UnitOfWork
from cases.errors import NotFound
from cases.referrals.errors import StaleVersion
from cases.referrals.models import Handoff, Referral
from cases.referrals.status import LIVE_HANDOFFS, HandoffStatus, Status

_NEVER_HANDED = (Status.DRAFT, Status.ENTERED_IN_ERROR)


def readable_by(actor: Actor) -> Select[Referral]:
    """The referrals that `actor` may see: the city's staff all but drafts, an agency what it has in hand."""
    return select(Referral).where(_may_read(actor))


async def find(reader: Reader, actor: Actor, referral_id: UUID) -> Referral:
    """One referral that the actor may see.

    Raises:
        NotFound: there is none, or none for this actor.
    """
    referral: Referral | None = await reader.session.scalar(readable_by(actor).where(Referral.id == referral_id))
    if referral is None:
        raise NotFound
    return referral


async def find_for_change(uow: UnitOfWork, actor: Actor, referral_id: UUID, version: int | None = None) -> Referral:
    """One referral that the actor may see, locked until the transaction ends.

    Raises:
        NotFound: there is none, or none for this actor.
        StaleVersion: it is no longer the `version` the actor read. None asks for whatever it is now.
    """
    statement = readable_by(actor).where(Referral.id == referral_id)
    locked = statement.with_for_update(of=Referral).execution_options(populate_existing=True)
    referral: Referral | None = await uow.session.scalar(locked)
    if referral is None:
        raise NotFound
    if version is not None and referral.version != version:
        raise StaleVersion
    return referral


def handed_to(agency_id: str | None, *statuses: HandoffStatus) -> ColumnElement[bool]:
    """The referral has a hand-off in one of `statuses` to this agency."""
    return exists().where(
        Handoff.referral_id == Referral.id, Handoff.agency_id == agency_id, Handoff.status.in_(statuses)
    )


def _may_read(actor: Actor) -> ColumnElement[bool]:
    if actor.role is Role.AGENCY:
        if actor.agency_id is None:
            return false()
        return handed_to(actor.agency_id, *LIVE_HANDOFFS) & Referral.status.not_in(_NEVER_HANDED)
    if actor.role is Role.SYSTEM:
        return true()
    return Referral.status != Status.DRAFT
