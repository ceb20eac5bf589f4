"""The course of a referral: changes, notes and hand-offs in one line of time, newest first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from admin.desk import Desk
from admin.times import Moment
from cases.referrals.sheets import HandoffSheet, HistoryEntry, ReferralSheet
from cases.referrals.status import HandoffStatus


@dataclass(frozen=True, slots=True)
class Entry:
    """`kind` is status, priority, note, handoff or received; `who` and `text` may be empty."""

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


def reasons(desk: Desk, sheet: ReferralSheet) -> Iterator[str]:
    """Why the urgency is what it is: what the reporter answered, what the words say, who changed it and why."""
    labels, noticed = desk.labels, sheet.noticed
    if noticed.immediate_danger == "yes":
        yield labels.say("reason", "said_danger")
    elif noticed.immediate_danger == "no":
        yield labels.say("reason", "said_no_danger")
    if noticed.danger_flags:
        kinds = "、".join(labels.label("danger", kind) for kind in noticed.danger_flags)
        yield labels.say("reason", "danger", kinds=kinds)
    changes = [entry for entry in sheet.history if entry.kind == "priority"]
    first = changes[0].before if changes else sheet.priority
    yield labels.say("reason", "received", priority=labels.label("priority_long", first))
    for change in changes:
        before, after = (labels.label("priority", value) for value in (change.before, change.after))
        yield labels.say("reason", "changed", by=change.by, before=before, after=after, text=change.text)


def _change(desk: Desk, entry: HistoryEntry) -> _Event:
    labels = desk.labels
    if entry.kind == "note":
        return _Event(entry.at, "note", labels.say("event", "note"), entry.by, entry.text)
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
