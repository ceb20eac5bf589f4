from datetime import timedelta

import pytest
from sqlalchemy import text, update

from cases import channel, inbound, people
from cases.crypto import Keyring
from cases.db import Database
from cases.inbound import Arrived, InboundRow
from deploy.doctor import service_looks
from deploy.doctor.finding import Patient
from deploy.house import now
from tests.bot.talking import USER
from tests.deploy.doctor.conftest import MakePatient, told


async def test_the_tests_own_postgres_would_forget_in_a_power_cut_and_that_is_found(patient: MakePatient) -> None:
    """The server of the tests runs with fsync off."""
    [finding] = await service_looks.postgres(patient())
    assert (finding.mark, finding.key, finding.values["names"]) == ("bad", "postgres_forgets", "fsync")


async def test_a_database_that_does_not_answer_is_one_finding_of_each_look(patient: MakePatient) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/none"
    sick = patient(database_url=nowhere)
    sick = Patient(sick.settings, Database(nowhere, sick.keyring), sick.line)
    assert told(await service_looks.postgres(sick)) == [("bad", "postgres_away")]
    assert told(await service_looks.schema(sick)) == [("bad", "schema_closed")]
    assert told(await service_looks.stored(sick)) == [("worry", "not_seen")]
    assert told(await service_looks.queues(sick)) == [("worry", "not_seen")]
    await sick.database.close()


async def test_the_schema_is_ours_and_may_be_written(patient: MakePatient, database: Database) -> None:
    assert told(await service_looks.schema(patient())) == [("ok", "schema")]
    async with database.transaction() as uow:
        await uow.session.execute(text("UPDATE alembic_version SET version_num = 'r0000_before'"))
    assert told(await service_looks.schema(patient())) == [("bad", "schema_old")]


async def test_keys_that_do_not_open_what_is_stored_are_found(patient: MakePatient, database: Database) -> None:
    assert told(await service_looks.stored(patient())) == [("ok", "stored_empty")]
    async with database.transaction() as uow:
        await people.lock(uow, USER, now())
    assert told(await service_looks.stored(patient())) == [("ok", "stored")]
    made = patient()
    other = Database(made.settings.database_url, Keyring({"other": bytes(reversed(range(32)))}))
    assert told(await service_looks.stored(Patient(made.settings, other, made.line))) == [("bad", "stored_closed")]
    await other.close()


async def test_redis_away_is_a_worry_only(patient: MakePatient) -> None:
    assert told(await service_looks.wake(patient())) == [("ok", "fine")]
    assert told(await service_looks.wake(patient(redis_url="redis://127.0.0.1:1/0"))) == [("worry", "redis_away")]


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(), ("ok", "queues")),
        (timedelta(minutes=2), ("worry", "events_slow")),
        (timedelta(minutes=9), ("bad", "events_stand")),
    ],
    ids=str,
)
async def test_events_that_nobody_handles_are_found(
    patient: MakePatient, database: Database, age: timedelta, expected: tuple[str, str]
) -> None:
    at = now() - age
    async with database.transaction() as uow:
        await inbound.accept(uow, [Arrived("e1", USER, "message.text", at, {})], at)
    assert told(await service_looks.queues(patient())) == [expected]


async def test_parked_events_and_troubles_of_the_account_are_found(patient: MakePatient, database: Database) -> None:
    at = now()
    async with database.transaction() as uow:
        await inbound.accept(uow, [Arrived("e1", USER, "message.text", at, {})], at)
        await channel.note_standby(uow, at)
        await channel.note_suspended(uow, at)
    async with database.transaction() as uow:
        await uow.session.execute(update(InboundRow).values(state="parked"))
    found = told(await service_looks.queues(patient()))
    assert found == [("worry", "parked"), ("bad", "suspended"), ("worry", "standby")]
