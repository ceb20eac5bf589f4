"""How the messages about a referral went, for staff: kinds of state and times, never the words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select

from cases.actors import Actor
from cases.crypto import SealBroken
from cases.db import Reader
from cases.outbox import OutboxRow
from cases.referrals.access import readable_by
from cases.referrals.models import Referral

Kind = Literal["under_way", "held", "sent", "not_sent", "unknown", "cancelled"]

_KINDS: dict[str, Kind] = {
    "waiting": "under_way",
    "sending": "under_way",
    "joined": "under_way",
    "held": "held",
    "sent": "sent",
    "not_sent": "not_sent",
    "unknown": "unknown",
    "cancelled": "cancelled",
}
_LOST = ("not_sent", "unknown", "cancelled")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to the person who reported.

    Attributes:
        kind: `sent` is what LINE took; whether a person reads it, LINE tells nobody. `held` waits for the person's next
            word or for the month's end. `cancelled`: the person blocked the account, or took the words back.
        at: when that came about, or when the message was written while it is not at its end.
        reason: the kind of LINE's answer where it was `not_sent`, in one English word; else empty.
    """

    kind: Kind
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """`referrals` are ids and numbers of the newest ones; `number` counts all."""

    number: int
    referrals: tuple[tuple[UUID, str], ...]


async def of_referral(reader: Reader, referral_id: UUID) -> tuple[Delivery, ...]:
    """The messages about this referral, the oldest first. Who may see the referral was decided before."""
    of_it = select(OutboxRow).where(OutboxRow.referral_id == referral_id).order_by(OutboxRow.seq)
    return tuple(_delivery(reader, row) for row in await reader.session.scalars(of_it))


async def undelivered(reader: Reader, actor: Actor, since: datetime, most: int) -> Undelivered:
    """Referrals that `actor` may see, with a message since then that did not arrive, or of which nobody knows."""
    lost = (
        readable_by(actor)
        .join(OutboxRow, OutboxRow.referral_id == Referral.id)
        .where(OutboxRow.state.in_(_LOST), OutboxRow.finished_at >= since)
    )
    newest = (
        lost.with_only_columns(Referral.id, Referral.referral_no)
        .group_by(Referral.id, Referral.referral_no)
        .order_by(func.max(OutboxRow.finished_at).desc(), Referral.id)
        .limit(most)
    )
    found: Sequence[tuple[UUID, str]] = [(row.id, row.referral_no) for row in await reader.session.execute(newest)]
    number = len(found)
    if number == most:
        counted = lost.with_only_columns(func.count(Referral.id.distinct()))
        number = await reader.session.scalar(counted) or 0
    return Undelivered(number, tuple(found))


def _delivery(reader: Reader, row: OutboxRow) -> Delivery:
    reason = _reason(reader, row) if row.state == "not_sent" else ""
    return Delivery(_KINDS[row.state], row.finished_at or row.created_at, reason)


def _reason(reader: Reader, row: OutboxRow) -> str:
    """The second word of what the sender noted: road, verdict, status, LINE's request id."""
    try:
        noted = reader.open(OutboxRow.detail, row.id, row.detail).split()
    except SealBroken:
        return ""
    return noted[1] if len(noted) > 1 else ""
