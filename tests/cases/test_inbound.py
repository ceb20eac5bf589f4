import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import psycopg
import pytest
from structlog.testing import capture_logs

from cases import inbound
from cases.crypto import Keyring
from cases.db import Database, UnitOfWork
from cases.inbound import Claimed
from cases.people import LINE_USER
from tests.cases.builders import NOW, arrived, interrupted, keyring_of, later, sql


async def accept(database: Database, *events: inbound.Arrived, at: datetime = NOW) -> int:
    async with database.transaction() as uow:
        return await inbound.accept(uow, events, at)


async def handle(database: Database, now: datetime = NOW) -> str | None:
    """Claim and finish one event; its id."""
    async with database.transaction() as uow:
        claimed = await inbound.claim(uow, now)
        if claimed is None:
            return None
        await inbound.finish(uow, claimed, now)
        return claimed.event_id


async def handle_all(database: Database) -> list[str]:
    handled = []
    while (event_id := await handle(database)) is not None:
        handled.append(event_id)
    return handled


async def fail(
    database: Database, now: datetime = NOW, on_parked: Callable[[UnitOfWork], Awaitable[None]] | None = None
) -> Claimed:
    async with database.transaction() as uow:
        claimed = await inbound.claim(uow, now)
    assert claimed is not None
    await inbound.failed(database, claimed, now, "ValueError", on_parked)
    return claimed


async def fail_for_good(database: Database, **options: Any) -> None:
    for attempt in range(inbound.MOST_ATTEMPTS):
        await fail(database, later(minutes=attempt), **options)


class TestAccept:
    async def test_what_was_accepted_is_claimed_as_it_came(self, database: Database) -> None:
        event = arrived("e1", text="新聞がたまって")
        assert await accept(database, event) == 1
        async with database.transaction() as uow:
            claimed = await inbound.claim(uow, NOW)
        assert claimed is not None
        assert (claimed.event_id, claimed.line_user, claimed.kind) == ("e1", "U1", "message.text")
        assert claimed.payload == event.payload
        assert (claimed.event_at, claimed.received_at, claimed.attempts) == (event.event_at, NOW, 0)

    async def test_a_redelivery_is_no_new_event_even_when_handled(self, database: Database) -> None:
        assert await accept(database, arrived("e1"), arrived("e2")) == 2
        assert await handle_all(database) == ["e1", "e2"]
        assert await accept(database, arrived("e2"), arrived("e3")) == 1

    async def test_twice_in_one_batch_is_once(self, database: Database) -> None:
        assert await accept(database, arrived("e1"), arrived("e1")) == 1

    async def test_nothing_is_nothing(self, database: Database) -> None:
        assert await accept(database) == 0

    async def test_the_same_events_twenty_times_at_once_and_shuffled_are_stored_once(self, database: Database) -> None:
        events = [arrived(f"e{number}", f"U{number % 3}") for number in range(30)]
        shuffled = [random.sample(events, len(events)) for _ in range(20)]
        new = await asyncio.gather(*(accept(database, *batch) for batch in shuffled))
        assert sum(new) == 30

    async def test_a_handled_event_keeps_only_id_and_times(self, database: Database, database_url: str) -> None:
        await accept(database, arrived("e1"))
        await handle(database)
        kept = "lane, line_user, payload, message_hash, error"
        assert sql(database_url, f"SELECT state, {kept} FROM inbound") == [("done", None, None, None, None, None)]


class TestOrder:
    async def test_one_persons_events_come_in_the_order_they_happened(self, database: Database) -> None:
        await accept(database, arrived("late", at=2), arrived("early", at=0), arrived("middle", at=1))
        assert await handle_all(database) == ["early", "middle", "late"]

    async def test_events_of_the_same_moment_come_in_the_order_they_were_given(self, database: Database) -> None:
        await accept(database, arrived("z"), arrived("a"), arrived("m"))
        await accept(database, arrived("0"), at=later(seconds=1))
        assert await handle_all(database) == ["z", "a", "m", "0"]

    async def test_a_person_in_hand_is_not_given_out_again(self, database: Database) -> None:
        await accept(database, arrived("e1"), arrived("e2", at=1))
        async with database.transaction() as first, database.transaction() as second:
            assert (await inbound.claim(first, NOW)) is not None
            assert (await inbound.claim(second, NOW)) is None

    async def test_an_older_event_that_arrives_late_waits_for_the_one_in_hand(self, database: Database) -> None:
        await accept(database, arrived("newer", at=5))
        async with database.transaction() as first:
            claimed = await inbound.claim(first, NOW)
            assert claimed is not None
            await accept(database, arrived("older", at=1))
            async with database.transaction() as second:
                assert (await inbound.claim(second, NOW)) is None
            await inbound.finish(first, claimed, NOW)
        assert await handle_all(database) == ["older"]

    async def test_others_go_on_meanwhile(self, database: Database) -> None:
        await accept(database, arrived("e1"), arrived("e2", at=1), arrived("other", "U2", at=9))
        async with database.transaction() as first, database.transaction() as second:
            await inbound.claim(first, NOW)
            claimed = await inbound.claim(second, NOW)
            assert claimed is not None
            assert claimed.event_id == "other"

    async def test_events_without_a_person_do_not_wait_for_each_other(self, database: Database) -> None:
        await accept(database, arrived("g1", None), arrived("g2", None))
        async with database.transaction() as first, database.transaction() as second:
            one, two = await inbound.claim(first, NOW), await inbound.claim(second, NOW)
            assert one is not None
            assert two is not None
            assert {one.event_id, two.event_id} == {"g1", "g2"}
            assert one.line_user is None

    async def test_workers_at_once_handle_each_event_once_and_in_order(self, database: Database) -> None:
        events = [arrived(f"{user}-{number}", f"U{user}", at=number) for user in range(5) for number in range(8)]
        await accept(database, *random.sample(events, len(events)))
        done: list[str] = []

        async def work() -> None:
            while await inbound_open(database):
                async with database.transaction() as uow:
                    claimed = await inbound.claim(uow, NOW)
                    if claimed is not None:
                        await asyncio.sleep(0.001)
                        await inbound.finish(uow, claimed, NOW)
                        done.append(claimed.event_id)

        await asyncio.gather(*(work() for _ in range(6)))
        assert sorted(done) == sorted(event.event_id for event in events)
        for user in range(5):
            assert [name for name in done if name.startswith(f"{user}-")] == [f"{user}-{n}" for n in range(8)]


async def inbound_open(database: Database) -> int:
    async with database.reading() as reader:
        return await inbound.open_count(reader)


class TestKilledWorker:
    async def test_its_event_is_open_again_at_once(self, database: Database, database_url: str) -> None:
        await accept(database, arrived("e1"), arrived("e2", at=1))
        connection = await psycopg.AsyncConnection.connect(database_url)
        await connection.execute("SELECT pg_advisory_xact_lock(lane), 1 FROM inbound WHERE event_id = 'e1'")
        await connection.execute("SELECT 1 FROM inbound WHERE event_id = 'e1' FOR UPDATE")
        assert await handle(database) is None
        backend = connection.info.backend_pid
        await connection.close()
        gone = f"SELECT count(*) FROM pg_stat_activity WHERE pid = {backend}"
        while sql(database_url, gone) != [(0,)]:  # noqa: ASYNC110 - the server's process rings no bell at its end
            await asyncio.sleep(0.01)
        assert await handle_all(database) == ["e1", "e2"]

    async def test_a_rolled_back_event_is_handled_again(self, database: Database) -> None:
        await accept(database, arrived("e1"))

        async def work(uow: UnitOfWork) -> None:
            claimed = await inbound.claim(uow, NOW)
            assert claimed is not None
            await inbound.finish(uow, claimed, NOW)

        await interrupted(database, work)
        assert await handle_all(database) == ["e1"]


class TestFailed:
    async def test_it_waits_longer_each_time_and_holds_back_its_own_person_only(self, database: Database) -> None:
        await accept(database, arrived("poison"), arrived("next", at=1), arrived("other", "U2", at=2))
        await fail(database)
        assert await handle_all(database) == ["other"]
        again = await fail(database, later(seconds=2))
        assert (again.event_id, again.attempts) == ("poison", 1)
        assert await handle(database, later(seconds=5)) is None
        assert await handle(database, later(seconds=6)) == "poison"

    async def test_at_the_limit_it_is_parked_and_the_persons_next_event_comes(
        self, database: Database, database_url: str
    ) -> None:
        await accept(database, arrived("poison"), arrived("next", at=1))
        await fail_for_good(database)
        assert await handle_all(database) == ["next"]
        async with database.reading() as reader:
            assert (await inbound.open_count(reader), await inbound.parked_count(reader)) == (0, 1)
        assert sql(database_url, "SELECT payload IS NOT NULL FROM inbound WHERE state = 'parked'") == [(True,)]

    async def test_what_belongs_to_the_end_of_an_event_is_done_once_in_the_transaction_that_parks_it(
        self, database: Database
    ) -> None:
        await accept(database, arrived("poison"))
        ends: list[int] = []

        async def end(uow: UnitOfWork) -> None:
            ends.append(await inbound.parked_count(uow))

        await fail_for_good(database, on_parked=end)
        assert ends == [1]

    async def test_an_attempt_counted_by_another_process_lets_the_event_be_tried_at_once(
        self, database: Database
    ) -> None:
        await accept(database, arrived("e1"))
        for _ in range(inbound.MOST_ATTEMPTS):
            async with database.transaction() as uow:
                claimed = await inbound.claim(uow, NOW)
                assert claimed is not None
                is_parked = await inbound.count_attempt(uow, claimed, "left over")
        assert is_parked
        assert await inbound_open(database) == 0

    async def test_a_failure_noted_late_does_not_reopen_what_another_worker_has_done(self, database: Database) -> None:
        await accept(database, arrived("e1"))
        async with database.transaction() as uow:
            claimed = await inbound.claim(uow, NOW)
        assert claimed is not None
        assert await handle(database) == "e1"
        await inbound.failed(database, claimed, NOW, "ConnectionResetError")
        assert await inbound_open(database) == 0


class TestUnreadable:
    @pytest.mark.parametrize("column", ["payload", "line_user"])
    async def test_an_event_that_cannot_be_opened_is_parked_and_holds_nobody_back(
        self, database: Database, database_url: str, column: str
    ) -> None:
        await accept(database, arrived("broken"), arrived("next", at=1), arrived("other", "U2", at=2))
        damage = f"UPDATE inbound SET {column} = set_byte({column}, 30, get_byte({column}, 30) # 1)"
        sql(database_url, f"{damage} WHERE event_id = 'broken' RETURNING id")
        with capture_logs() as logs:
            assert await handle_all(database) == ["next", "other"]
        ((broken, kept),) = sql(database_url, "SELECT id, payload IS NOT NULL FROM inbound WHERE state = 'parked'")
        assert kept
        assert [(log["event"], log["inbound"]) for log in logs] == [("inbound.unreadable", str(broken))]

    async def test_events_of_a_key_that_was_dropped_are_all_parked(self, database: Database, database_url: str) -> None:
        await accept(database, *(arrived(f"e{number}", f"U{number % 3}", at=number) for number in range(9)))
        without_old = Database(database_url, keyring_of("new"))
        await accept(without_old, arrived("fresh", "U1", at=99))
        assert await handle_all(without_old) == ["fresh"]
        async with without_old.reading() as reader:
            assert await inbound.parked_count(reader) == 9
        await without_old.close()


class TestKeyRotation:
    async def test_a_persons_events_from_before_and_after_it_stay_in_order(
        self, database: Database, database_url: str, rotated: Keyring
    ) -> None:
        after = Database(database_url, rotated)
        await accept(database, arrived("before", at=0))
        await accept(after, arrived("after", at=1), arrived("other", "U2", at=2))
        async with after.transaction() as first, after.transaction() as second:
            assert event_of(await inbound.claim(first, NOW)) == "before"
            assert event_of(await inbound.claim(second, NOW)) == "other"
        assert await handle_all(after) == ["before", "after", "other"]
        await after.close()

    async def test_when_nothing_waits_from_before_the_new_key_alone_counts(
        self, database: Database, database_url: str, rotated: Keyring
    ) -> None:
        after = Database(database_url, rotated)
        await accept(database, arrived("before"))
        await handle_all(database)
        await accept(after, arrived("after", at=1))
        lane = int.from_bytes(rotated.hash("U1", purpose=LINE_USER)[:8], signed=True)
        assert sql(database_url, "SELECT lane FROM inbound WHERE state = 'open'") == [(lane,)]
        await after.close()


def event_of(claimed: Claimed | None) -> str | None:
    return claimed.event_id if claimed else None


class TestForgetMessage:
    async def test_a_waiting_message_loses_its_words(self, database: Database) -> None:
        await accept(database, arrived("e1"), arrived("e2", at=1))
        async with database.transaction() as uow:
            await inbound.forget_message(uow, "m-e1")
        async with database.transaction() as uow:
            claimed = await inbound.claim(uow, NOW)
            assert claimed is not None
            assert (claimed.event_id, claimed.line_user, claimed.payload) == ("e1", "U1", {})

    async def test_a_message_from_before_the_keys_were_rotated_is_found(
        self, database: Database, database_url: str, rotated: Keyring
    ) -> None:
        await accept(database, arrived("e1"), arrived("e2", at=1))
        later = Database(database_url, rotated)
        async with later.transaction() as uow:
            await inbound.forget_message(uow, "m-e1")
            claimed = await inbound.claim(uow, NOW)
        await later.close()
        assert claimed is not None
        assert claimed.payload == {}

    async def test_other_messages_keep_theirs(self, database: Database) -> None:
        await accept(database, arrived("e1"))
        async with database.transaction() as uow:
            await inbound.forget_message(uow, "m-other")
            claimed = await inbound.claim(uow, NOW)
            assert claimed is not None
            assert claimed.payload["message"]["text"] == "こんにちは"


class TestManyEvents:
    async def test_a_flood_of_one_person_is_passed_by(self, database: Database) -> None:
        await accept(database, *(arrived(f"flood-{number}", at=number / 1000) for number in range(500)))
        await accept(database, arrived("other", "U2", at=9))
        async with database.transaction() as busy:
            assert (await inbound.claim(busy, NOW)) is not None
            assert await handle(database) == "other"
            assert await handle(database) is None

    async def test_many_people_who_wait_for_a_next_attempt_hide_nobody(
        self, database: Database, database_url: str
    ) -> None:
        await accept(database, *(arrived(f"e{number}", f"U{number}") for number in range(100)))
        sql(database_url, "UPDATE inbound SET not_before = %s", later(minutes=1))
        await accept(database, arrived("fresh", "new", at=9))
        assert await handle(database) == "fresh"
        assert await handle(database) is None

    async def test_many_done_events_are_not_read(self, database: Database, database_url: str) -> None:
        sql(
            database_url,
            "INSERT INTO inbound (id, event_id, kind, event_at, received_at, place, state) "
            "SELECT gen_random_uuid(), 'old' || n, 'follow', now(), now(), 0, 'done' FROM generate_series(1, 20000) n",
        )
        await accept(database, *(arrived(f"e{number}", f"U{number}") for number in range(20)))
        sql(database_url, "ANALYZE inbound")
        query = inbound._FREE_LANE.replace("%(now)s", "now()").replace("%(seen)s", "'{}'")
        plan = "\n".join(line for (line,) in sql(database_url, f"EXPLAIN {query}"))
        assert "using ix_inbound_open" in plan
        assert "Seq Scan" not in plan
