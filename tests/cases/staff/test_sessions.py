from datetime import datetime

import pytest

from cases.actors import Actor
from cases.crypto import sha256
from cases.db import Database
from cases.staff import sessions
from cases.staff.sessions import ABSOLUTE, IDLE, SessionInfo
from tests.cases.builders import NOW, Office, later, sql


@pytest.fixture
async def token(database: Database, office: Office) -> str:
    assert office.triage.staff_id is not None
    async with database.transaction() as uow:
        return await sessions.create(uow, office.triage.staff_id, NOW)


async def read(database: Database, token: str, now: datetime) -> SessionInfo | None:
    async with database.reading() as reader:
        return await sessions.read(reader, token, now)


async def touch(database: Database, token: str, now: datetime) -> None:
    async with database.transaction() as uow:
        await sessions.touch(uow, token, now)


async def test_the_token_says_who_is_signed_in(database: Database, office: Office, token: str) -> None:
    info = await read(database, token, NOW)
    assert info is not None
    assert info.actor == Actor(office.triage.staff_id, office.triage.role, None, "triage")
    assert info.expires_at == NOW + IDLE


async def test_only_its_hash_is_stored(database: Database, database_url: str, token: str) -> None:
    assert sql(database_url, "SELECT token_hash FROM staff_sessions") == [(sha256(token),)]
    assert len(token) >= 43


async def test_no_two_tokens_are_alike(database: Database, office: Office, token: str) -> None:
    assert office.triage.staff_id is not None
    async with database.transaction() as uow:
        assert await sessions.create(uow, office.triage.staff_id, NOW) != token


async def test_an_unknown_token_is_nobodys(database: Database, token: str) -> None:
    for other in ("", token[:-1], token + "A"):
        assert await read(database, other, NOW) is None


async def test_half_an_hour_unused_ends_it_for_good(database: Database, token: str) -> None:
    assert await read(database, token, later(minutes=29, seconds=59)) is not None
    assert await read(database, token, later(minutes=30)) is None
    await touch(database, token, later(minutes=31))
    assert await read(database, token, later(minutes=31)) is None


async def test_use_keeps_it_open_but_not_beyond_twelve_hours(database: Database, token: str) -> None:
    for minutes in range(20, 12 * 60, 20):
        await touch(database, token, later(minutes=minutes))
    info = await read(database, token, later(minutes=12 * 60 - 1))
    assert info is not None
    assert info.expires_at == NOW + ABSOLUTE
    assert await read(database, token, later(hours=12)) is None


async def test_signing_out_ends_it_at_once(database: Database, token: str) -> None:
    async with database.transaction() as uow:
        await sessions.revoke(uow, token)
    assert await read(database, token, NOW) is None


async def test_purging_takes_what_has_ended_and_nothing_else(
    database: Database, database_url: str, office: Office, token: str
) -> None:
    assert office.agency.staff_id is not None
    async with database.transaction() as uow:
        await sessions.create(uow, office.agency.staff_id, later(minutes=10))
        await sessions.purge(uow, later(minutes=30))
    assert sql(database_url, "SELECT staff_id FROM staff_sessions") == [(office.agency.staff_id,)]
