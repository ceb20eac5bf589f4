import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InternalError
from structlog.testing import capture_logs

from cases.agencies import AgencyItem, sync
from cases.db import Database, UnitOfWork
from tests.cases.builders import interrupted, sql

ONE = [AgencyItem("houkatsu", "地域包括")]


KILL_OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def stored(url: str) -> int:
    return int(sql(url, "SELECT count(*) FROM agencies")[0][0])


class TestTransaction:
    async def test_it_commits_when_the_block_ends(self, database: Database, database_url: str) -> None:
        async with database.transaction() as uow:
            await sync(uow, ONE)
            assert stored(database_url) == 0
        assert stored(database_url) == 1

    async def test_it_rolls_back_when_the_block_raises(self, database: Database, database_url: str) -> None:
        await interrupted(database, lambda uow: sync(uow, ONE))
        assert stored(database_url) == 0


class TestReading:
    async def test_it_cannot_write(self, database: Database) -> None:
        with pytest.raises(InternalError, match="read-only transaction"):
            async with database.reading() as reader:
                await reader.session.execute(text("DELETE FROM agencies"))

    async def test_it_sees_one_moment(self, database: Database) -> None:
        count = text("SELECT count(*) FROM agencies")
        async with database.reading() as reader:
            assert await reader.session.scalar(count) == 0
            async with database.transaction() as uow:
                await sync(uow, ONE)
            assert await reader.session.scalar(count) == 0

    async def test_the_next_writer_on_its_connection_can_write(self, database_url: str, database: Database) -> None:
        narrow = Database(database_url, database._keyring, pool_size=1)
        async with narrow.reading() as reader:
            await reader.session.execute(text("SELECT 1"))
        async with narrow.transaction() as uow:
            await sync(uow, ONE)
        await narrow.close()
        assert stored(database_url) == 1


class TestHooks:
    async def test_they_run_in_order_and_the_last_ones_after_the_commit(
        self, database: Database, database_url: str
    ) -> None:
        seen: list[tuple[str, int]] = []

        async def note(name: str) -> None:
            seen.append((name, stored(database_url)))

        async with database.transaction() as uow:
            uow.after_commit(lambda: note("after"))
            uow.before_commit(lambda: note("before"))
            await sync(uow, ONE)
            await note("inside")
        assert seen == [("inside", 0), ("before", 0), ("after", 1)]

    async def test_they_do_not_run_when_the_block_raises(self, database: Database) -> None:
        ran: list[str] = []

        async def note() -> None:
            ran.append("ran")

        async def hook(uow: UnitOfWork) -> None:
            uow.before_commit(note)
            uow.after_commit(note)

        await interrupted(database, hook)
        assert ran == []

    async def test_a_failing_wake_up_does_not_deny_the_commit_nor_the_next_one(
        self, database: Database, database_url: str
    ) -> None:
        woken: list[str] = []

        async def fail() -> None:
            raise ConnectionError("redis://secret@host")

        async def wake() -> None:
            woken.append("inbox")

        with capture_logs() as logs:
            async with database.transaction() as uow:
                await sync(uow, ONE)
                uow.after_commit(fail)
                uow.after_commit(wake)
        assert stored(database_url) == 1
        assert woken == ["inbox"]
        assert [(log["event"], log["error"]) for log in logs] == [("database.after_commit_failed", "ConnectionError")]

    async def test_a_failing_last_step_rolls_everything_back(self, database: Database, database_url: str) -> None:
        async def fail() -> None:
            raise RuntimeError

        async def write() -> None:
            async with database.transaction() as uow:
                await sync(uow, ONE)
                uow.before_commit(fail)

        with pytest.raises(RuntimeError):
            await write()
        assert stored(database_url) == 0


class TestDriver:
    async def test_statements_of_the_driver_and_of_the_session_share_one_transaction(
        self, database: Database, database_url: str
    ) -> None:
        async with database.transaction() as uow:
            await sync(uow, ONE)
            await uow.flush()
            [row] = await uow.rows("SELECT name FROM agencies WHERE id = %(id)s", {"id": "houkatsu"})
            assert row.name == "地域包括"
            assert stored(database_url) == 0

    async def test_the_last_statements_run_in_their_order_before_the_hooks(
        self, database: Database, database_url: str
    ) -> None:
        seen: list[int] = []

        async def look() -> None:
            seen.append((await uow.rows("SELECT count(*) AS n FROM agencies"))[0].n)

        async with database.transaction() as uow:
            uow.before_commit(look)
            await sync(uow, ONE)
            await uow.last("DELETE FROM agencies WHERE id = %(id)s", {"id": "houkatsu"})
            await uow.last(
                "INSERT INTO agencies (id, name) SELECT %(id)s, 'x' WHERE NOT EXISTS (SELECT FROM agencies)",
                {"id": "b"},
            )
        assert seen == [1]
        assert sql(database_url, "SELECT id FROM agencies") == [("b",)]

    @pytest.mark.parametrize("is_last", [True, False])
    async def test_a_statement_that_fails_undoes_everything(
        self, database: Database, database_url: str, *, is_last: bool
    ) -> None:
        async def write() -> None:
            async with database.transaction() as uow:
                await sync(uow, ONE)
                await (uow.last if is_last else uow.rows)("SELECT 1 / %(by)s::integer", {"by": 0})

        with pytest.raises(DBAPIError) as caught:
            await write()
        assert not caught.value.connection_invalidated
        assert stored(database_url) == 0

    async def test_a_page_cannot_write_with_it_either(self, database: Database) -> None:
        with pytest.raises(InternalError, match="read-only transaction"):
            async with database.reading() as reader:
                await reader.rows("DELETE FROM agencies")

    async def test_an_error_tells_no_parameters(self, database: Database) -> None:
        with pytest.raises(DBAPIError) as caught:
            async with database.transaction() as uow:
                await uow.rows("SELECT %(words)s::integer", {"words": 1 << 40})
        assert caught.value.params is None

    async def test_connections_that_died_while_idle_are_replaced_unnoticed(
        self, database: Database, database_url: str
    ) -> None:
        async with database.transaction() as first, database.reading() as second:
            await first.rows("SELECT 1")
            await second.rows("SELECT 1")
        sql(database_url, KILL_OTHERS)
        async with database.transaction() as uow:
            await sync(uow, ONE)
        async with database.reading() as reader:
            assert [row.n for row in await reader.rows("SELECT count(*) AS n FROM agencies")] == [1]

    async def test_a_connection_that_dies_in_a_transaction_is_said_and_leaves_the_pool(
        self, database: Database, database_url: str
    ) -> None:
        async def write() -> None:
            async with database.transaction() as uow:
                await uow.rows("SELECT 1")
                sql(database_url, KILL_OTHERS)
                await uow.rows("SELECT 1")

        with pytest.raises(DBAPIError) as caught:
            await write()
        assert caught.value.connection_invalidated
        async with database.transaction() as uow:
            assert await uow.rows("SELECT 1")
