"""What the tests of the record share: moments, people at work, and one way to make each thing."""

import base64
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from cases import agencies, people, staff
from cases.actors import Actor, Role
from cases.agencies import AgencyItem
from cases.crypto import Keyring
from cases.db import Database, UnitOfWork
from cases.inbound import Arrived
from cases.referrals import service
from cases.referrals.sheets import ConcernRecord, NewReferral, SuggestionRecord

NOW = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
STORY = "隣の山田さんの家に新聞がたまっています"
PHONE = "09012345678"


def later(**parts: float) -> datetime:
    return NOW + timedelta(**parts)


def keyring_of(*ids: str) -> Keyring:
    """A keyring of made-up keys, each the same whenever its id is the same."""
    keys = (base64.b64encode(key_id.encode().ljust(32, b"\x01")).decode() for key_id in ids)
    return Keyring.parse(",".join(f"{key_id}:{key}" for key_id, key in zip(ids, keys, strict=True)))


def arrived(event_id: str, line_user: str | None = "U1", *, at: float = 0, text: str = "こんにちは") -> Arrived:
    """A text message, `at` seconds after NOW, whose message id is `m-` and the event's id."""
    payload = {"type": "message", "message": {"id": f"m-{event_id}", "text": text}}
    return Arrived(event_id, line_user, "message.text", later(seconds=at), payload)


def report(receipt: str = "KZ-1", **changes: Any) -> NewReferral:
    """A report with something in every slot that a conversation fills."""
    given: dict[str, Any] = {
        "person_id": None,
        "receipt": receipt,
        "free_text": STORY,
        "place_text": "青い屋根の家",
        "position": (36.651, 138.181),
        "district": "yoshida",
        "phone": PHONE,
        "contact_pref": "phone",
        "anonymity": "staff_only",
        "reporter_type": "neighbour",
        "signs": ["mail"],
        "concerns": [ConcernRecord("welfare_check", "安否不明", 0.9, ["新聞がたまって"])],
        "suggestions": [SuggestionRecord("houkatsu", "地域包括", ["welfare_check"], 0.8, True, "rules-1")],
        "source_messages": {"free_text": ["m-story"], "place": ["m-place"], "phone": ["m-phone"]},
        "script": "notice",
        "script_version": 1,
    }
    return NewReferral(**{**given, **changes})


@dataclass(frozen=True)
class Office:
    """A city with one of each at work, and a second agency that nothing was handed to."""

    administrator: Actor
    triage: Actor
    colleague: Actor
    agency: Actor
    other_agency: Actor

    @property
    def of_the_city(self) -> tuple[Actor, ...]:
        return self.administrator, self.triage, self.colleague


async def open_office(database: Database) -> Office:
    async with database.transaction() as uow:
        items = [AgencyItem("houkatsu", "地域包括"), AgencyItem("maisapo", "まいさぽ")]
        await agencies.sync(uow, items)
        return Office(
            administrator=await _member(uow, "admin", Role.ADMINISTRATOR),
            triage=await _member(uow, "triage", Role.TRIAGE),
            colleague=await _member(uow, "colleague", Role.TRIAGE),
            agency=await _member(uow, "agency", Role.AGENCY, "houkatsu"),
            other_agency=await _member(uow, "other", Role.AGENCY, "maisapo"),
        )


async def _member(uow: UnitOfWork, name: str, role: Role, agency_id: str | None = None) -> Actor:
    staff_id = await staff.add(uow, f"{name}@city.example", name, role, agency_id, "argon2id", NOW)
    return Actor(staff_id, role, agency_id, name)


def lapse(database_url: str) -> None:
    """The leases in the outbox run out, as those of senders that died or stalled."""
    sql(database_url, "UPDATE outbox SET claimed_until = now() - interval '1 second' WHERE state = 'sending'")


async def see(database: Database, line_user: str = "U1") -> UUID:
    async with database.transaction() as uow:
        return (await people.lock(uow, line_user, NOW)).id


async def submitted(database: Database, receipt: str = "KZ-1", **changes: Any) -> UUID:
    async with database.transaction() as uow:
        return await service.submit(uow, report(receipt, **changes), NOW)


class Interrupted(Exception):  # noqa: N818 - what happened
    pass


async def interrupted(database: Database, act: Callable[[UnitOfWork], Awaitable[object]]) -> None:
    """Do `act` in a transaction that breaks off before its end."""
    with contextlib.suppress(Interrupted):
        async with database.transaction() as uow:
            await act(uow)
            raise Interrupted


def sql(url: str, statement: Any, *parameters: Any) -> list[tuple[Any, ...]]:
    """Run one statement as the owner of the database, outside of the record's own ways."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement, parameters or None)
        return cursor.fetchall() if cursor.description else []
