"""What a person told, as the record takes it: the report, with the concerns and agencies that routing found in it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from cases.referrals.sheets import ConcernRecord, NewReferral, SuggestionRecord
from cases.referrals.status import Priority
from cases.referrals.vocabulary import Anonymity
from dialogs.effects import Report, Submit
from routing.results import Concern, Suggestion, Urgency

_PRIORITIES: Mapping[Urgency, Priority] = {
    "emergency": Priority.EMERGENCY,
    "soon": Priority.HIGH,
    "routine": Priority.MEDIUM,
}
# The record forgets by these slots when a message is taken back.
_SLOTS: Mapping[str, str] = {
    "story": "free_text",
    "district": "place",
    "place_text": "place",
    "position": "place",
    "phone": "phone",
    "signs": "signs",
    "danger_kinds": "danger",
    "observed_period": "observed_period",
    "immediate_danger": "immediate_danger",
    "household_type": "household_type",
    "reporter_type": "reporter_type",
    "contact": "contact",
}


def referral(person_id: UUID, submit: Submit, suggestion: Suggestion | None) -> NewReferral:
    """The referral of a submitted report; `suggestion` is None where routing was late."""
    report = submit.report
    return NewReferral(
        person_id=person_id,
        receipt=submit.receipt,
        channel="line",
        reporter_type=report.reporter_type,
        anonymity=Anonymity.ANONYMOUS if report.contact == "none" else Anonymity.STAFF_ONLY,
        contact_pref=report.contact,
        phone=report.phone,
        district=report.district,
        place_text=report.place_text,
        position=report.position,
        name=report.name,
        address=report.address,
        free_text=report.story,
        signs=report.signs,
        observed_period=report.observed_period,
        immediate_danger=report.immediate_danger,
        danger_flags=report.danger_kinds,
        household_type=report.household_type,
        priority=priority(report, suggestion),
        concerns=_concerns(submit, suggestion),
        suggestions=_suggestions(suggestion),
        source_messages=_source_messages(report),
        script=submit.script,
        script_version=submit.script_version,
    )


def pressing(report: Report) -> Sequence[str]:
    """Kinds of danger that the reporter says are there now; they make the report an emergency."""
    return (report.danger_kinds or ("life",)) if report.immediate_danger == "yes" else ()


def priority(report: Report, suggestion: Suggestion | None) -> Priority:
    """How soon staff should read it.

    The reporter's own "now in danger" is never weighed down. Danger heard anywhere in the talk is to be read the same
    day, whatever the final words sound like.
    """
    if pressing(report):
        return Priority.EMERGENCY
    heard = Priority.HIGH if report.danger_kinds else Priority.MEDIUM
    found = _PRIORITIES[suggestion.urgency] if suggestion else Priority.MEDIUM
    return min(heard, found, key=list(Priority).index)


def _concerns(submit: Submit, suggestion: Suggestion | None) -> list[ConcernRecord]:
    return [
        ConcernRecord(
            id=concern.id,
            label=concern.label,
            score=concern.score,
            evidence=_evidence(submit, concern),
        )
        for concern in (suggestion.concerns if suggestion else ())
    ]


def _evidence(submit: Submit, concern: Concern) -> list[str]:
    """The words that led to a concern, as the record can show them.

    Routing read the story with the clues below it, a line each: what it found in the story are the person's words,
    what it found in a clue is shown by the label that was tapped.
    """
    story, labels, end = submit.report.story, [], len(submit.report.story)
    for clue in submit.clues:
        end += len(clue.words) + bool(end)  # a line break, except at the very beginning
        labels.append((end, clue.label))
    found: list[str] = []
    for evidence in concern.evidence:
        if evidence.end <= len(story):
            found.append(evidence.text)
        elif evidence.start >= len(story):
            found += [label for end, label in labels if evidence.end <= end][:1]
    return list(dict.fromkeys(found))


def _suggestions(suggestion: Suggestion | None) -> list[SuggestionRecord]:
    if suggestion is None:
        return []
    return [
        SuggestionRecord(
            agency_id=agency.id,
            agency_name=agency.name,
            concerns=agency.concerns,
            open_now=agency.open_now,
            version=suggestion.version,
        )
        for agency in suggestion.agencies
    ]


def _source_messages(report: Report) -> dict[str, list[str]]:
    """Record slot → ids of the messages it came from, each once."""
    found: dict[str, list[str]] = {}
    for slot, messages in report.sources.items():
        if slot in _SLOTS:
            kept = found.setdefault(_SLOTS[slot], [])
            kept.extend(message for message in messages if message not in kept)
    return found
