"""The unit of work: one request, event or job is one transaction, committed here and nowhere else.

SQLAlchemy holds the pool and the transaction, and its session is there for whoever asks for it. A handful of statements
run for every event; they go to the driver directly, on the connection of the same transaction (`rows`, `run`), because
the session costs four times what the statement does.
"""

import select
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from enum import Enum
from functools import cache
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import structlog
from psycopg.rows import namedtuple_row
from sqlalchemy import Table, event, make_url
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from cases.base import Base
from cases.crypto import Keyring

log = structlog.get_logger()

Hook = Callable[[], Awaitable[None]]
Given = Mapping[str, Any]
Answer = psycopg.AsyncCursor[Any]
"""A statement that was sent. What came of it is there at once, or at the end of a `together` block."""

_SETTINGS = {
    "TimeZone": "UTC",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "120s",  # a stuck program must not hold a person's events for ever
}


class Reader:
    """A transaction that reads. PostgreSQL itself refuses writes in it; a page sees one moment of the record."""

    _autoflush = False

    def __init__(self, connection: AsyncConnection, keyring: Keyring) -> None:
        self.keyring = keyring
        self._connection = connection
        self._session: AsyncSession | None = None

    @property
    def session(self) -> AsyncSession:
        """SQLAlchemy's session in this transaction, made when it is first asked for."""
        if self._session is None:
            self._session = AsyncSession(self._connection, expire_on_commit=False, autoflush=self._autoflush)
        return self._session

    async def rows(self, statement: LiteralString, given: Given | None = None) -> list[Any]:
        """Run a statement that stays prepared on the connection; the rows it gives. Placeholders are `%(name)s`.

        Raises:
            SQLAlchemyError: as from the session.
        """
        answer = await self.run(statement, given)
        async with self._translated():
            return await answer.fetchall()

    async def run(self, statement: LiteralString, given: Given | None = None) -> Answer:
        """Run a statement that stays prepared on the connection.

        Raises:
            SQLAlchemyError: as from the session.
        """
        cursor = self.driver.cursor(binary=True, row_factory=namedtuple_row)
        async with self._translated():
            return await cursor.execute(statement, given, prepare=True)

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """What is `run` in this block travels to the database in one journey. Each statement still sees the one before.

        Raises:
            SQLAlchemyError: at the end of the block, of the first statement that failed.
        """
        async with self._translated(), self.driver.pipeline():
            yield

    def open(self, column: InstrumentedAttribute[Any], row: UUID, sealed: bytes | None) -> str:
        """The text sealed in `column` of `row`, or "" where nothing is stored.

        Raises:
            SealBroken: the stored value is not what was sealed for this place.
        """
        if sealed is None:
            return ""
        table, name = _place(column)
        return self.keyring.open(bytes(sealed), table=table, column=name, row=row)

    async def close(self) -> None:
        """Let go of the session. Called by `Database`."""
        if self._session is not None:
            await self._session.close()

    @property
    def driver(self) -> psycopg.AsyncConnection[Any]:
        """The driver's own connection, inside this transaction. Whoever uses it ends no transaction with it."""
        connection = self._connection.sync_connection
        assert connection is not None
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.AsyncConnection)
        return driver

    @asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        """The driver's errors as those of SQLAlchemy, which everybody expects; a broken connection leaves the pool."""
        try:
            yield
        except psycopg.Error as error:
            is_broken = self.driver.closed
            if is_broken:
                await self._connection.invalidate(error)
            raise DBAPIError.instance(
                None, None, error, psycopg.Error, hide_parameters=True, connection_invalidated=is_broken
            ) from error


class UnitOfWork(Reader):
    """A transaction that writes. It commits when its block ends, and rolls back when the block raises."""

    _autoflush = True

    def __init__(self, connection: AsyncConnection, keyring: Keyring) -> None:
        super().__init__(connection, keyring)
        self._last: list[tuple[LiteralString, Given]] = []
        self._before_commit: list[Hook] = []
        self._after_commit: list[Hook] = []

    def seal(self, column: InstrumentedAttribute[Any], row: UUID, plain: str) -> bytes | None:
        """`plain` sealed for `column` of `row`; nothing is stored for an empty text."""
        if not plain:
            return None
        table, name = _place(column)
        return self.keyring.seal(plain, table=table, column=name, row=row)

    def add(self, *rows: Base) -> None:
        self.session.add_all(rows)

    async def flush(self) -> None:
        await self.session.flush()

    async def insert(self, *rows: Base) -> None:
        """Write new rows in their order, in one journey, past the session: it never hears of them.

        For what a flood of events writes; `add` is for all else. What a row does not name is left to the database's own
        default: a key is always named.

        Raises:
            SQLAlchemyError: the database refuses one of them.
        """
        async with self.together():
            for row in rows:
                given = _given(row)
                await self.run(_insertion(type(row).__tablename__, tuple(given)), given)

    async def last(self, statement: LiteralString, given: Given) -> None:
        """Run a statement at the end of the transaction, in one journey with the others that were kept for it.

        For what nobody in this transaction reads any more.
        """
        self._last.append((statement, given))

    def before_commit(self, hook: Hook) -> None:
        """Run `hook` as the last thing inside the transaction: for what others must wait for as shortly as possible."""
        self._before_commit.append(hook)

    def after_commit(self, hook: Hook) -> None:
        """Run `hook` once the commit has succeeded, and not at all otherwise. Its failure is logged, not raised."""
        self._after_commit.append(hook)

    async def settle(self) -> None:
        """Run what was kept for the end of the transaction. Called by `Database.transaction`.

        Raises:
            SQLAlchemyError: something in it failed.
        """
        if self._session is not None:
            await self._session.flush()
        last, self._last = self._last, []
        if last:
            async with self.together():
                for statement, given in last:
                    await self.run(statement, given)
        for hook in self._before_commit:
            await hook()
        if self._session is not None:
            await self._session.flush()

    async def announce(self) -> None:
        """Run what waited for the commit. Called by `Database.transaction`."""
        for hook in self._after_commit:
            try:
                await hook()
            except Exception as error:  # noqa: BLE001 - the record is committed; a lost wake-up must not deny it
                log.warning("database.after_commit_failed", error=type(error).__name__)


class Database:
    """The record's database.

    Args:
        url: `postgresql://…`, over TCP or a unix socket (`?host=/folder`).
        keyring: opens and seals what is stored.
        pool_size: connections held at most, by readers and writers together.
    """

    def __init__(self, url: str, keyring: Keyring, *, pool_size: int = 10) -> None:
        options = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
        self._engine = create_async_engine(
            make_url(url).set(drivername="postgresql+psycopg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_use_lifo=True,  # the connection used last has its statements prepared
            hide_parameters=True,
            connect_args={"options": options, "application_name": "kizuki"},
        )
        event.listen(self._engine.sync_engine, "checkout", _refuse_the_dead)
        self._snapshots = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._keyring = keyring

    @property
    def keyring(self) -> Keyring:
        return self._keyring

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[UnitOfWork]:
        """Write: commits when the block ends, rolls back when it raises."""
        async with self._engine.connect() as connection:
            uow = UnitOfWork(connection, self._keyring)
            try:
                async with connection.begin():
                    yield uow
                    await uow.settle()
            finally:
                await uow.close()
        await uow.announce()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reader]:
        """Read: one snapshot, READ ONLY."""
        async with self._snapshots.connect() as connection:
            reader = Reader(connection, self._keyring)
            try:
                async with connection.begin():
                    yield reader
            finally:
                await reader.close()

    async def close(self) -> None:
        await self._engine.dispose()


def _refuse_the_dead(_: object, entry: ConnectionPoolEntry, __: PoolProxiedConnection) -> None:
    """A look at the socket instead of a question to the server: an idle connection has nothing to read but its end.

    Raises:
        InvalidatePoolError: the server has gone, and the other idle connections with it; SQLAlchemy connects anew.
    """
    driver = entry.driver_connection
    assert isinstance(driver, psycopg.AsyncConnection)
    if driver.closed:
        raise InvalidatePoolError
    socket = select.poll()
    socket.register(driver.pgconn.socket, select.POLLIN)
    if socket.poll(0):
        raise InvalidatePoolError


def _given(row: Base) -> dict[str, Any]:
    """What a row names: codes as their text."""
    named = ((name, value) for name, value in vars(row).items() if name != "_sa_instance_state")
    return {name: value.value if isinstance(value, Enum) else value for name, value in named}


@cache
def _insertion(table: str, columns: tuple[str, ...]) -> LiteralString:
    """Names of our own tables and columns only, never anything that somebody wrote."""
    values = ", ".join(f"%({column})s" for column in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"  # noqa: S608 - see above


def _place(column: InstrumentedAttribute[Any]) -> tuple[str, str]:
    stored = column.property.columns[0]
    assert isinstance(stored.table, Table)
    return stored.table.name, stored.name
