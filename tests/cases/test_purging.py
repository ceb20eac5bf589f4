"""What is over goes, what is not stays, and nobody waits for it."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from cases import inbound, outbox, people, purging, unsent
from cases.db import Database

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
DAY = timedelta(days=1)


async def gone(database: Database, kind: str, now: datetime = NOW) -> int | None:
    async with database.transaction() as uow:
        return await purging.purge(uow, kind, now)


def column(database_url: str, query: str) -> list[str]:
    with psycopg.connect(database_url) as connection:
        return [str(row[0]) for row in connection.execute(query.encode()).fetchall()]


def change(database_url: str, statement: str, *values: object) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(statement.encode(), values)


async def event(database: Database, name: str, received_at: datetime) -> None:
    given = inbound.Arrived(name, None, "message", received_at, {"type": "message"})
    async with database.transaction() as uow:
        await inbound.accept(uow, [given], received_at)


async def answer(database: Database, line_user: str, made_at: datetime) -> None:
    async with database.transaction() as uow:
        person = await people.lock(uow, line_user, made_at)
        await outbox.put(uow, person.id, [{"type": "text", "text": "こんにちは"}], now=made_at)


async def test_a_handled_events_id_is_known_for_thirty_days_and_then_goes(
    database: Database, database_url: str
) -> None:
    await event(database, "young", NOW - 29 * DAY)
    await event(database, "old", NOW - 31 * DAY)
    change(database_url, "UPDATE inbound SET state = 'done', lane = NULL")
    assert await gone(database, "events") == 1
    assert column(database_url, "SELECT event_id FROM inbound") == ["young"]


@pytest.mark.parametrize("state", ["open", "parked"])
async def test_an_event_that_was_not_handled_never_goes(database: Database, database_url: str, state: str) -> None:
    await event(database, "old", NOW - 400 * DAY)
    change(database_url, "UPDATE inbound SET state = %s", state)
    assert await gone(database, "events") == 0
    assert column(database_url, "SELECT event_id FROM inbound") == ["old"]


@pytest.mark.parametrize(
    ("state", "made", "ended", "goes"),
    [
        ("sent", 31, 31, True),
        ("not_sent", 31, 31, True),
        ("unknown", 31, 31, True),
        ("cancelled", 31, 31, True),
        ("sent", 31, 29, False),
        ("sent", 29, 29, False),
        ("waiting", 400, None, False),
        ("held", 400, None, False),
    ],
)
async def test_an_answer_goes_thirty_days_after_its_end(
    database: Database, database_url: str, state: str, made: int, ended: int | None, *, goes: bool
) -> None:
    await answer(database, "U" + "1" * 32, NOW - made * DAY)
    ended_at = None if ended is None else NOW - ended * DAY
    change(database_url, "UPDATE outbox SET state = %s, finished_at = %s", state, ended_at)
    assert await gone(database, "answers") == int(goes)


async def test_how_a_referrals_answer_ended_stays_with_the_referral(database: Database, database_url: str) -> None:
    await answer(database, "U" + "1" * 32, NOW - 40 * DAY)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # the referral itself is not the point here
        values = (NOW - 40 * DAY, uuid4())
        connection.execute("UPDATE outbox SET state = 'sent', finished_at = %s, referral_id = %s", values)
    assert await gone(database, "answers") == 0


async def test_an_event_that_was_set_aside_goes_after_ninety_days(database: Database, database_url: str) -> None:
    await event(database, "young", NOW - 89 * DAY)
    await event(database, "old", NOW - 91 * DAY)
    change(database_url, "UPDATE inbound SET state = 'parked'")
    await event(database, "open", NOW - 400 * DAY)
    assert await gone(database, "parked") == 1
    assert column(database_url, "SELECT event_id FROM inbound ORDER BY 1") == ["open", "young"]


NOBODY = people.REPLY_ONLY + "01H"


async def test_whoever_was_only_replied_to_goes_after_a_day_with_what_was_said(
    database: Database, database_url: str
) -> None:
    await answer(database, NOBODY + "old", NOW - 2 * DAY)
    await answer(database, NOBODY + "waiting", NOW - 2 * DAY)
    await answer(database, "U" + "1" * 32, NOW - 2 * DAY)
    await answer(database, NOBODY + "young", NOW - timedelta(hours=23))
    ended = "UPDATE outbox SET state = 'sent', finished_at = %s WHERE seq = %s"
    for seq in (1, 3, 4):
        change(database_url, ended, NOW - DAY, seq)
    assert await gone(database, "nameless") == 1
    assert column(database_url, "SELECT seq FROM outbox ORDER BY seq") == ["2", "3", "4"]


PEOPLE = "INSERT INTO people (id, line_user_hash, first_seen_at, reachable_at, burst_at) VALUES (%s, %s, %s, %s, %s)"


@pytest.mark.parametrize(
    ("seen", "event_at", "act_at", "goes"),
    [
        (91, None, None, True),
        (400, 91, 91, True),
        (89, None, None, False),
        (400, 89, None, False),
        (400, 91, 89, False),
    ],
)
async def test_a_person_of_whom_nothing_is_there_goes_after_ninety_days_of_silence(
    database: Database, database_url: str, seen: int, event_at: int | None, act_at: int | None, *, goes: bool
) -> None:
    times = [None if days is None else NOW - days * DAY for days in (seen, event_at, act_at)]
    change(database_url, PEOPLE, uuid4(), b"1", *times)
    assert await gone(database, "people") == int(goes)


@pytest.mark.parametrize("what", ["conversations", "forms", "photos", "outbox", "reporters"])
async def test_a_person_whom_anything_refers_to_stays(database: Database, database_url: str, what: str) -> None:
    kept, other = uuid4(), uuid4()
    for person in (kept, other):
        change(database_url, PEOPLE, person, person.bytes, NOW - 400 * DAY, None, None)
    long_ago = NOW - 300 * DAY
    columns: dict[str, dict[str, object]] = {
        "conversations": {"expires_at": long_ago},
        "forms": {
            "id": uuid4(), "token_hash": b"1", "issued_at": long_ago, "expires_at": long_ago, "ends_at": long_ago
        },
        "photos": {"id": uuid4(), "place": 0, "width": 1, "height": 1, "added_at": long_ago},
        "outbox": {
            "id": uuid4(), "state": "sent", "road": "push", "retry_key": uuid4(), "created_at": long_ago
        },
        "reporters": {"referral_id": uuid4(), "reporter_type": "self"},
    }  # fmt: skip
    values = {"person_id": kept, **columns[what]}
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # the referral itself is not the point here
        names, places = ", ".join(values), ", ".join(["%s"] * len(values))
        connection.execute(f"INSERT INTO {what} ({names}) VALUES ({places})".encode(), list(values.values()))
    assert await gone(database, "people") == 1
    assert column(database_url, "SELECT id FROM people") == [str(kept)]


async def test_every_table_that_refers_to_people_keeps_them(database_url: str) -> None:
    """A table made later must be thought of here."""
    found = column(
        database_url,
        "SELECT conrelid::regclass FROM pg_constraint WHERE contype = 'f' AND confrelid = 'people'::regclass",
    )
    assert sorted(found) == ["conversations", "forms", "outbox", "photos", "reporters"]


async def test_whoever_writes_in_the_moment_of_the_purge_stays_and_is_not_kept_waiting(
    database: Database, database_url: str
) -> None:
    async with database.transaction() as uow:
        await people.lock(uow, "U" + "1" * 32, NOW - 400 * DAY)
    async with database.transaction() as uow:
        await people.lock(uow, "U" + "1" * 32, NOW, at=NOW)
        assert await asyncio.wait_for(gone(database, "people"), 5) == 0
    assert await gone(database, "people") == 0
    assert len(column(database_url, "SELECT id FROM people")) == 1


async def test_whoever_comes_back_after_the_purge_is_a_person_again(database: Database) -> None:
    line_user = "U" + "1" * 32
    async with database.transaction() as uow:
        first = await people.lock(uow, line_user, NOW - 400 * DAY)
    assert await gone(database, "people") == 1
    async with database.transaction() as uow:
        again = await people.lock(uow, line_user, NOW)
    assert (again.id != first.id, again.first_seen_at) == (True, NOW)


async def test_a_tombstone_stands_for_ninety_days(database: Database) -> None:
    async with database.transaction() as uow:
        await unsent.remember(uow, "old", NOW - 91 * DAY)
        await unsent.remember(uow, "young", NOW - 89 * DAY)
    assert await gone(database, "tombstones") == 1
    async with database.reading() as reader:
        assert not await unsent.was_unsent(reader, "old")
        assert await unsent.was_unsent(reader, "young")


def test_a_tombstone_outlives_every_second_delivery() -> None:
    assert purging.TOMBSTONES_KEPT > purging.EVENTS_KEPT


async def test_events_passed_on_go_after_a_week_and_waiting_ones_stay(database: Database, database_url: str) -> None:
    rows = {"passed": 8, "given_up": 8, "waiting": 400}
    for state, days in {**rows, "passed ": 6}.items():
        at = NOW - days * DAY
        change(
            database_url,
            "INSERT INTO passed_on (id, state, created_at, finished_at) VALUES (%s, %s, %s, %s)",
            *(uuid4(), state.strip(), at, None if state == "waiting" else at),
        )
    assert await gone(database, "passed_on") == 2
    assert sorted(column(database_url, "SELECT state FROM passed_on")) == ["passed", "waiting"]


async def test_one_batch_deletes_no_more_than_its_size(database: Database, database_url: str) -> None:
    change(
        database_url,
        "INSERT INTO unsent (message_hash, unsent_at) SELECT decode(md5(n::text), 'hex'), '2026-01-01' "
        "FROM generate_series(1, 1200) AS n",
    )
    assert [await gone(database, "tombstones") for _ in range(4)] == [500, 500, 200, 0]


async def test_a_row_that_somebody_holds_is_passed_by(database: Database, database_url: str) -> None:
    await event(database, "held", NOW - 31 * DAY)
    await event(database, "free", NOW - 31 * DAY)
    change(database_url, "UPDATE inbound SET state = 'done', lane = NULL")
    with psycopg.connect(database_url) as holder:
        holder.execute("SELECT id FROM inbound WHERE event_id = 'held' FOR UPDATE")
        assert await asyncio.wait_for(gone(database, "events"), 5) == 1
    assert column(database_url, "SELECT event_id FROM inbound") == ["held"]


async def test_a_second_program_leaves_while_one_is_at_it(database: Database, database_url: str) -> None:
    with psycopg.connect(database_url) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (purging.LOCK,))
        assert await gone(database, "events") is None
    assert await gone(database, "events") == 0


@pytest.mark.parametrize("kind", sorted(purging.PURGES))
async def test_every_kind_can_be_purged_where_nothing_is(database: Database, kind: str) -> None:
    assert await gone(database, kind) == 0
