import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from sqlalchemy import text as statement
from structlog.testing import capture_logs

from bot import intake as intakes
from bot.intake import Intake
from cases.crypto import Keyring
from cases.db import Database
from cases.inbound import Arrived
from tests.bot.talking import NOW, Bell, until

REFUSE_POISON = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF NEW.kind = 'poison' THEN RAISE 'not this one'; END IF; RETURN NEW; END $$
"""
END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND"
AT_EVERY_ROW = "CREATE TRIGGER refuse BEFORE INSERT ON inbound FOR EACH ROW EXECUTE FUNCTION refuse()"


def arrived(event_id: str, user: str = "U1", **fields: Any) -> Arrived:
    payload = {"type": "message", "message": {"id": event_id, "type": "text", "text": "こんにちは"}}
    return replace(Arrived(event_id, user, "message.text", NOW, payload), **fields)


def stored(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [name for (name,) in connection.execute("SELECT event_id FROM inbound ORDER BY event_id")]


class Gate:
    """Stops whoever reaches a named point until it is opened."""

    def __init__(self, point: str) -> None:
        self.point = point
        self.reached = 0
        self.open = asyncio.Event()

    async def __call__(self, point: str) -> None:
        if point == self.point:
            self.reached += 1
            await self.open.wait()


@asynccontextmanager
async def taking(database: Database, bell: Bell, **options: Any):
    intake = Intake(database, bell, **options)
    yield intake
    await intake.close()


async def refuse_poison(database: Database) -> None:
    async with database.transaction() as uow:
        await uow.session.execute(statement(REFUSE_POISON))
        await uow.session.execute(statement(AT_EVERY_ROW))


async def put_all(intake: Intake, webhooks: Sequence[Sequence[Arrived]]) -> list[bool]:
    return list(await asyncio.gather(*(intake.put(events, NOW) for events in webhooks)))


class TestGroups:
    async def test_two_hundred_at_once_are_each_stored_once_in_few_commits(self, database, database_url, bell):
        webhooks = [[arrived(f"e{number:03}", f"U{number % 40}")] for number in range(200)]
        with capture_logs() as logs:
            async with taking(database, bell) as intake:
                assert await put_all(intake, webhooks) == [True] * 200
        assert stored(database_url) == [f"e{number:03}" for number in range(200)]
        groups = [entry["webhooks"] for entry in logs if entry["event"] == "intake.stored"]
        assert sum(groups) == 200
        assert bell.rung == ["inbound"] * len(groups)
        assert len(groups) <= 3

    async def test_each_of_many_requests_finds_its_own_row_when_it_hears_of_it(self, database, database_url, bell):
        async with (
            taking(database, bell) as intake,
            await psycopg.AsyncConnection.connect(database_url, autocommit=True) as other,
        ):

            async def request(number: int) -> bool:
                is_stored = await intake.put([arrived(f"e{number}")], NOW)
                rows = await other.execute("SELECT count(*) FROM inbound WHERE event_id = %s", [f"e{number}"])
                return is_stored and await rows.fetchone() == (1,)

            assert all(await asyncio.gather(*(request(number) for number in range(200))))

    async def test_a_lone_webhook_waits_for_nobody(self, database, bell):
        async with taking(database, bell) as intake:
            with capture_logs() as logs:
                assert await intake.put([arrived("e1"), arrived("e2")], NOW)
        assert [(entry["webhooks"], entry["events"], entry["new"]) for entry in logs] == [(1, 2, 2)]

    async def test_what_comes_during_a_commit_is_the_next_group(self, database, bell):
        gate = Gate("before-accept-commit")
        async with taking(database, bell, sync=gate) as intake:
            with capture_logs() as logs:
                first = intake.put([arrived("e0")], NOW)
                await until(lambda: gate.reached)
                others = [intake.put([arrived(f"e{number}")], NOW) for number in range(1, 6)]
                gate.open.set()
                assert all(await asyncio.gather(first, *others))
        assert [entry["webhooks"] for entry in logs] == [1, 5]

    async def test_a_group_is_no_larger_than_its_bound(self, database, bell, monkeypatch):
        monkeypatch.setattr(intakes, "LARGEST_GROUP", 10)
        async with taking(database, bell) as intake:
            with capture_logs() as logs:
                webhooks = [[arrived(f"e{n}-{m}") for m in range(4)] for n in range(7)]
                assert all(await put_all(intake, webhooks))
        assert [entry["events"] for entry in logs] == [12, 12, 4]

    async def test_nobody_hears_before_the_commit(self, database, database_url, bell):
        gate = Gate("before-accept-commit")
        async with taking(database, bell, sync=gate) as intake:
            fate = intake.put([arrived("e1")], NOW)
            await until(lambda: gate.reached)
            assert not fate.done()
            assert stored(database_url) == []
            gate.open.set()
            assert await fate
        assert stored(database_url) == ["e1"]

    async def test_the_points_of_a_group_are_passed_in_order(self, database, bell):
        passed: list[str] = []

        async def note(point: str) -> None:
            passed.append(point)

        async with taking(database, bell, sync=note) as intake:
            await intake.put([arrived("e1")], NOW)
        assert passed == ["before-flush", "before-accept-commit", "after-accept-commit"]


class TestDuplicates:
    async def test_no_11_the_same_event_in_several_webhooks_of_a_group_is_stored_once(
        self, database, database_url, bell
    ):
        webhooks = [[arrived("b"), arrived("a")], [arrived("a"), arrived("b")], [arrived("a"), arrived("a")]]
        async with taking(database, bell) as intake:
            assert await put_all(intake, webhooks) == [True] * 3
        assert stored(database_url) == ["a", "b"]

    async def test_no_12_several_programs_take_the_same_events_at_the_same_moment(
        self, database, database_url, keyring: Keyring, bell
    ):
        others = [Database(database_url, keyring) for _ in range(3)]
        programs = [Intake(each, bell) for each in (database, *others)]
        names = [f"e{number:02}" for number in range(50)]
        calls = [
            program.put([arrived(name) for name in (names if turn % 2 else names[::-1])], NOW)
            for turn in range(6)
            for program in programs
        ]
        assert all(await asyncio.gather(*calls))
        assert stored(database_url) == names
        for program, each in zip(programs[1:], others, strict=True):
            await program.close()
            await each.close()


class TestFailures:
    async def test_one_bad_request_harms_none_of_its_neighbours(self, database, database_url, bell):
        await refuse_poison(database)
        webhooks = [[arrived("a"), arrived("b")], [arrived("c"), arrived("x", kind="poison")], [arrived("d")]]
        with capture_logs() as logs:
            async with taking(database, bell) as intake:
                assert await put_all(intake, webhooks) == [True, False, True]
        assert stored(database_url) == ["a", "b", "d"]
        assert "こんにちは" not in str([{**entry, "exc_info": None} for entry in logs])

    async def test_what_cannot_even_be_sealed_is_its_own_request_s_fault(self, database, database_url, bell):
        async with taking(database, bell) as intake:
            good = intake.put([arrived("a")], NOW)
            with pytest.raises(TypeError):
                intake.put([arrived("b", payload={"what": object()})], NOW)
            assert await good
        assert stored(database_url) == ["a"]

    async def test_without_a_database_everybody_hears_so_at_once(self, keyring, bell):
        away = Database("postgresql://nobody@127.0.0.1:1/nothing", keyring)
        with capture_logs() as logs:
            async with taking(away, bell) as intake:
                assert await put_all(intake, [[arrived(f"e{n}")] for n in range(20)]) == [False] * 20
        assert [entry["outcome"] for entry in logs] == ["away"]
        assert bell.rung == []
        await away.close()

    async def test_it_recovers_when_the_database_lets_go_of_its_connections_and_comes_back(
        self, database, database_url, bell
    ):
        async with taking(database, bell) as intake:
            assert await intake.put([arrived("a")], NOW)
            with psycopg.connect(database_url, autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kizuki'"
                )
            await _eventually(lambda: intake.put([arrived("b")], NOW))
        assert stored(database_url) == ["a", "b"]

    async def test_a_commit_that_is_cut_off_is_never_called_stored(self, database, database_url, bell):
        """The server ends while the group is open: LINE must hear no 200, and a redelivery is taken in."""

        async def cut(point: str) -> None:
            if point == "before-accept-commit" and not cuts:
                cuts.append(point)
                with psycopg.connect(database_url, autocommit=True) as other:
                    other.execute(f"{END} state LIKE 'idle in tr%'")

        cuts: list[str] = []
        async with taking(database, bell, sync=cut) as intake:
            with capture_logs():
                assert not await intake.put([arrived("a")], NOW)
            assert stored(database_url) == []
            await _eventually(lambda: intake.put([arrived("a")], NOW))
        assert stored(database_url) == ["a"]

    async def test_too_many_that_wait_are_refused_and_not_kept_in_memory(self, database, bell, monkeypatch):
        monkeypatch.setattr(intakes, "MOST_WAITING", 3)
        gate = Gate("before-flush")
        async with taking(database, bell, sync=gate) as intake:
            taken = intake.put([arrived("e0")], NOW)
            await until(lambda: gate.reached)
            waiting = intake.put([arrived(f"e{n}") for n in range(1, 4)], NOW)
            assert await intake.put([arrived("e9")], NOW) is False
            gate.open.set()
            assert await taken
            assert await waiting


class TestWhoGoesAway:
    async def test_a_cancelled_request_takes_nobody_with_it_and_is_stored_all_the_same(
        self, database, database_url, bell
    ):
        gate = Gate("before-accept-commit")
        async with taking(database, bell, sync=gate) as intake:
            leaving = asyncio.create_task(_wait(intake.put([arrived("a")], NOW)))
            staying = asyncio.create_task(_wait(intake.put([arrived("b")], NOW)))
            await until(lambda: gate.reached)
            leaving.cancel()
            gate.open.set()
            assert await staying
            await asyncio.wait({leaving})
            assert leaving.cancelled()
        assert stored(database_url) == ["a", "b"]


class TestStop:
    async def test_what_was_taken_in_is_stored_before_the_end(self, database, database_url, bell):
        gate = Gate("before-flush")
        intake = Intake(database, bell, sync=gate)
        first = intake.put([arrived("a")], NOW)
        await until(lambda: gate.reached)
        second = intake.put([arrived("b")], NOW)
        closing = asyncio.create_task(intake.close())
        await asyncio.sleep(0)
        assert await intake.put([arrived("c")], NOW) is False
        gate.open.set()
        await closing
        assert (first.result(), second.result()) == (True, True)
        assert stored(database_url) == ["a", "b"]

    async def test_an_idle_intake_ends_at_once(self, database, bell):
        await Intake(database, bell).close()


async def _wait(fate: asyncio.Future[bool]) -> bool:
    return await fate


async def _eventually(attempt: Callable[[], Awaitable[bool]]) -> None:
    """LINE brings again what was not stored: some attempt within the next ones is."""
    with capture_logs():
        for _ in range(5):
            if await attempt():
                return
    raise AssertionError("it never recovered")
