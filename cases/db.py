"""The unit of work: one request, event or job is one transaction, committed here and nowhere else."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Table, make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import InstrumentedAttribute

from cases.base import Base
from cases.crypto import Keyring

log = structlog.get_logger()

Hook = Callable[[], Awaitable[None]]

_SETTINGS = {
    "TimeZone": "UTC",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "120s",  # a stuck program must not hold a person's events for ever
}


class Reader:
    """A transaction that reads. PostgreSQL itself refuses writes in it; a page sees one moment of the record."""

    def __init__(self, session: AsyncSession, keyring: Keyring) -> None:
        self.session = session
        self.keyring = keyring

    def open(self, column: InstrumentedAttribute[Any], row: UUID, sealed: bytes | None) -> str:
        """The text sealed in `column` of `row`, or "" where nothing is stored.

        Raises:
            SealBroken: the stored value is not what was sealed for this place.
        """
        if sealed is None:
            return ""
        table, name = _place(column)
        return self.keyring.open(bytes(sealed), table=table, column=name, row=row)


class UnitOfWork(Reader):
    """A transaction that writes. It commits when its block ends, and rolls back when the block raises."""

    def __init__(self, session: AsyncSession, keyring: Keyring) -> None:
        super().__init__(session, keyring)
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

    def before_commit(self, hook: Hook) -> None:
        """Run `hook` as the last thing inside the transaction: for what others must wait for as shortly as possible."""
        self._before_commit.append(hook)

    def after_commit(self, hook: Hook) -> None:
        """Run `hook` once the commit has succeeded, and not at all otherwise. Its failure is logged, not raised."""
        self._after_commit.append(hook)

    async def settle(self) -> None:
        """Run what was kept for the end of the transaction. Called by `Database.transaction`."""
        for hook in self._before_commit:
            await hook()

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
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"options": options, "application_name": "kizuki"},
        )
        self._writing = async_sessionmaker(self._engine, expire_on_commit=False)
        self._reading = async_sessionmaker(
            self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True),
            expire_on_commit=False,
            autoflush=False,
        )
        self._keyring = keyring

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[UnitOfWork]:
        """Write: commits when the block ends, rolls back when it raises."""
        async with self._writing() as session:
            uow = UnitOfWork(session, self._keyring)
            async with session.begin():
                yield uow
                await uow.settle()
        await uow.announce()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reader]:
        """Read: one snapshot, READ ONLY."""
        async with self._reading() as session, session.begin():
            yield Reader(session, self._keyring)

    async def close(self) -> None:
        await self._engine.dispose()


def _place(column: InstrumentedAttribute[Any]) -> tuple[str, str]:
    stored = column.property.columns[0]
    assert isinstance(stored.table, Table)
    return stored.table.name, stored.name
