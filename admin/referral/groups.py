"""The groups of the つなぐシート: what is known as rows, what is not as one or two kind lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from admin.desk import Desk
from cases.referrals.sheets import Consent, InvolvedAgency, Member, PlanSummary, ReferralSheet, ReporterSheet
from cases.referrals.vocabulary import ContactPref, Feedback, Forum

UNKNOWN = "unknown"

ASKED = frozenset({"district", "landmark", "household_type", "observed_period", "immediate_danger"})
"""Items that the conversation asks for. Only of these it is known that nobody knows them."""


@dataclass(frozen=True, slots=True)
class Item:
    title: str
    value: str


@dataclass(frozen=True, slots=True)
class Group:
    """`unknown` names what was asked and nobody knew, `unasked` what nobody was asked yet; nobody has to know."""

    id: str
    title: str
    known: tuple[Item, ...]
    unknown: tuple[str, ...]
    unasked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupWriter:
    """Turns the values of one sheet into groups."""

    desk: Desk

    def groups(self, sheet: ReferralSheet) -> tuple[Group, ...]:
        return (
            self._group("A", self._intake(sheet)),
            self._group("C", self._subject(sheet)),
            self._group("D", self._noticed(sheet)),
            self._group("E", self._consent(sheet.consent)),
            self._group("F", self._involvement(sheet)),
            *([self._group("H", self._plan(sheet.plan))] if sheet.plan else []),
        )

    def household(self, household_type: str) -> str:
        """The kind of household, or "" when it is not known."""
        return self._name("household_type", household_type)

    def reporter(self, drawer: ReporterSheet) -> tuple[Item, ...]:
        """Group B, for the drawer that was opened. What the record holds unasked is not shown as an answer."""
        unasked = self._name("value", "not_asked")
        feedback = unasked if drawer.wants_feedback == Feedback.NONE else self._name("feedback", drawer.wants_feedback)
        phone = drawer.phone if drawer.contact_pref == ContactPref.PHONE else drawer.phone or unasked
        rows = (
            ("reporter_type", self._name("reporter_type", drawer.reporter_type)),
            ("anonymity", self._name("anonymity", drawer.anonymity)),
            ("name", drawer.name or unasked),
            ("phone", phone),
            ("contact_pref", self._name("contact_pref", drawer.contact_pref)),
            ("ok_times", drawer.ok_times or unasked),
            ("has_line", self._name("value", _line(drawer))),
            ("wants_feedback", feedback),
            ("willing_roles", self._names("willing_role", drawer.willing_roles) or unasked),
            ("disclose_to_subject", self._name("value", "may_tell") if drawer.disclose_to_subject else unasked),
        )
        return tuple(Item(self._title(key), value) for key, value in rows)

    def _intake(self, sheet: ReferralSheet) -> Iterable[tuple[str, str]]:
        yield "referral_no", sheet.referral_no
        yield "received", self.desk.times.day(sheet.received_at)
        if sheet.close_reason:
            yield "close_reason", self._name("close_reason", sheet.close_reason)

    def _subject(self, sheet: ReferralSheet) -> Iterable[tuple[str, str]]:
        subject = sheet.subject
        district = self.desk.city.district(subject.district)
        yield "district", district.name if district else ""
        yield "landmark", subject.landmark
        yield "position", "{:.3f}, {:.3f}".format(*subject.position) if subject.position else ""
        yield "household_type", self.household(subject.household_type)
        yield "name", subject.name
        yield "kana", subject.kana
        yield "known", self._name("subject_known", subject.known)
        yield "age_band", self._known(subject.age_band)
        yield "gender", self._name("gender", subject.gender)
        yield "address", subject.address
        yield "town", subject.town
        yield "members", "\n".join(self._member(member) for member in subject.members)
        yield "language", self._name("language", subject.language)
        yield "comm_needs", self._names("comm_need", subject.comm_needs)
        yield "known_benefits", self._names("benefit", subject.known_benefits)

    def _noticed(self, sheet: ReferralSheet) -> Iterable[tuple[str, str]]:
        noticed = sheet.noticed
        yield "immediate_danger", self._name("yes_no", noticed.immediate_danger)
        yield "observed_period", self._name("observed_period", noticed.observed_period)
        yield "frequency", self._name("frequency", noticed.frequency)
        yield "data_source", self._name("data_source", noticed.data_source)
        yield "subject_wish", noticed.subject_wish
        yield "strengths", noticed.strengths
        if noticed.taken_back:
            yield "taken_back", self._names("slot", noticed.taken_back)

    def _consent(self, consent: Consent) -> Iterable[tuple[str, str]]:
        yield "consent_status", self._name("consent_status", consent.status)
        yield "consent_scope", "、".join(self._agency(agency) for agency in consent.scope)
        yield "consent_method", self._name("consent_method", consent.method)
        yield "consent_at", self.desk.times.day(consent.at) if consent.at else ""
        yield "legal_basis", self._name("legal_basis", consent.legal_basis)
        if consent.forum != Forum.NONE:
            yield "forum", self._name("forum", consent.forum)
        if consent.override_reason:
            yield "override_reason", consent.override_reason

    def _involvement(self, sheet: ReferralSheet) -> Iterable[tuple[str, str]]:
        may_visit = {"yes": "commissioner_yes", "no": "commissioner_no"}.get(sheet.commissioner_ok)
        yield "involved", "\n".join(self._involved(agency) for agency in sheet.involved)
        yield "past_actions", sheet.past_actions
        yield "commissioner_ok", self._name("value", may_visit)
        yield "visit_risks", self._names("visit_risk", sheet.visit_risks)

    def _plan(self, plan: PlanSummary) -> Iterable[tuple[str, str]]:
        days = [day.isoformat() if day else "" for day in (plan.starts_on, plan.ends_on)]
        yield "goals", plan.goals
        yield "period", "〜".join(days) if any(days) else ""
        yield "review_on", plan.review_on.isoformat() if plan.review_on else ""
        yield "evaluation", self._name("evaluation", plan.evaluation)

    def _group(self, group: str, rows: Iterable[tuple[str, str]]) -> Group:
        written = list(rows)
        missing = [key for key, value in written if not value]
        return Group(
            id=group,
            title=self.desk.labels.say("group", group),
            known=tuple(Item(self._title(key), value) for key, value in written if value),
            unknown=tuple(self._title(key) for key in missing if key in ASKED),
            unasked=tuple(self._title(key) for key in missing if key not in ASKED),
        )

    def _member(self, member: Member) -> str:
        return "・".join(part for part in (member.relation, self._known(member.age_band), *member.conditions) if part)

    def _involved(self, agency: InvolvedAgency) -> str:
        state = self._name("involvement", agency.state)
        return "・".join(part for part in (agency.agency_name, agency.contact, agency.period, state) if part)

    def _agency(self, agency_id: str) -> str:
        agency = self.desk.city.agency(agency_id)
        return agency.name if agency else agency_id

    def _title(self, key: str) -> str:
        return self.desk.labels.say("item", key)

    def _name(self, kind: str, value: str | None) -> str:
        return self.desk.labels.label(kind, value) if value and value != UNKNOWN else ""

    def _names(self, kind: str, values: Sequence[str]) -> str:
        return "、".join(self.desk.labels.label(kind, value) for value in values)

    @staticmethod
    def _known(value: str) -> str:
        return "" if value == UNKNOWN else value


def _line(drawer: ReporterSheet) -> str:
    if not drawer.has_line:
        return "line_no"
    return "line_unwanted" if drawer.contact_pref == ContactPref.NONE else "line_yes"
