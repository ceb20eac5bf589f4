"""The status machine of a referral and of a hand-off: which step leads where, and whose it is. Pure."""

from collections.abc import Collection
from enum import StrEnum

from cases.actors import Role


class Status(StrEnum):
    """State of a referral.

    draft 下書き · submitted 受付 · triage 確認中 · assigned 割当 · offered つなぎ先打診 · accepted 受理 ·
    declined 辞退 · in_progress 支援中 · on_hold 保留 · completed 終結 ·
    cancelled 取消 · entered_in_error 誤登録 · reopened 再開.
    """

    DRAFT = "draft"
    SUBMITTED = "submitted"
    TRIAGE = "triage"
    ASSIGNED = "assigned"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered_in_error"
    REOPENED = "reopened"


class HandoffStatus(StrEnum):
    """State of a hand-off.

    offered 打診 · accepted 受理 · declined 辞退 · in_progress 支援中 · completed 終結 · withdrawn 取下げ.
    """

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


class Priority(StrEnum):
    """emergency 今すぐ · high 当日 · medium 1週間 · low 見守り・情報提供."""

    EMERGENCY = "emergency"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


CLOSED = frozenset({Status.COMPLETED, Status.CANCELLED, Status.ENTERED_IN_ERROR})
"""Nobody has work with these."""

LIVE_HANDOFFS = frozenset({HandoffStatus.OFFERED, HandoffStatus.ACCEPTED, HandoffStatus.IN_PROGRESS})
"""Hand-offs that are not over. They open the referral to their agency; one that is over closes it again.

The work gave the need to know (個人情報保護法69条), and it ends with the work: what the city learns and does
afterwards, perhaps with another agency, is none of the first one's.
"""

_ENDINGS = frozenset({Status.ON_HOLD, Status.COMPLETED, Status.CANCELLED, Status.ENTERED_IN_ERROR})
_AT_THE_CITY = frozenset({Status.TRIAGE, Status.ASSIGNED, Status.IN_PROGRESS}) | _ENDINGS
_WAITING = frozenset({Status.SUBMITTED, Status.DECLINED, Status.REOPENED})

_BY_TRIAGE: dict[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset(),
    Status.SUBMITTED: frozenset({Status.TRIAGE, Status.ASSIGNED, Status.CANCELLED, Status.ENTERED_IN_ERROR}),
    Status.TRIAGE: _AT_THE_CITY,
    Status.ASSIGNED: _AT_THE_CITY,
    Status.OFFERED: _ENDINGS,
    Status.ACCEPTED: _ENDINGS | {Status.IN_PROGRESS},
    Status.DECLINED: _AT_THE_CITY,
    Status.IN_PROGRESS: _ENDINGS,
    Status.ON_HOLD: _AT_THE_CITY,
    Status.COMPLETED: frozenset({Status.REOPENED}),
    Status.CANCELLED: frozenset({Status.REOPENED}),
    Status.ENTERED_IN_ERROR: frozenset(),
    Status.REOPENED: _AT_THE_CITY,
}
_BY_SYSTEM: dict[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.SUBMITTED, Status.CANCELLED}),
    Status.SUBMITTED: frozenset({Status.CANCELLED}),
}
_ONLY_ADMINISTRATOR: dict[Status, frozenset[Status]] = {
    Status.ENTERED_IN_ERROR: frozenset({Status.REOPENED}),
}

_HANDOFF_STEPS: dict[HandoffStatus, frozenset[HandoffStatus]] = {
    HandoffStatus.OFFERED: frozenset({HandoffStatus.ACCEPTED, HandoffStatus.DECLINED, HandoffStatus.WITHDRAWN}),
    HandoffStatus.ACCEPTED: frozenset(
        {HandoffStatus.IN_PROGRESS, HandoffStatus.COMPLETED, HandoffStatus.WITHDRAWN},
    ),
    HandoffStatus.IN_PROGRESS: frozenset({HandoffStatus.COMPLETED, HandoffStatus.WITHDRAWN}),
}
_ADVANCE = (HandoffStatus.IN_PROGRESS, HandoffStatus.ACCEPTED, HandoffStatus.OFFERED)


def allowed(status: Status, role: Role) -> frozenset[Status]:
    """Where `role` may lead a referral by its own decision. An agency acts through its hand-offs only.

    `offered`, `accepted` and `declined` are never chosen: they follow from the hand-offs (`following`).
    """
    if role is Role.SYSTEM:
        return _BY_SYSTEM.get(status, frozenset())
    if role is Role.AGENCY:
        return frozenset()
    extra = _ONLY_ADMINISTRATOR.get(status, frozenset()) if role is Role.ADMINISTRATOR else frozenset()
    return (_BY_TRIAGE[status] | extra) - {status}


def handoff_allowed(status: HandoffStatus, role: Role) -> frozenset[HandoffStatus]:
    """Where `role` may lead a hand-off. Only the side that offered can withdraw; the system does neither."""
    steps = _HANDOFF_STEPS.get(status, frozenset())
    if role is Role.SYSTEM:
        return frozenset()
    return steps - {HandoffStatus.WITHDRAWN} if role is Role.AGENCY else steps


def may_offer(status: Status) -> bool:
    """Whether a referral in this state can be offered to an agency."""
    return status not in CLOSED | {Status.DRAFT}


def taken(status: Status) -> Status:
    """The state after somebody took the referral: what waited for anybody is being looked into, the rest goes on."""
    return Status.TRIAGE if status in _WAITING else status


def resumed(to: Status, handoffs: Collection[HandoffStatus]) -> Status:
    """Where a referral stands that the city leads to `to`: back at the desk it never hides what agencies have in hand.

    Only a resting referral can be led there while hand-offs are live.
    """
    return _most_advanced(handoffs) or to if to in {Status.TRIAGE, Status.ASSIGNED} else to


def following(current: Status, handoffs: Collection[HandoffStatus], step: HandoffStatus) -> Status:
    """The referral's status after `step` left its hand-offs as they are: the most advanced live one speaks for all.

    When none is live any more, the referral is back in the city's hands, and only the city ends it: declined when the
    last agency declined and none has served, assigned otherwise. A closed or resting referral is not moved by a late
    step.
    """
    if current in CLOSED or (current is Status.ON_HOLD and step is not HandoffStatus.OFFERED):
        return current
    refused = step is HandoffStatus.DECLINED and HandoffStatus.COMPLETED not in handoffs
    return _most_advanced(handoffs) or (Status.DECLINED if refused else Status.ASSIGNED)


def _most_advanced(handoffs: Collection[HandoffStatus]) -> Status | None:
    return next((Status(state) for state in _ADVANCE if state in handoffs), None)
