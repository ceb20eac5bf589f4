"""The course of a referral: changes, notes and hand-offs in one line of time, newest first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from admin.desk import Desk
from admin.labels import Labels
from admin.times import Moment
from cases.referrals.sheets import HandoffSheet, HistoryEntry, Noticed, ReferralSheet
from cases.referrals.status import HandoffStatus
from cases.referrals.vocabulary import YesNo

MOST_WORDS = 5
"""Words quoted as grounds; the heaviest concerns come first, and the rest stand with their concerns."""

_ENDINGS = frozenset({HandoffStatus.COMPLETED, HandoffStatus.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Entry:
    """`kind` is status, priority, note, unsent, handoff or received; `who` and `text` may be empty."""

    at: Moment
    kind: str
    what: str
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class _Event:
    at: datetime
    kind: str
    what: str
    who: str = ""
    text: str = ""


def timeline(desk: Desk, sheet: ReferralSheet, *, day_only: bool) -> tuple[Entry, ...]:
    now = desk.now()
    events = [
        _Event(sheet.received_at, "received", desk.labels.say("event", "received")),
        *(_change(desk, entry) for entry in sheet.history),
        *(event for handoff in sheet.handoffs for event in _handoff(desk, handoff)),
    ]
    # Of events in the same moment, the later written stands above.
    ordered = sorted(events, key=lambda event: event.at)[::-1]
    return tuple(
        Entry(desk.times.moment(event.at, now, day_only=day_only), event.kind, event.what, event.who, event.text)
        for event in ordered
    )


def dangers(desk: Desk, sheet: ReferralSheet) -> Iterator[str]:
    """What tells of danger: the reporter's own answer first, then the kinds."""
    if sheet.noticed.immediate_danger == "yes":
        yield desk.labels.say("reason", "said_danger")
    for kind in sheet.noticed.danger_flags:
        yield desk.labels.label("danger", kind)


def reasons(desk: Desk, sheet: ReferralSheet) -> Iterator[str]:
    """Why the urgency is what it is: how it came in, what led to that, who changed it and why."""
    labels = desk.labels
    yield labels.say("reason", "received", priority=labels.label("priority_long", sheet.intake_priority))
    yield from list(_grounds(labels, sheet.noticed)) or [labels.say("reason", "nothing")]
    changes = [entry for entry in sheet.history if entry.kind == "priority"]
    for change in changes:
        before, after = (labels.label("priority", value) for value in (change.before, change.after))
        yield labels.say("reason", "changed", by=change.by, before=before, after=after, text=change.text)
    if not changes and sheet.priority is not sheet.intake_priority:
        # Who changed it and why is the city's own; that it changed is not.
        yield labels.say("reason", "changed_by_city", priority=labels.label("priority_long", sheet.priority))


def _grounds(labels: Labels, noticed: Noticed) -> Iterator[str]:
    if noticed.immediate_danger in {YesNo.YES, YesNo.NO}:
        yield labels.say("reason", "said_danger" if noticed.immediate_danger == YesNo.YES else "said_no_danger")
    if noticed.danger_flags:
        kinds = "、".join(labels.label("danger", kind) for kind in noticed.danger_flags)
        yield labels.say("reason", "danger", kinds=kinds)
    if noticed.signs:
        yield labels.say("reason", "signs", signs="、".join(labels.label("sign", sign) for sign in noticed.signs))
    words = dict.fromkeys(word for concern in noticed.concerns for word in concern.evidence)
    if words:
        yield labels.say("reason", "words", words="」「".join(list(words)[:MOST_WORDS]))


def _change(desk: Desk, entry: HistoryEntry) -> _Event:
    labels = desk.labels
    if entry.kind == "note":
        return _Event(entry.at, "note", labels.say("event", "note"), entry.by, entry.text)
    if entry.kind == "unsent":
        return _Event(entry.at, "unsent", labels.say("event", "unsent", slot=labels.label("slot", entry.text)))
    before = labels.label(entry.kind, entry.before) if entry.before else ""
    after = labels.label(entry.kind, entry.after)
    key = entry.kind if before else "first_status"
    return _Event(entry.at, entry.kind, labels.say("event", key, before=before, after=after), entry.by, entry.text)


def _handoff(desk: Desk, handoff: HandoffSheet) -> Iterable[_Event]:
    def say(key: str) -> str:
        return desk.labels.say("event", key, agency=handoff.agency_name)

    yield _Event(handoff.offered_at, "handoff", say("offered"), handoff.offered_by)
    if handoff.responded_at:
        answer = "declined" if handoff.status is HandoffStatus.DECLINED else "accepted"
        yield _Event(handoff.responded_at, "handoff", say(answer))
    if handoff.finished_at and handoff.status in _ENDINGS:
        yield _Event(handoff.finished_at, "handoff", say(handoff.status))
