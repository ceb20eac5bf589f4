"""Bringing a database to the schema of this release. Migrations go forward only; the way back is a backup."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, NullPool, create_engine, make_url, text

FOLDER = Path(__file__).parent / "migrations"
LOCK = 7_303_014
"""Number of the advisory lock that lets one program migrate at a time."""


async def migrate(url: str) -> list[str]:
    """Run what is not there yet, all of it or nothing; the names of what ran.

    Several programs may call this at once: one migrates, the others wait and find nothing left to do.
    """
    return await asyncio.to_thread(_upgrade, url)


def head() -> str:
    """The name of the newest migration of this release."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    assert newest is not None
    return newest


async def current(url: str) -> str | None:
    """The name of the newest migration in the database, or None for an empty one."""
    return await asyncio.to_thread(_current, url)


def _upgrade(url: str) -> list[str]:
    config = _config()
    ran: list[str] = []
    engine = _engine(url)
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        config.attributes.update(connection=connection, ran=ran)
        command.upgrade(config, "head")
    return ran


def _current(url: str) -> str | None:
    with _engine(url).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _engine(url: str) -> Engine:
    return create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
