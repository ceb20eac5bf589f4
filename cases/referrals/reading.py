"""Opening a つなぐシート for one reader: every group from its table, unsealed, and cut to what the reader may see."""

import json
from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from cases import audit
from cases.actors import Actor, Role
from cases.agencies.models import Agency
from cases.base import Base
from cases.db import Reader
from cases.referrals import models as m
from cases.referrals import sheets
from cases.referrals.masking import local_day, masked
from cases.referrals.models import Referral
from cases.staff.models import Staff

UNSENT = "referral.unsent"
"""The audit row of words that the reporter took back; its detail names the slot."""

Row = TypeVar("Row", bound=Base)


async def read_sheet(reader: Reader, actor: Actor, referral: Referral) -> sheets.ReferralSheet:
    """The sheet of a referral that `actor` is known to be allowed to see."""
    return await _Opening(reader, actor, referral).sheet()


class _Opening:
    def __init__(self, reader: Reader, actor: Actor, referral: Referral) -> None:
        self._reader = reader
        self._actor = actor
        self._referral = referral
        self._is_agency = actor.role is Role.AGENCY
        self._names: dict[UUID, str] = {}

    async def sheet(self) -> sheets.ReferralSheet:
        referral, city_only = self._referral, not self._is_agency
        handoffs, notes = await self._handoff_rows(), await self._note_rows()
        changes = await self._rows(m.StatusChange, m.StatusChange.at) if city_only else []
        urgencies = await self._rows(m.PriorityChange, m.PriorityChange.at)
        unsent = await self._unsent() if city_only else []
        await self._learn_names(
            [referral.assigned_to, *(row.offered_by for row, _ in handoffs)],
            (row.by for row in notes),
            (row.by for row in changes),
            (row.by for row in urgencies),
        )
        return sheets.ReferralSheet(
            id=referral.id,
            version=referral.version,
            referral_no=referral.referral_no,
            receipt=self._open(Referral.receipt) if city_only else "",
            status=referral.status,
            priority=referral.priority,
            intake_priority=urgencies[0].before if urgencies else referral.priority,
            channel=referral.channel,
            reporter_type=await self._reporter_type() if city_only else "",
            received_at=referral.received_at if city_only else local_day(referral.received_at),
            updated_at=referral.updated_at if city_only else local_day(referral.updated_at),
            assigned_to=referral.assigned_to,
            assigned_name=self._name(referral.assigned_to),
            close_reason=referral.close_reason,
            duplicate_of=referral.duplicate_of if city_only else None,
            script=referral.script,
            subject=await self._subject(),
            noticed=await self._noticed(),
            consent=self._consent(),
            involved=await self._involved(),
            past_actions=self._open(Referral.past_actions),
            commissioner_ok=referral.commissioner_ok,
            visit_risks=tuple(referral.visit_risks),
            handoffs=tuple(self._handoff(row, agency) for row, agency in handoffs),
            suggestions=await self._suggestions() if city_only else (),
            plan=await self._plan(),
            history=self._history(changes, urgencies if city_only else [], notes, unsent),
        )

    async def _reporter_type(self) -> str:
        kind = select(m.Reporter.reporter_type).where(m.Reporter.referral_id == self._referral.id)
        return await self._reader.session.scalar(kind) or ""

    async def _subject(self) -> sheets.Subject:
        referral = self._referral
        position = self._open(Referral.position)
        return sheets.Subject(
            known=referral.subject_known,
            name=self._open(Referral.name),
            kana=self._open(Referral.kana),
            age_band=referral.age_band,
            gender=referral.gender,
            address=self._open(Referral.address),
            landmark=self._open(Referral.landmark),
            position=_pair(json.loads(position)) if position else None,
            town=self._open(Referral.town),
            district=referral.district,
            household_type=referral.household_type,
            members=tuple(map(self._member, await self._rows(m.HouseholdMember, m.HouseholdMember.place))),
            language=referral.language,
            comm_needs=tuple(referral.comm_needs),
            known_benefits=tuple(referral.known_benefits),
        )

    def _member(self, row: m.HouseholdMember) -> sheets.Member:
        relation = self._reader.open(m.HouseholdMember.relation, row.id, row.relation)
        return sheets.Member(relation, row.age_band, tuple(row.conditions), row.needs_support)

    async def _noticed(self) -> sheets.Noticed:
        referral = self._referral
        sources = await self._rows(m.ReferralSource, m.ReferralSource.slot)
        concerns = await self._rows(m.ReferralConcern, m.ReferralConcern.place)
        return sheets.Noticed(
            free_text=await self._free_text(),
            signs=tuple(referral.signs),
            concerns=tuple(map(self._concern, concerns)),
            observed_period=referral.observed_period,
            frequency=referral.frequency,
            data_source=referral.data_source,
            immediate_danger=referral.immediate_danger,
            danger_flags=tuple(referral.danger_flags),
            subject_wish=self._open(Referral.subject_wish),
            strengths=self._open(Referral.strengths),
            taken_back=tuple(dict.fromkeys(row.slot for row in sources if row.taken_back)),
        )

    async def _free_text(self) -> str:
        text = self._open(Referral.free_text)
        if not self._is_agency:
            return text
        return masked(text, [(row.start, row.end) for row in await self._rows(m.MaskedSpan, m.MaskedSpan.start)])

    def _concern(self, row: m.ReferralConcern) -> sheets.ConcernRecord:
        # The words are quoted from the free text: where that is masked for the reader, they could say what is masked.
        words = "" if self._is_agency else self._reader.open(m.ReferralConcern.evidence, row.id, row.evidence)
        return sheets.ConcernRecord(row.concern, row.label, row.score, tuple(json.loads(words or "[]")), row.source)

    def _consent(self) -> sheets.Consent:
        referral = self._referral
        return sheets.Consent(
            status=referral.consent_status,
            scope=tuple(referral.consent_scope),
            method=referral.consent_method,
            at=referral.consent_at,
            legal_basis=referral.legal_basis,
            forum=referral.forum,
            override_reason="" if self._is_agency else self._open(Referral.override_reason),
        )

    async def _involved(self) -> tuple[sheets.InvolvedAgency, ...]:
        rows = await self._rows(m.InvolvedAgency, m.InvolvedAgency.agency_name)
        return tuple(
            sheets.InvolvedAgency(
                row.agency_name,
                self._reader.open(m.InvolvedAgency.contact, row.id, row.contact),
                self._reader.open(m.InvolvedAgency.period, row.id, row.period),
                row.state,
            )
            for row in rows
        )

    async def _handoff_rows(self) -> list[tuple[m.Handoff, str]]:
        statement = (
            select(m.Handoff, Agency.name)
            .join(Agency, Agency.id == m.Handoff.agency_id)
            .where(m.Handoff.referral_id == self._referral.id)
            .order_by(m.Handoff.offered_at, Agency.name)
        )
        if self._is_agency:
            statement = statement.where(m.Handoff.agency_id == self._actor.agency_id)
        return [(row, agency) for row, agency in await self._reader.session.execute(statement)]

    def _handoff(self, row: m.Handoff, agency_name: str) -> sheets.HandoffSheet:
        return sheets.HandoffSheet(
            id=row.id,
            agency_id=row.agency_id,
            agency_name=agency_name,
            status=row.status,
            requested_action=row.requested_action,
            reason=self._reader.open(m.Handoff.reason, row.id, row.reason),
            due=row.due,
            contact_prohibited=row.contact_prohibited,
            offered_at=row.offered_at,
            offered_by=self._name(row.offered_by),
            responded_at=row.responded_at,
            decline_reason=row.decline_reason,
            comment=self._reader.open(m.Handoff.comment, row.id, row.comment),
            finished_at=row.finished_at,
        )

    async def _suggestions(self) -> tuple[sheets.SuggestionRecord, ...]:
        rows = await self._rows(m.SuggestionLog, m.SuggestionLog.place)
        return tuple(
            sheets.SuggestionRecord(
                row.agency_id, row.agency_name, tuple(row.concerns), row.score, row.open_now, row.version, row.adopted
            )
            for row in rows
        )

    async def _plan(self) -> sheets.PlanSummary | None:
        rows = await self._rows(m.Plan, m.Plan.revision)
        if not rows:
            return None
        newest = rows[-1]
        return sheets.PlanSummary(
            revision=newest.revision,
            goals=self._reader.open(m.Plan.goals, newest.id, newest.goals),
            starts_on=newest.starts_on,
            ends_on=newest.ends_on,
            review_on=newest.review_on,
            outreach_needed=newest.outreach_needed,
            participation_needed=newest.participation_needed,
            evaluation=newest.evaluation,
        )

    async def _note_rows(self) -> list[m.Note]:
        rows = await self._rows(m.Note, m.Note.at)
        return [row for row in rows if not self._is_agency or row.agency_id == self._actor.agency_id]

    async def _unsent(self) -> list[sheets.HistoryEntry]:
        rows = await audit.entries(self._reader, "referral", self._referral.id, action=UNSENT)
        return [sheets.HistoryEntry(row.at, "unsent", "", row.detail["slot"]) for row in rows]

    def _history(
        self,
        changes: list[m.StatusChange],
        urgencies: list[m.PriorityChange],
        notes: list[m.Note],
        unsent: list[sheets.HistoryEntry],
    ) -> tuple[sheets.HistoryEntry, ...]:
        lines = [
            *(self._change("status", row, m.StatusChange.reason) for row in changes),
            *(self._change("priority", row, m.PriorityChange.reason) for row in urgencies),
            *(
                sheets.HistoryEntry(
                    row.at, "note", self._name(row.by), self._reader.open(m.Note.text, row.id, row.text)
                )
                for row in notes
            ),
            *unsent,
        ]
        return tuple(sorted(lines, key=lambda line: line.at))

    def _change(
        self, kind: sheets.HistoryKind, row: m.StatusChange | m.PriorityChange, column: InstrumentedAttribute[Any]
    ) -> sheets.HistoryEntry:
        reason = self._reader.open(column, row.id, row.reason)
        return sheets.HistoryEntry(row.at, kind, self._name(row.by), reason, row.before or "", row.after)

    def _open(self, column: InstrumentedAttribute[bytes | None]) -> str:
        return self._reader.open(column, self._referral.id, getattr(self._referral, column.key))

    async def _rows(self, table: type[Row], order: InstrumentedAttribute[Any]) -> list[Row]:
        belongs = table.__table__.c.referral_id == self._referral.id
        return list(await self._reader.session.scalars(select(table).where(belongs).order_by(order)))

    async def _learn_names(self, *ids: Iterable[UUID | None]) -> None:
        wanted = {staff_id for group in ids for staff_id in group if staff_id is not None}
        rows = await self._reader.session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(wanted)))
        self._names = {row.id: self._reader.open(Staff.name, row.id, row.name) for row in rows}

    def _name(self, staff_id: UUID | None) -> str:
        return self._names.get(staff_id, "") if staff_id else ""


def _pair(numbers: list[float]) -> tuple[float, float]:
    latitude, longitude = numbers
    return latitude, longitude
