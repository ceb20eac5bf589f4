"""A report becomes a referral: all its rows, in the transaction of the event that sent it."""

import json
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID, uuid4

import structlog

from cases import audit
from cases.actors import SYSTEM
from cases.base import Base
from cases.db import UnitOfWork
from cases.errors import Conflict
from cases.referrals import vocabulary as v
from cases.referrals.models import (
    Referral,
    ReferralConcern,
    ReferralSource,
    Reporter,
    StatusChange,
    SuggestionLog,
)
from cases.referrals.numbers import fiscal_year, referral_no
from cases.referrals.sheets import ConcernRecord, NewReferral, SuggestionRecord
from cases.referrals.status import Status
from cases.unsent import message_hash

log = structlog.get_logger()

RECEIPT = "referral-receipt"
"""Purpose of the keyed hash of a receipt code."""

# Others wait for it from here to the commit.
_COUNT = """
    INSERT INTO referral_counters AS counter (fiscal_year, last) VALUES (%(year)s, 1)
    ON CONFLICT (fiscal_year) DO UPDATE SET last = counter.last + 1 RETURNING last
"""

_OF_RECEIPT = """
    SELECT referrals.id, reporters.person_id
    FROM referrals LEFT JOIN reporters ON reporters.referral_id = referrals.id
    WHERE referrals.receipt_hash = ANY(%(hashes)s)
"""

Code = TypeVar("Code", bound=StrEnum)


async def submit(uow: UnitOfWork, draft: NewReferral, now: datetime) -> UUID:
    """Record a report; the referral's id. The same receipt of the same person again gives the same referral, unchanged.

    Raises:
        Conflict: the code is another person's. Nothing is recorded; the report needs another code.
    """
    existing = await _with_receipt(uow, draft)
    if existing is not None:
        return existing
    referral_id = uuid4()
    await uow.insert(
        await _referral(uow, referral_id, draft, now),
        _reporter(uow, referral_id, draft),
        StatusChange(id=uuid4(), referral_id=referral_id, at=now, role=SYSTEM.role, after=Status.SUBMITTED),
        *_concerns(uow, referral_id, draft.concerns),
        *_suggestions(referral_id, draft.suggestions),
        *_sources(uow, referral_id, draft),
    )
    detail = {"channel": draft.channel, "script": draft.script}
    await audit.record(uow, SYSTEM, "referral.submit", "referral", referral_id, detail, now)
    return referral_id


async def _with_receipt(uow: UnitOfWork, draft: NewReferral) -> UUID | None:
    hashes = uow.keyring.hashes(draft.receipt, purpose=RECEIPT)
    found = await uow.rows(_OF_RECEIPT, {"hashes": list(hashes)})
    if not found:
        return None
    [row] = found
    if row.person_id != draft.person_id:
        log.error("referral.receipt_taken", referral=str(row.id))
        raise Conflict
    known: UUID = row.id
    return known


async def _next_number(uow: UnitOfWork, now: datetime) -> str:
    year = fiscal_year(now)
    [counter] = await uow.rows(_COUNT, {"year": year})
    return referral_no(year, counter.last)


async def _referral(uow: UnitOfWork, referral_id: UUID, draft: NewReferral, now: datetime) -> Referral:
    position = json.dumps(draft.position) if draft.position else ""
    return Referral(
        id=referral_id,
        referral_no=await _next_number(uow, now),
        receipt=uow.seal(Referral.receipt, referral_id, draft.receipt),
        receipt_hash=uow.keyring.hash(draft.receipt, purpose=RECEIPT),
        received_at=now,
        updated_at=now,
        channel=_known(v.Channel, draft.channel, v.Channel.LINE),
        status=Status.SUBMITTED,
        priority=draft.priority,
        script=draft.script,
        script_version=draft.script_version,
        name=uow.seal(Referral.name, referral_id, draft.name),
        address=uow.seal(Referral.address, referral_id, draft.address),
        subject_known=v.SubjectKnown.NAME if draft.name else v.SubjectKnown.UNKNOWN,
        landmark=uow.seal(Referral.landmark, referral_id, draft.place_text),
        position=uow.seal(Referral.position, referral_id, position),
        district=draft.district,
        household_type=_known(v.HouseholdType, draft.household_type, v.HouseholdType.UNKNOWN),
        language=draft.language,
        free_text=uow.seal(Referral.free_text, referral_id, draft.free_text),
        signs=list(draft.signs),
        observed_period=_known(v.ObservedPeriod, draft.observed_period, v.ObservedPeriod.UNKNOWN),
        immediate_danger=_known(v.YesNo, draft.immediate_danger, v.YesNo.UNKNOWN),
        danger_flags=list(draft.danger_flags),
    )


def _reporter(uow: UnitOfWork, referral_id: UUID, draft: NewReferral) -> Reporter:
    return Reporter(
        referral_id=referral_id,
        person_id=draft.person_id,
        reporter_type=_known(v.ReporterType, draft.reporter_type, v.ReporterType.UNANSWERED),
        anonymity=_known(v.Anonymity, draft.anonymity, v.Anonymity.ANONYMOUS),
        phone=uow.seal(Reporter.phone, referral_id, draft.phone),
        contact_pref=_known(v.ContactPref, draft.contact_pref, v.ContactPref.NONE),
    )


def _concerns(uow: UnitOfWork, referral_id: UUID, concerns: Iterable[ConcernRecord]) -> Iterable[Base]:
    unique = {(concern.id, concern.source): concern for concern in concerns}
    for place, concern in enumerate(unique.values()):
        row_id = uuid4()
        evidence = json.dumps(list(concern.evidence), ensure_ascii=False) if concern.evidence else ""
        yield ReferralConcern(
            id=row_id,
            referral_id=referral_id,
            place=place,
            concern=concern.id,
            label=concern.label,
            source=_known(v.Source, concern.source, v.Source.SYSTEM),
            score=concern.score,
            evidence=uow.seal(ReferralConcern.evidence, row_id, evidence),
        )


def _suggestions(referral_id: UUID, suggestions: Iterable[SuggestionRecord]) -> Iterable[Base]:
    for place, suggestion in enumerate(suggestions):
        yield SuggestionLog(
            id=uuid4(),
            referral_id=referral_id,
            place=place,
            agency_id=suggestion.agency_id,
            agency_name=suggestion.agency_name,
            concerns=list(suggestion.concerns),
            score=suggestion.score,
            open_now=suggestion.open_now,
            version=suggestion.version,
        )


def _sources(uow: UnitOfWork, referral_id: UUID, draft: NewReferral) -> Iterable[Base]:
    for slot, messages in draft.source_messages.items():
        for message_id in dict.fromkeys(messages):
            hashed = message_hash(uow.keyring, message_id)
            yield ReferralSource(referral_id=referral_id, slot=slot, message_hash=hashed)


def _known(codes: type[Code], value: str, otherwise: Code) -> Code:
    """The code, or `otherwise` for one we do not have: a report is never lost for a word."""
    try:
        return codes(value)
    except ValueError:
        log.warning("referral.unknown_code", kind=codes.__name__)
        return otherwise
