"""Hand-offs (つなぎ): 打診 → 受理・辞退 → 支援中 → 終結. The city stays responsible until the loop is closed.

The referral's own state follows from its hand-offs (`status.following`).
"""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import exists, select, update

from cases.actors import Actor, Role
from cases.agencies import is_active
from cases.db import UnitOfWork
from cases.errors import Forbidden, NotFound
from cases.referrals.access import find_for_change
from cases.referrals.errors import AgencyUnknown, AlreadyOffered, TransitionRefused
from cases.referrals.models import Handoff, Referral, SuggestionLog
from cases.referrals.service import move, note_change
from cases.referrals.status import LIVE_HANDOFFS, HandoffStatus, following, handoff_allowed, may_offer
from cases.referrals.vocabulary import DeclineReason, RequestedAction

_OFFERERS = frozenset({Role.ADMINISTRATOR, Role.TRIAGE})


async def offer(  # noqa: PLR0917 - who, what, to whom, what for, when: as on the paper form
    uow: UnitOfWork,
    actor: Actor,
    referral_id: UUID,
    agency_id: str,
    requested_action: RequestedAction,
    reason: str,
    due: date | None,
    now: datetime,
    *,
    contact_prohibited: bool = False,
) -> UUID:
    """打診: ask an agency to take the referral over; the hand-off's id. `due` is a local date.

    Raises:
        NotFound: there is no such referral for this actor.
        Forbidden: only the city's staff hand on.
        TransitionRefused: the referral is closed.
        AgencyUnknown, AlreadyOffered: see there.
    """
    referral = await find_for_change(uow, actor, referral_id)
    if actor.role not in _OFFERERS:
        raise Forbidden
    if not may_offer(referral.status):
        raise TransitionRefused
    if not await is_active(uow, agency_id):
        raise AgencyUnknown
    if await _has_live(uow, referral, agency_id):
        raise AlreadyOffered
    handoff_id = uuid4()
    handoff = Handoff(
        id=handoff_id,
        referral_id=referral.id,
        agency_id=agency_id,
        status=HandoffStatus.OFFERED,
        requested_action=requested_action,
        reason=uow.seal(Handoff.reason, handoff_id, reason.strip()),
        due=due,
        contact_prohibited=contact_prohibited,
        offered_at=now,
        offered_by=actor.staff_id,
    )
    uow.add(handoff)
    await _adopt_suggestion(uow, actor, handoff)
    await _follow(uow, actor, referral, handoff, now)
    return handoff_id


async def accept(uow: UnitOfWork, actor: Actor, handoff_id: UUID, now: datetime) -> None:
    """受理. For what every step of a hand-off raises, see `_step`."""
    await _step(uow, actor, handoff_id, HandoffStatus.ACCEPTED, now)


async def decline(  # noqa: PLR0917 - who, what, why, when
    uow: UnitOfWork, actor: Actor, handoff_id: UUID, decline_reason: DeclineReason, comment: str, now: datetime
) -> None:
    """辞退, with its reason: what no agency can take shows where support is missing."""
    await _step(uow, actor, handoff_id, HandoffStatus.DECLINED, now, decline_reason=decline_reason, comment=comment)


async def begin(uow: UnitOfWork, actor: Actor, handoff_id: UUID, now: datetime) -> None:
    """支援中."""
    await _step(uow, actor, handoff_id, HandoffStatus.IN_PROGRESS, now)


async def finish(uow: UnitOfWork, actor: Actor, handoff_id: UUID, now: datetime) -> None:
    """終結 of this agency's part. The referral goes back to the city, which closes it or hands it on."""
    await _step(uow, actor, handoff_id, HandoffStatus.COMPLETED, now)


async def withdraw(uow: UnitOfWork, actor: Actor, handoff_id: UUID, now: datetime) -> None:
    """取下げ by the city: the agency no longer sees the referral."""
    await _step(uow, actor, handoff_id, HandoffStatus.WITHDRAWN, now)


async def _step(
    uow: UnitOfWork,
    actor: Actor,
    handoff_id: UUID,
    to: HandoffStatus,
    now: datetime,
    *,
    decline_reason: DeclineReason | None = None,
    comment: str = "",
) -> None:
    """One step of a hand-off.

    Raises:
        NotFound: there is no such hand-off, or it is another agency's.
        TransitionRefused: it does not lead there from where it stands, or not for this role.
    """
    referral, handoff = await _find(uow, actor, handoff_id)
    if to not in handoff_allowed(handoff.status, actor.role):
        raise TransitionRefused
    if to in {HandoffStatus.ACCEPTED, HandoffStatus.DECLINED}:
        handoff.responded_at, handoff.responded_by = now, actor.staff_id
    if to not in {HandoffStatus.ACCEPTED, HandoffStatus.IN_PROGRESS}:
        handoff.finished_at = now
    handoff.status = to
    if decline_reason is not None:
        handoff.decline_reason = decline_reason
        handoff.comment = uow.seal(Handoff.comment, handoff.id, comment.strip())
    await _follow(uow, actor, referral, handoff, now)


async def _find(uow: UnitOfWork, actor: Actor, handoff_id: UUID) -> tuple[Referral, Handoff]:
    """The hand-off, and its referral locked: two steps of one referral follow each other."""
    of = select(Handoff.referral_id).where(Handoff.id == handoff_id)
    if actor.role is Role.AGENCY:
        of = of.where(Handoff.agency_id == actor.agency_id)
    referral_id = await uow.session.scalar(of)
    if referral_id is None:
        raise NotFound
    referral = await find_for_change(uow, actor, referral_id)
    return referral, await uow.session.get_one(Handoff, handoff_id, populate_existing=True)


async def _has_live(uow: UnitOfWork, referral: Referral, agency_id: str) -> bool:
    live = exists().where(
        Handoff.referral_id == referral.id, Handoff.agency_id == agency_id, Handoff.status.in_(LIVE_HANDOFFS)
    )
    return bool(await uow.session.scalar(select(live)))


async def _adopt_suggestion(uow: UnitOfWork, actor: Actor, handoff: Handoff) -> None:
    """Staff followed the suggestion: the next ranking learns from it."""
    await uow.session.execute(
        update(SuggestionLog)
        .where(SuggestionLog.referral_id == handoff.referral_id, SuggestionLog.agency_id == handoff.agency_id)
        .values(adopted=True, decided_by=actor.staff_id)
    )


async def _follow(uow: UnitOfWork, actor: Actor, referral: Referral, handoff: Handoff, now: datetime) -> None:
    """Let the referral's state follow its hand-offs, and write both steps down."""
    await uow.flush()
    states = await uow.session.scalars(select(Handoff.status).where(Handoff.referral_id == referral.id))
    to = following(referral.status, states.all(), handoff.status)
    if to is not referral.status:
        move(uow, actor, referral, to, now)
    detail = {"agency": handoff.agency_id, "handoff": str(handoff.id)}
    await note_change(uow, actor, referral, now, action=f"handoff.{handoff.status.value}", detail=detail)
