"""The forms of the sheet: what each reads from what was typed."""

from dataclasses import dataclass
from datetime import date

from admin.desk import Desk
from admin.fields import Fields
from admin.referral.targets import offices
from cases.referrals.status import Priority, Status
from cases.referrals.vocabulary import CloseReason, DeclineReason, RequestedAction

MOST_REASON = 500
MOST_NOTE = 4000

NAMES = ("take", "status", "priority", "note", "offer", "withdraw", "reporter", "accept", "decline", "begin", "finish")
"""All forms of the sheet; their names are also the keys of what the page says afterwards."""


@dataclass(frozen=True, slots=True)
class StatusChange:
    to: Status
    reason: str
    close_reason: CloseReason | None


@dataclass(frozen=True, slots=True)
class PriorityChange:
    to: Priority
    reason: str


@dataclass(frozen=True, slots=True)
class Offer:
    agency_id: str
    action: RequestedAction
    reason: str
    due: date | None
    contact_prohibited: bool


@dataclass(frozen=True, slots=True)
class Declining:
    reason: DeclineReason
    comment: str


def read_status(fields: Fields) -> StatusChange:
    """Raises Incomplete. An ending needs its reason in the terms of the yearly report."""
    to = fields.choice("to", set(Status))
    reason = fields.text("reason", most=MOST_REASON, required=True)
    closing = to == Status.COMPLETED
    if closing and fields.typed.get("close_reason", "") not in set(CloseReason):
        fields.wrong("close_reason", "close_reason")
    fields.check()
    return StatusChange(Status(to), reason, CloseReason(fields.typed["close_reason"]) if closing else None)


def read_priority(fields: Fields) -> PriorityChange:
    """Raises Incomplete."""
    to = fields.choice("to", set(Priority))
    reason = fields.text("reason", most=MOST_REASON, required=True)
    fields.check()
    return PriorityChange(Priority(to), reason)


def read_offer(desk: Desk, fields: Fields) -> Offer:
    """Raises Incomplete. The deadline is today at the earliest."""
    agency_id = fields.choice("agency_id", {agency.id for agency in offices(desk.city)})
    action = fields.choice("requested_action", set(RequestedAction))
    reason = fields.text("reason", most=MOST_REASON, required=True)
    due = fields.day("due", earliest=desk.today())
    fields.check()
    return Offer(agency_id, RequestedAction(action), reason, due, "contact_prohibited" in fields.typed)


def read_declining(fields: Fields) -> Declining:
    """Raises Incomplete."""
    reason = fields.choice("decline_reason", set(DeclineReason))
    comment = fields.text("comment", most=MOST_REASON)
    fields.check()
    return Declining(DeclineReason(reason), comment)


def read_text(fields: Fields, key: str, most: int) -> str:
    """Raises Incomplete."""
    text = fields.text(key, most=most, required=True)
    fields.check()
    return text
