"""What goes into the record and what is read from it, as plain values: opened, frozen, free of the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from cases.referrals.status import HandoffStatus, Priority, Status

Tab = Literal["unassigned", "mine", "offered", "open", "all"]
HistoryKind = Literal["status", "priority", "note", "unsent"]


@dataclass(frozen=True, slots=True)
class ConcernRecord:
    """A concern with the words that led to it. `source` is reporter, system or staff."""

    id: str
    label: str
    score: float | None = None
    evidence: Sequence[str] = ()
    source: str = "system"


@dataclass(frozen=True, slots=True)
class SuggestionRecord:
    """An agency as it was suggested; `version` names the rules and lexicon that did it."""

    agency_id: str
    agency_name: str
    concerns: Sequence[str] = ()
    score: float | None = None
    open_now: bool | None = None
    version: str = ""
    adopted: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReferral:
    """A report as it comes from a door. Codes are those of `vocabulary`; an unknown code is kept as "not known".

    Attributes:
        person_id: who reports; kept in the reporter's drawer only. None for what staff write down themselves.
        receipt: the receipt code given to the reporter; the same receipt never makes a second referral.
        position: latitude and longitude, already rounded to about 100 m.
        name: of the person it is about; empty where it was not told. `address` likewise.
        source_messages: slot → ids of the LINE messages it came from, so that an unsend can be honoured.
            Slots that can be taken back: free_text, place, phone, signs, danger (what `danger_flags` was heard in).
    """

    person_id: UUID | None
    receipt: str
    free_text: str
    channel: str = "line"
    reporter_type: str = "unanswered"
    anonymity: str = "anonymous"
    contact_pref: str = "none"
    phone: str = ""
    district: str | None = None
    place_text: str = ""
    position: tuple[float, float] | None = None
    name: str = ""
    address: str = ""
    signs: Sequence[str] = ()
    observed_period: str = "unknown"
    immediate_danger: str = "unknown"
    danger_flags: Sequence[str] = ()
    household_type: str = "unknown"
    priority: Priority = Priority.MEDIUM
    concerns: Sequence[ConcernRecord] = ()
    suggestions: Sequence[SuggestionRecord] = ()
    source_messages: Mapping[str, Sequence[str]] = field(default_factory=dict)
    script: str = ""
    script_version: int = 0
    language: str = "ja"


@dataclass(frozen=True, slots=True)
class Member:
    """C a member of the household."""

    relation: str
    age_band: str
    conditions: tuple[str, ...]
    needs_support: str


@dataclass(frozen=True, slots=True)
class Subject:
    """C who it is about, and where."""

    known: str
    name: str
    kana: str
    age_band: str
    gender: str
    address: str
    landmark: str
    position: tuple[float, float] | None
    town: str
    district: str | None
    household_type: str
    members: tuple[Member, ...]
    language: str
    comm_needs: tuple[str, ...]
    known_benefits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Noticed:
    """D what was noticed. For an agency, masked spans of `free_text` are blacked out."""

    free_text: str
    signs: tuple[str, ...]
    concerns: tuple[ConcernRecord, ...]
    observed_period: str
    frequency: str
    data_source: str
    immediate_danger: str
    danger_flags: tuple[str, ...]
    subject_wish: str
    strengths: str
    taken_back: tuple[str, ...]
    """Slots whose words the reporter took back by an unsend."""


@dataclass(frozen=True, slots=True)
class Consent:
    """E consent, and the legal ground of sharing without it."""

    status: str
    scope: tuple[str, ...]
    method: str | None
    at: datetime | None
    legal_basis: str | None
    forum: str
    override_reason: str


@dataclass(frozen=True, slots=True)
class InvolvedAgency:
    """F an agency already there."""

    agency_name: str
    contact: str
    period: str
    state: str


@dataclass(frozen=True, slots=True)
class HandoffSheet:
    """G one hand-off. `contact_prohibited`: the person must not be contacted directly."""

    id: UUID
    agency_id: str
    agency_name: str
    status: HandoffStatus
    requested_action: str
    reason: str
    due: date | None
    contact_prohibited: bool
    offered_at: datetime
    offered_by: str
    responded_at: datetime | None
    decline_reason: str | None
    comment: str
    finished_at: datetime | None
    """When it was over, however it ended."""


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """H the newest plan. `goals` is its text; dates are local."""

    revision: int
    goals: str
    starts_on: date | None
    ends_on: date | None
    review_on: date | None
    outreach_needed: bool
    participation_needed: bool
    evaluation: str | None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of the sheet's history. `before`/`after` are status or priority codes, empty for the other kinds.

    For `unsent`, `text` is the slot that the reporter took back.
    """

    at: datetime
    kind: HistoryKind
    by: str
    text: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class ReferralSheet:
    """A つなぐシート as one actor may see it. `version` goes back with every change (optimistic lock).

    An agency's sheet holds no receipt, no kind of reporter, no other agency's hand-offs, no internal notes of others,
    no suggestions, and times at the start of their Japanese day: a time of report can tell who reported.
    """

    id: UUID
    version: int
    referral_no: str
    receipt: str
    status: Status
    priority: Priority
    intake_priority: Priority
    """The priority it came in with, before anybody changed it."""
    channel: str
    reporter_type: str
    """B what kind of person reported (近隣住民 …), for the city's staff only; who it was stays in the drawer."""
    received_at: datetime
    updated_at: datetime
    assigned_to: UUID | None
    assigned_name: str
    close_reason: str | None
    duplicate_of: UUID | None
    script: str
    subject: Subject
    noticed: Noticed
    consent: Consent
    involved: tuple[InvolvedAgency, ...]
    past_actions: str
    commissioner_ok: str
    visit_risks: tuple[str, ...]
    handoffs: tuple[HandoffSheet, ...]
    suggestions: tuple[SuggestionRecord, ...]
    plan: PlanSummary | None
    history: tuple[HistoryEntry, ...]


@dataclass(frozen=True, slots=True)
class ReporterSheet:
    """B the reporter: opened only with a reason, and never by an agency."""

    referral_id: UUID
    reporter_type: str
    anonymity: str
    name: str
    phone: str
    contact_pref: str
    ok_times: str
    disclose_to_subject: bool
    wants_feedback: str
    willing_roles: tuple[str, ...]
    has_line: bool
    """Whether a message can be sent to the reporter over LINE."""


@dataclass(frozen=True, slots=True)
class InboxFilters:
    """What to show. `concern` is a concern id, `agency` an agency with a live hand-off (asked by the city only)."""

    tab: Tab = "open"
    status: Status | None = None
    priority: Priority | None = None
    district: str | None = None
    concern: str | None = None
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One line of the inbox. `words` is the beginning of what was noticed, masked for an agency."""

    id: UUID
    version: int
    referral_no: str
    status: Status
    priority: Priority
    received_at: datetime
    district: str | None
    household_type: str
    immediate_danger: str
    words: str
    signs: tuple[str, ...]
    danger_flags: tuple[str, ...]
    concerns: tuple[str, ...]
    assigned_to: UUID | None
    assigned_name: str
    agencies: tuple[str, ...]
    """Names of the agencies with a live hand-off; for an agency only its own."""
    declined: tuple[str, ...]
    """Names of the agencies that declined and were not asked again, for the city of an open referral."""
    finished: tuple[str, ...]
    """Names of the agencies whose support ended since the last change of state, for the city of an open referral."""


@dataclass(frozen=True, slots=True)
class TabCounts:
    """Referrals per tab; each number stops at `inbox.COUNTED` (1,000)."""

    unassigned: int
    mine: int
    offered: int
    open: int
    all: int
