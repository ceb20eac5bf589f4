import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError
from structlog.testing import capture_logs

from cases.agencies import AgencyItem, sync
from cases.db import Database, UnitOfWork
from tests.cases.builders import interrupted, sql

ONE = [AgencyItem("houkatsu", "地域包括")]


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
