"""The tables of a つなぐシート, group by group (A reception to I keeping)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from cases.actors import Role
from cases.agencies.models import Agency
from cases.base import Base, choice, choices, key, sealed, words
from cases.people import PersonRow
from cases.referrals import vocabulary as v
from cases.referrals.status import CLOSED, LIVE_HANDOFFS, HandoffStatus, Priority, Status
from cases.staff.models import Staff

_NOT_OPEN = ", ".join(f"'{status}'" for status in sorted(CLOSED | {Status.DRAFT}))
_LIVE = ", ".join(f"'{status}'" for status in sorted(LIVE_HANDOFFS))
_IS_OPEN = f"status NOT IN ({_NOT_OPEN})"
_URGENCY = "CASE priority WHEN 'emergency' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END"
_QUEUE = ("urgency", "received_at", "id")


def of_referral(*, index: bool = True) -> Mapped[UUID]:
    """A row that belongs to a referral and goes with it."""
    return mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"), index=index)


class Referral(Base):
    """Groups A, C, D, E, F and I. The reporter is in a table of its own."""

    __tablename__ = "referrals"
    __table_args__ = (
        Index("ix_referrals_queue", *_QUEUE),
        Index("ix_referrals_open", *_QUEUE, postgresql_where=text("is_open")),
        Index("ix_referrals_assigned", "assigned_to", *_QUEUE, postgresql_where=text("is_open")),
        Index("ix_referrals_district", "district", *_QUEUE, postgresql_where=text("is_open")),
        Index("ix_referrals_status", "status", *_QUEUE, postgresql_where=text("is_open")),
    )

    # A reception
    id: Mapped[UUID] = key()
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    referral_no: Mapped[str] = mapped_column(unique=True)
    receipt: Mapped[bytes | None] = sealed()
    receipt_hash: Mapped[bytes] = mapped_column(unique=True)
    received_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    channel: Mapped[v.Channel] = choice(v.Channel)
    received_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))
    origin_agency: Mapped[str | None] = mapped_column(ForeignKey(Agency.id))
    assigned_to: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))
    status: Mapped[Status] = choice(Status)
    is_open: Mapped[bool] = mapped_column(Computed(_IS_OPEN, persisted=True))
    priority: Mapped[Priority] = choice(Priority)
    urgency: Mapped[int] = mapped_column(Integer, Computed(_URGENCY, persisted=True))
    duplicate_of: Mapped[UUID | None] = mapped_column(ForeignKey("referrals.id", ondelete="SET NULL"))
    script: Mapped[str] = mapped_column(default="", server_default="")
    script_version: Mapped[int] = mapped_column(default=0, server_default="0")

    # C subject and household
    subject_known: Mapped[v.SubjectKnown] = choice(v.SubjectKnown, server_default="unknown")
    name: Mapped[bytes | None] = sealed()
    kana: Mapped[bytes | None] = sealed()
    age_band: Mapped[v.AgeBand] = choice(v.AgeBand, server_default="unknown")
    gender: Mapped[v.Gender] = choice(v.Gender, server_default="unknown")
    address: Mapped[bytes | None] = sealed()
    landmark: Mapped[bytes | None] = sealed()
    position: Mapped[bytes | None] = sealed()
    town: Mapped[bytes | None] = sealed()
    district: Mapped[str | None]
    household_type: Mapped[v.HouseholdType] = choice(v.HouseholdType, server_default="unknown")
    language: Mapped[str] = mapped_column(default="ja", server_default="ja")
    comm_needs: Mapped[list[str]] = words()
    known_benefits: Mapped[list[str]] = words()

    # D what was noticed
    free_text: Mapped[bytes | None] = sealed()
    signs: Mapped[list[str]] = words()
    observed_period: Mapped[v.ObservedPeriod] = choice(v.ObservedPeriod, server_default="unknown")
    frequency: Mapped[v.Frequency] = choice(v.Frequency, server_default="unknown")
    data_source: Mapped[v.DataSource] = choice(v.DataSource, server_default="unknown")
    immediate_danger: Mapped[v.YesNo] = choice(v.YesNo, server_default="unknown")
    danger_flags: Mapped[list[str]] = words()
    subject_wish: Mapped[bytes | None] = sealed()
    strengths: Mapped[bytes | None] = sealed()

    # E consent
    consent_status: Mapped[v.ConsentStatus] = choice(v.ConsentStatus, server_default="not_asked")
    consent_scope: Mapped[list[str]] = words()
    consent_method: Mapped[v.ConsentMethod | None] = choice(v.ConsentMethod)
    consent_at: Mapped[datetime | None]
    consent_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))
    legal_basis: Mapped[v.LegalBasis | None] = choice(v.LegalBasis)
    forum: Mapped[v.Forum] = choice(v.Forum, server_default="none")
    override_reason: Mapped[bytes | None] = sealed()
    override_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))

    # F what was tried
    past_actions: Mapped[bytes | None] = sealed()
    commissioner_ok: Mapped[v.YesNo] = choice(v.YesNo, server_default="unknown")
    visit_risks: Mapped[list[v.VisitRisk]] = choices(v.VisitRisk)

    # H how it ended, I keeping
    close_reason: Mapped[v.CloseReason | None] = choice(v.CloseReason)
    retention_class: Mapped[str] = mapped_column(default="standard", server_default="standard")
    dispose_after: Mapped[date | None]
    hold: Mapped[bool] = mapped_column(default=False, server_default="false")


class ReferralCounter(Base):
    """The last serial number given in a fiscal year; its row lock makes the numbers follow without gaps."""

    __tablename__ = "referral_counters"

    fiscal_year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Reporter(Base):
    """Group B, the closed drawer: who reported. It holds the only link from a referral to a LINE account."""

    __tablename__ = "reporters"

    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey(PersonRow.id, ondelete="SET NULL"), index=True)
    reporter_type: Mapped[v.ReporterType] = choice(v.ReporterType)
    anonymity: Mapped[v.Anonymity] = choice(v.Anonymity, server_default="anonymous")
    name: Mapped[bytes | None] = sealed()
    phone: Mapped[bytes | None] = sealed()
    contact_pref: Mapped[v.ContactPref] = choice(v.ContactPref, server_default="none")
    ok_times: Mapped[bytes | None] = sealed()
    disclose_to_subject: Mapped[bool] = mapped_column(default=False, server_default="false")
    wants_feedback: Mapped[v.Feedback] = choice(v.Feedback, server_default="none")
    willing_roles: Mapped[list[v.WillingRole]] = choices(v.WillingRole)


class HouseholdMember(Base):
    """C a member of the household, described without a name."""

    __tablename__ = "household_members"

    id: Mapped[UUID] = key()
    referral_id: Mapped[UUID] = of_referral()
    place: Mapped[int]
    relation: Mapped[bytes | None] = sealed()
    age_band: Mapped[v.AgeBand] = choice(v.AgeBand, server_default="unknown")
    conditions: Mapped[list[str]] = words()
    needs_support: Mapped[v.YesNo] = choice(v.YesNo, server_default="unknown")


class ReferralConcern(Base):
    """D a category, who saw it, and the words that led to it."""

    __tablename__ = "referral_concerns"
    __table_args__ = (
        UniqueConstraint("referral_id", "concern", "source"),
        Index("ix_referral_concerns_concern", "concern", "referral_id"),
    )

    id: Mapped[UUID] = key()
    referral_id: Mapped[UUID] = of_referral(index=False)
    place: Mapped[int]
    concern: Mapped[str]
    label: Mapped[str]
    source: Mapped[v.Source] = choice(v.Source)
    score: Mapped[float | None]
    evidence: Mapped[bytes | None] = sealed()


class ReferralSource(Base):
    """Which message a slot came from, by the message's keyed hash; `taken_back` once it was unsent."""

    __tablename__ = "referral_sources"
    __table_args__ = (Index("ix_referral_sources_message_hash", "message_hash"),)

    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"), primary_key=True)
    slot: Mapped[str] = mapped_column(primary_key=True)
    message_hash: Mapped[bytes] = mapped_column(primary_key=True)
    taken_back: Mapped[bool] = mapped_column(default=False, server_default="false")


class InvolvedAgency(Base):
    """F an agency that is already there."""

    __tablename__ = "involvements"

    id: Mapped[UUID] = key()
    referral_id: Mapped[UUID] = of_referral()
    agency_id: Mapped[str | None] = mapped_column(ForeignKey(Agency.id))
    agency_name: Mapped[str]
    contact: Mapped[bytes | None] = sealed()
    period: Mapped[bytes | None] = sealed()
    state: Mapped[v.Involvement] = choice(v.Involvement, server_default="unknown")


class Handoff(Base):
    """G a hand-off (つなぎ) to one agency."""

    __tablename__ = "handoffs"
    __table_args__ = (
        Index("ix_handoffs_agency", "agency_id", "status", "referral_id"),
        Index(
            "uq_handoffs_live", "referral_id", "agency_id", unique=True, postgresql_where=text(f"status IN ({_LIVE})")
        ),
        Index("ix_handoffs_due", "due", postgresql_where=text(f"status IN ({_LIVE})")),
        CheckConstraint("(status = 'declined') = (decline_reason IS NOT NULL)", name="decline_has_reason"),
    )

    id: Mapped[UUID] = key()
    referral_id: Mapped[UUID] = of_referral()
    agency_id: Mapped[str] = mapped_column(ForeignKey(Agency.id))
    status: Mapped[HandoffStatus] = choice(HandoffStatus)
    requested_action: Mapped[v.RequestedAction] = choice(v.RequestedAction)
    reason: Mapped[bytes | None] = sealed()
    due: Mapped[date | None]
    contact_prohibited: Mapped[bool] = mapped_column(default=False, server_default="false")
    offered_at: Mapped[datetime]
    offered_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))
    responded_at: Mapped[datetime | None]
    responded_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))
    decline_reason: Mapped[v.DeclineReason | None] = choice(v.DeclineReason)
    comment: Mapped[bytes | None] = sealed()
    finished_at: Mapped[datetime | None]


class SuggestionLog(Base):
    """G an agency as it was suggested, and whether staff followed it. A log: it holds names as they were."""

    __tablename__ = "suggestion_log"

    id: Mapped[UUID] = key()
    referral_id: Mapped[UUID] = of_referral()
    place: Mapped[int]
    agency_id: Mapped[str]
    agency_name: Mapped[str]
    concerns: Mapped[list[str]] = words()
    score: Mapped[float | None]
    open_now: Mapped[bool | None]
    version: Mapped[str]
    adopted: Mapped[bool | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))
    reason: Mapped[bytes | None] = sealed()


class Plan(Base):
    """H a plan (社会福祉法106条の4第2項6号); each revision is a row of its own."""

    __tablename__ = "plans"
    __table_args__ = (UniqueConstraint("referral_id", "revision"),)

    id: Mapped[UUID] = key()
    referral_id: Mapped[UUID] = of_referral(index=False)
    revision: Mapped[int]
    issues: Mapped[bytes | None] = sealed()
    goals: Mapped[bytes | None] = sealed()
    roles: Mapped[bytes | None] = sealed()
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    review_on: Mapped[date | None] = mapped_column(index=True)
    outreach_needed: Mapped[bool] = mapped_column(default=False, server_default="false")
    participation_needed: Mapped[bool] = mapped_column(default=False, server_default="false")
    evaluation: Mapped[v.Evaluation | None] = choice(v.Evaluation)
    written_at: Mapped[datetime]
    written_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))


class Note(Base):
    """An internal note. `agency_id` is the agency whose note it is; without one it is the city's."""

    __tablename__ = "notes"

    id: Mapped[UUID] = key()
    referral_id: Mapped[UUID] = of_referral()
    at: Mapped[datetime]
    by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))
    agency_id: Mapped[str | None] = mapped_column(ForeignKey(Agency.id))
    text: Mapped[bytes | None] = sealed()


class StatusChange(Base):
    __tablename__ = "status_changes"

    id: Mapped[UUID] = key()
    referral_id: Mapped[UUID] = of_referral()
    at: Mapped[datetime]
    by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))
    role: Mapped[Role] = choice(Role)
    before: Mapped[Status | None] = choice(Status)
    after: Mapped[Status] = choice(Status)
    reason: Mapped[bytes | None] = sealed()


class PriorityChange(Base):
    __tablename__ = "priority_changes"

    id: Mapped[UUID] = key()
    referral_id: Mapped[UUID] = of_referral()
    at: Mapped[datetime]
    by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))
    before: Mapped[Priority] = choice(Priority)
    after: Mapped[Priority] = choice(Priority)
    reason: Mapped[bytes | None] = sealed()


class MaskedSpan(Base):
    """I a span of the free text, in code points, that agencies see blacked out."""

    __tablename__ = "masked_spans"
    __table_args__ = (CheckConstraint('0 <= "start" AND "start" < "end"', name="span"),)

    id: Mapped[UUID] = key()
    referral_id: Mapped[UUID] = of_referral()
    start: Mapped[int]
    end: Mapped[int]
    reason: Mapped[bytes | None] = sealed()
    masked_at: Mapped[datetime]
    masked_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))
