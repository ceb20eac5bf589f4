"""A real PostgreSQL and Redis for one run of the benchmarks, in a folder that goes away with it."""

import asyncio
import base64
import contextlib
import secrets
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from cases.migrate import migrate
from deploy import embedded
from tests.processes import Program

SECRET = secrets.token_hex(16)
TOKEN = secrets.token_hex(32)
KEYS = "bench:" + base64.b64encode(secrets.token_bytes(32)).decode()


@dataclass(frozen=True, slots=True)
class Services:
    addresses: embedded.Services
    folder: Path

    def database(self, name: str) -> str:
        """The URL of a new database with the schema of today. It is as durable as in production."""
        with psycopg.connect(self.addresses.database_url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        url = self.addresses.database_url.replace(f"/{embedded.DATABASE_NAME}?", f"/{name}?")
        asyncio.run(migrate(url))
        return url

    def settings(self, database_url: str, **more: object) -> dict[str, object]:
        """The settings of the program for this run, by their names in `deploy.settings`."""
        return {
            "line_channel_secret": SECRET,
            "line_channel_access_token": TOKEN,
            "keys": KEYS,
            "database_url": database_url,
            "redis_url": self.addresses.redis_url,
            "data_dir": self.folder,
            "host": "127.0.0.1",
            "port": 0,
            **more,
        }

    def environment(self, database_url: str, **more: object) -> dict[str, str]:
        """The same as environment variables of `kizuki serve`."""
        values = self.settings(database_url, **more)
        return {f"KIZUKI_{name.upper()}": str(value) for name, value in values.items()}


@contextlib.contextmanager
def running() -> Iterator[Services]:
    with tempfile.TemporaryDirectory(prefix="kizuki-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # run by root, PostgreSQL is another user and must reach its folder
        with embedded.running(folder) as addresses:
            yield Services(addresses, folder)


@contextlib.contextmanager
def started(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of a program that is ready, and is stopped when the block ends."""
    program = Program.start(arguments, environment)
    try:
        yield program.wait_ready().said[0].split()[1]
    finally:
        program.stop()


def one(url: str, statement: str) -> int:
    """The one number that `statement` gives."""
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return int(row[0])
