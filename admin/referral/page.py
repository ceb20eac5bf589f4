"""The つなぐシート as a page: what was noticed, why it is urgent, where it may go, what can be done now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from admin.desk import Desk
from admin.fields import Fields
from admin.permissions import Action, may
from admin.referral.forms import NAMES
from admin.referral.groups import Group, GroupWriter, Item
from admin.referral.marks import mark
from admin.referral.photos import Photo
from admin.referral.targets import grouped, offices
from admin.referral.timeline import Entry, dangers, reasons, timeline
from admin.times import Moment
from admin.visit import Visit
from cases.actors import Role
from cases.deliveries import Delivery
from cases.photos import PhotoItem
from cases.referrals.sheets import ConcernRecord, HandoffSheet, ReferralSheet, ReporterSheet, SuggestionRecord
from cases.referrals.status import LIVE_HANDOFFS, HandoffStatus, allowed, handoff_allowed, may_offer
from cases.referrals.vocabulary import ConsentStatus
from routing.hours import is_open

Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Concern:
    label: str
    words: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`open` is whether the agency answers now; None when its hours are not known."""

    name: str
    phone: str
    hours: str
    open: bool | None
    reasons: tuple[Concern, ...]


@dataclass(frozen=True, slots=True)
class Handoff:
    """`url` is where its actions are sent; `withdraw` whether the reader may take it back.

    `by_phone` tells that no inbox gets the offer: somebody must tell the agency under `phone`, empty when not known.
    """

    url: str
    agency: str
    status: str
    requested_action: str
    reason: str
    due: str
    overdue: bool
    contact_prohibited: bool
    offered: Moment
    offered_by: str
    answered: Moment | None
    decline_reason: str | None
    comment: str
    by_phone: bool
    phone: str
    withdraw: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agency can say to its hand-off now."""

    url: str
    accept: bool
    begin: bool
    finish: bool


@dataclass(frozen=True, slots=True)
class Told:
    """How one message to the person who reported went, in words."""

    kind: str
    at: Moment
    text: str


@dataclass(frozen=True, slots=True)
class Can:
    """What the reader may do here and now."""

    take: bool
    status: bool
    priority: bool
    note: bool
    offer: bool


@dataclass(frozen=True, slots=True)
class ChoiceLists:
    """The choices of the forms, value and name; `agencies` in titled groups. `earliest` is the first day for a due."""

    statuses: Choices
    close_reasons: Choices
    priorities: Choices
    agencies: tuple[tuple[str, Choices], ...]
    requested_actions: Choices
    decline_reasons: Choices
    earliest: str


@dataclass(frozen=True, slots=True)
class SheetPage:
    """`problem` is what stands above the sheet when an action failed, `done` when one succeeded.

    `receipt` is the reporter's code: whoever has it can take the report back, so it is not printed.
    `district` and `household` are empty when nobody knows them.
    `channel` and `reporter_type` are empty for an agency: to it a report is 「地域からの情報」, however it came and
    from whom (DOMAIN 3.2).
    `consent_needed` tells that neither consent nor another ground for sharing is recorded.
    `dangers` is what the reporter answered and what kinds of danger the words told of.
    `taken_back` are the slots that the reporter took back.
    `photos` are those of the report; whoever may not look at them is told how many there are.
    `told` is how the messages to the reporter went; like the drawer it is the city's.
    `drawer` tells whether a reporter's drawer exists for the reader; `reporter` is its content once opened.
    """

    url: str
    version: int
    number: str
    receipt: str
    district: str
    household: str
    priority: str
    status: str
    channel: str
    reporter_type: str
    received: Moment
    assignee: str
    dangers: tuple[str, ...]
    story: Markup
    marked: bool
    taken_back: tuple[str, ...]
    signs: tuple[str, ...]
    reasons: tuple[str, ...]
    concerns: tuple[Concern, ...]
    suggestions: tuple[Suggestion, ...]
    handoffs: tuple[Handoff, ...]
    answers: tuple[Answer, ...]
    groups: tuple[Group, ...]
    timeline: tuple[Entry, ...]
    can: Can
    consent_needed: bool
    choices: ChoiceLists
    forms: Mapping[str, Fields]
    note_label: str
    drawer: bool
    reporter: tuple[Item, ...]
    photos: tuple[Photo, ...]
    told: tuple[Told, ...]
    done: str
    problem: str


@dataclass(frozen=True, slots=True)
class SheetWriter:
    """Writes the page of one sheet for one reader.

    `with_inbox` are the ids of the agencies whose staff can sign in; `deliveries` the messages to the reporter;
    `photos` those of the report.
    """

    desk: Desk
    visit: Visit
    sheet: ReferralSheet
    now: datetime
    with_inbox: frozenset[str] = frozenset()
    deliveries: Sequence[Delivery] = ()
    photos: Sequence[PhotoItem] = ()

    def page(
        self, *, form: Fields | None = None, drawer: ReporterSheet | None = None, done: str = "", problem: str = ""
    ) -> SheetPage:
        sheet, labels, noticed = self.sheet, self.desk.labels, self.sheet.noticed
        writer = GroupWriter(self.desk)
        district = self.desk.city.district(sheet.subject.district)
        words = [word for concern in noticed.concerns for word in concern.evidence]
        story = mark(noticed.free_text, words)
        return SheetPage(
            url=self._url,
            version=sheet.version,
            number=sheet.referral_no,
            receipt=sheet.receipt,
            district=district.name if district else "",
            household=writer.household(sheet.subject.household_type),
            priority=sheet.priority,
            status=sheet.status,
            channel="" if self._is_agency else sheet.channel,
            reporter_type="" if self._is_agency else labels.label("reporter_type", sheet.reporter_type),
            received=self._moment(sheet.received_at),
            assignee=sheet.assigned_name,
            dangers=tuple(dangers(self.desk, sheet)),
            story=story,
            marked="<mark>" in story,
            taken_back=noticed.taken_back,
            signs=tuple(labels.label("sign", sign) for sign in noticed.signs),
            reasons=tuple(reasons(self.desk, sheet)),
            concerns=tuple(self._concern(concern) for concern in noticed.concerns),
            suggestions=tuple(self._suggestion(suggestion) for suggestion in sheet.suggestions),
            handoffs=tuple(self._handoff(handoff) for handoff in sorted(sheet.handoffs, key=_last_heard, reverse=True)),
            answers=tuple(self._answers()),
            groups=writer.groups(sheet),
            timeline=timeline(self.desk, sheet, day_only=self._is_agency),
            can=self._can(),
            consent_needed=sheet.consent.status != ConsentStatus.GIVEN and not sheet.consent.legal_basis,
            choices=self._choices(),
            forms={name: form if form and form.name == name else Fields(name, {}, labels) for name in NAMES},
            note_label=labels.say("choice", "note_agency" if self._is_agency else "note_city"),
            drawer=self._may(Action.READ_REPORTER),
            reporter=writer.reporter(drawer) if drawer else (),
            photos=tuple(self._photo(photo) for photo in self.photos),
            told=tuple(self._told(delivery) for delivery in self.deliveries),
            done=done,
            problem=problem,
        )

    @property
    def _url(self) -> str:
        return f"/referrals/{self.sheet.id}"

    @property
    def _is_agency(self) -> bool:
        return self.visit.actor.role is Role.AGENCY

    def _may(self, action: Action) -> bool:
        return may(self.visit.actor.role, action)

    def _moment(self, at: datetime) -> Moment:
        return self.desk.times.moment(at, self.now, day_only=self._is_agency)

    def _concern(self, concern: ConcernRecord) -> Concern:
        return Concern(self.desk.labels.label("concern", concern.id), tuple(concern.evidence), concern.source)

    def _suggestion(self, suggestion: SuggestionRecord) -> Suggestion:
        agency = self.desk.city.agency(suggestion.agency_id)
        zone, holidays = ZoneInfo(self.desk.city.timezone), self.desk.city.holidays
        return Suggestion(
            name=suggestion.agency_name,
            phone=agency.phone if agency else "",
            hours=agency.hours.text if agency else "",
            open=is_open(agency.hours, self.now, zone, holidays) if agency else None,
            reasons=tuple(self._concern(c) for c in self.sheet.noticed.concerns if c.id in suggestion.concerns),
        )

    def _photo(self, photo: PhotoItem) -> Photo:
        url = f"{self._url}/photos/{photo.place}" if self._may(Action.READ_PHOTOS) else ""
        return Photo(url, photo.place, photo.width, photo.height)

    def _told(self, delivery: Delivery) -> Told:
        labels = self.desk.labels
        known = delivery.reason if delivery.reason in labels.names("delivery_reason") else "other"
        reason = labels.say("delivery_reason", known)
        text = labels.say("delivery", delivery.kind, reason=reason)
        return Told(delivery.kind, self._moment(delivery.at), text)

    def _handoff(self, handoff: HandoffSheet) -> Handoff:
        waiting = handoff.status is HandoffStatus.OFFERED
        steps = handoff_allowed(handoff.status, self.visit.actor.role)
        return Handoff(
            url=f"{self._url}/handoffs/{handoff.id}",
            agency=handoff.agency_name,
            status=handoff.status,
            requested_action=handoff.requested_action,
            reason=handoff.reason,
            due=_day(handoff.due),
            overdue=waiting and handoff.due is not None and handoff.due < self.desk.today(),
            contact_prohibited=handoff.contact_prohibited,
            offered=self._moment(handoff.offered_at),
            offered_by=handoff.offered_by,
            answered=self._moment(handoff.responded_at) if handoff.responded_at else None,
            decline_reason=handoff.decline_reason,
            comment=handoff.comment,
            by_phone=waiting and not self._is_agency and handoff.agency_id not in self.with_inbox,
            phone=self._phone(handoff),
            withdraw=self._may(Action.OFFER) and HandoffStatus.WITHDRAWN in steps,
        )

    def _answers(self) -> Iterable[Answer]:
        if not self._may(Action.ANSWER):
            return
        for handoff in self.sheet.handoffs:
            steps = handoff_allowed(handoff.status, self.visit.actor.role)
            if handoff.agency_id == self.visit.actor.agency_id and steps:
                yield Answer(
                    url=f"{self._url}/handoffs/{handoff.id}",
                    accept=HandoffStatus.ACCEPTED in steps,
                    begin=HandoffStatus.IN_PROGRESS in steps,
                    finish=HandoffStatus.COMPLETED in steps,
                )

    def _can(self) -> Can:
        sheet, actor = self.sheet, self.visit.actor
        mine = actor.staff_id is not None and sheet.assigned_to == actor.staff_id
        ahead = allowed(sheet.status, actor.role)
        return Can(
            take=self._may(Action.TAKE) and not mine and may_offer(sheet.status),
            status=self._may(Action.CHANGE_STATUS) and bool(ahead),
            priority=self._may(Action.CHANGE_PRIORITY) and may_offer(sheet.status),
            note=self._may(Action.NOTE),
            offer=self._may(Action.OFFER) and may_offer(sheet.status),
        )

    def _choices(self) -> ChoiceLists:
        names, ahead = self.desk.labels.names, allowed(self.sheet.status, self.visit.actor.role)
        priorities = names("priority_long").items()
        return ChoiceLists(
            statuses=tuple((value, name) for value, name in names("status").items() if value in ahead),
            close_reasons=tuple(names("close_reason").items()),
            priorities=tuple(choice for choice in priorities if choice[0] != self.sheet.priority),
            agencies=self._agencies(),
            requested_actions=tuple(names("requested_action").items()),
            decline_reasons=tuple(names("decline_reason").items()),
            earliest=self.desk.today().isoformat(),
        )

    def _agencies(self) -> tuple[tuple[str, Choices], ...]:
        """The suggested agencies first, in their order; those that already have it are left out."""
        busy = {handoff.agency_id for handoff in self.sheet.handoffs if handoff.status in LIVE_HANDOFFS}
        free = [agency for agency in offices(self.desk.city) if agency.id not in busy]
        suggested = [suggestion.agency_id for suggestion in self.sheet.suggestions]
        free.sort(key=lambda agency: suggested.index(agency.id) if agency.id in suggested else len(suggested))
        return grouped(self.desk.labels, free, suggested, self.with_inbox)

    def _phone(self, handoff: HandoffSheet) -> str:
        agency = self.desk.city.agency(handoff.agency_id)
        return agency.phone if agency else ""


def _last_heard(handoff: HandoffSheet) -> datetime:
    return handoff.responded_at or handoff.offered_at


def _day(day: date | None) -> str:
    return f"{day:%Y/%-m/%-d}" if day else ""
