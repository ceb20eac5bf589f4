"""Changing referrals. Each change is the actor's to make, leaves its audit row, and counts `version` up."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update

from cases import audit
from cases.actors import SYSTEM, Actor, Role
from cases.db import UnitOfWork
from cases.errors import Conflict, Forbidden, Invalid
from cases.referrals.access import find, find_for_change
from cases.referrals.errors import ReasonMissing, TransitionRefused
from cases.referrals.intake import submit
from cases.referrals.models import (
    Handoff,
    MaskedSpan,
    Note,
    PriorityChange,
    Referral,
    ReferralConcern,
    ReferralSource,
    Reporter,
    StatusChange,
    SuggestionLog,
)
from cases.referrals.reading import UNSENT
from cases.referrals.sheets import ConcernRecord, NewReferral, SuggestionRecord
from cases.referrals.status import CLOSED, LIVE_HANDOFFS, HandoffStatus, Priority, Status, allowed, resumed, taken
from cases.referrals.vocabulary import (
    Anonymity,
    CloseReason,
    ContactPref,
    HouseholdType,
    ObservedPeriod,
    ReporterType,
    Source,
    YesNo,
)
from cases.unsent import message_hashes

__all__ = [
    "Actor",
    "ConcernRecord",
    "NewReferral",
    "SuggestionRecord",
    "add_note",
    "change_priority",
    "change_status",
    "forget_message",
    "move",
    "note_change",
    "submit",
    "take",
]

NEED_REASON = frozenset({Status.CANCELLED, Status.ENTERED_IN_ERROR, Status.REOPENED})
"""States that nobody should have to guess the reason of later."""

_TAKERS = frozenset({Role.ADMINISTRATOR, Role.TRIAGE})
# As it is where the question was never answered; a telephone number counts only where calls are wanted.
_BLANK_REPORTER: Mapping[str, Mapping[str, object]] = {
    "phone": {"phone": None},
    "reporter_type": {"reporter_type": ReporterType.UNANSWERED},
    "contact": {"contact_pref": ContactPref.NONE, "anonymity": Anonymity.ANONYMOUS, "phone": None},
}


async def take(uow: UnitOfWork, actor: Actor, referral_id: UUID, version: int, now: datetime) -> None:
    """担当する: the referral becomes the actor's, also from a colleague. A new one is then being looked into.

    Raises:
        NotFound, StaleVersion: see `find_for_change`.
        Forbidden: only the city's staff take referrals.
        Conflict: it is closed.
    """
    referral = await find_for_change(uow, actor, referral_id, version)
    if actor.role not in _TAKERS:
        raise Forbidden
    if referral.status in CLOSED:
        raise Conflict
    referral.assigned_to = actor.staff_id
    if taken(referral.status) is not referral.status:
        move(uow, actor, referral, taken(referral.status), now)
    await note_change(uow, actor, referral, now, action="referral.take", detail={})


async def change_status(  # noqa: PLR0917 - who, what, to what, why, seen when, when
    uow: UnitOfWork,
    actor: Actor,
    referral_id: UUID,
    to: Status,
    reason: str,
    version: int,
    now: datetime,
    *,
    close_reason: CloseReason | None = None,
) -> None:
    """Lead the referral to another state. Closing it ends its live hand-offs, too; reopening forgets why it was closed.

    Out of rest it returns to where its live hand-offs stand (`status.resumed`).

    Raises:
        NotFound, StaleVersion: see `find_for_change`.
        TransitionRefused: the state is not to be reached from here by this role (`status.allowed`).
        ReasonMissing: see `NEED_REASON`.
    """
    referral = await find_for_change(uow, actor, referral_id, version)
    if to not in allowed(referral.status, actor.role):
        raise TransitionRefused
    if to in NEED_REASON and not reason.strip():
        raise ReasonMissing
    live = await _live_handoffs(uow, referral)
    before, after = referral.status, resumed(to, [handoff.status for handoff in live])
    move(uow, actor, referral, after, now, reason=reason.strip())
    referral.close_reason = close_reason if after in CLOSED else None
    if after in CLOSED:
        _end(live, after, now)
    detail = {"before": before.value, "after": after.value}
    if referral.close_reason is not None:
        detail["close_reason"] = referral.close_reason.value  # which the referral forgets when it is reopened
    await note_change(uow, actor, referral, now, action="referral.status", detail=detail)


async def change_priority(  # noqa: PLR0917 - who, what, to what, why, seen when, when
    uow: UnitOfWork, actor: Actor, referral_id: UUID, to: Priority, reason: str, version: int, now: datetime
) -> None:
    """Change how soon it must be looked at; who did it and why stays with the referral.

    Raises:
        NotFound, StaleVersion: see `find_for_change`.
        Forbidden: only the city's staff weigh urgency.
        ReasonMissing: see there.
    """
    referral = await find_for_change(uow, actor, referral_id, version)
    if actor.role not in _TAKERS:
        raise Forbidden
    if not reason.strip():
        raise ReasonMissing
    detail = {"before": referral.priority.value, "after": to.value}
    row_id = uuid4()
    uow.add(
        PriorityChange(
            id=row_id,
            referral_id=referral.id,
            at=now,
            by=actor.staff_id,
            before=referral.priority,
            after=to,
            reason=uow.seal(PriorityChange.reason, row_id, reason.strip()),
        )
    )
    referral.priority = to
    await note_change(uow, actor, referral, now, action="referral.priority", detail=detail)


async def add_note(uow: UnitOfWork, actor: Actor, referral_id: UUID, text: str, now: datetime) -> None:
    """Add an internal note. An agency's note is read by the agency and the city, the city's by the city only.

    Raises:
        NotFound: see `find`.
        Invalid: nothing is written.
    """
    referral = await find(uow, actor, referral_id)
    if not text.strip():
        raise Invalid
    row_id = uuid4()
    sealed = uow.seal(Note.text, row_id, text.strip())
    uow.add(Note(id=row_id, referral_id=referral.id, at=now, by=actor.staff_id, agency_id=actor.agency_id, text=sealed))
    await uow.flush()
    await audit.record(uow, actor, "referral.note", "referral", referral.id, {}, now)


async def forget_message(uow: UnitOfWork, person_id: UUID, message_id: str, now: datetime) -> list[str]:
    """The reporter took a message back: blank what came from it, in every referral; the slots that were blanked.

    A slot that came from several messages is blanked as a whole, because its words are not kept apart. What the
    system read out of the words goes with them. The priority stays: staff may have acted on it.
    """
    found = await uow.session.execute(
        select(ReferralSource)
        .join(Reporter, Reporter.referral_id == ReferralSource.referral_id)
        .where(
            Reporter.person_id == person_id,
            ReferralSource.message_hash.in_(message_hashes(uow.keyring, message_id)),
            ReferralSource.taken_back.is_(False),
        )
    )
    slots: list[str] = []
    for source in found.scalars().all():
        source.taken_back = True
        slots.append(source.slot)
        referral = await find_for_change(uow, SYSTEM, source.referral_id)
        await _blank(uow, referral, source.slot)
        await note_change(uow, SYSTEM, referral, now, action=UNSENT, detail={"slot": source.slot})
    return slots


def move(uow: UnitOfWork, actor: Actor, referral: Referral, to: Status, now: datetime, *, reason: str = "") -> None:
    """Set the state and write it into the history. Whether it may be set is the caller's to know."""
    row_id = uuid4()
    uow.add(
        StatusChange(
            id=row_id,
            referral_id=referral.id,
            at=now,
            by=actor.staff_id,
            role=actor.role,
            before=referral.status,
            after=to,
            reason=uow.seal(StatusChange.reason, row_id, reason),
        )
    )
    referral.status = to


async def note_change(
    uow: UnitOfWork, actor: Actor, referral: Referral, now: datetime, *, action: str, detail: dict[str, str]
) -> None:
    """Count the version up and write the audit row of a change just made."""
    referral.version += 1
    referral.updated_at = now
    await uow.flush()
    await audit.record(uow, actor, action, "referral", referral.id, detail, now)


async def _live_handoffs(uow: UnitOfWork, referral: Referral) -> Sequence[Handoff]:
    live = select(Handoff).where(Handoff.referral_id == referral.id, Handoff.status.in_(LIVE_HANDOFFS))
    return (await uow.session.scalars(live)).all()


def _end(live: Iterable[Handoff], to: Status, now: datetime) -> None:
    """No agency keeps work with a closed referral: what was under way ends with it, the rest is withdrawn."""
    for handoff in live:
        served = to is Status.COMPLETED and handoff.status is not HandoffStatus.OFFERED
        handoff.status = HandoffStatus.COMPLETED if served else HandoffStatus.WITHDRAWN
        handoff.finished_at = now


async def _blank(uow: UnitOfWork, referral: Referral, slot: str) -> None:
    if slot == "free_text":
        referral.free_text, referral.danger_flags = None, []
        await uow.session.execute(delete(MaskedSpan).where(MaskedSpan.referral_id == referral.id))
        await _forget_findings(uow, referral)
    elif slot == "danger":
        referral.danger_flags = []
    elif slot == "place":
        referral.landmark = referral.position = referral.district = None
    elif slot == "signs":
        referral.signs = []
        await _forget_findings(uow, referral)
    elif slot == "observed_period":
        referral.observed_period = ObservedPeriod.UNKNOWN
    elif slot == "immediate_danger":
        referral.immediate_danger = YesNo.UNKNOWN
    elif slot == "household_type":
        referral.household_type = HouseholdType.UNKNOWN
        await _forget_findings(uow, referral)
    elif slot in _BLANK_REPORTER:
        reporter = update(Reporter).where(Reporter.referral_id == referral.id)
        await uow.session.execute(reporter.values(_BLANK_REPORTER[slot]))


async def _forget_findings(uow: UnitOfWork, referral: Referral) -> None:
    """What the system found in story, signs and household together, so that none can be kept apart.

    These are concerns and agencies.
    """
    found = (ReferralConcern.referral_id == referral.id, ReferralConcern.source == Source.SYSTEM)
    await uow.session.execute(delete(ReferralConcern).where(*found))
    await uow.session.execute(delete(SuggestionLog).where(SuggestionLog.referral_id == referral.id))
