"""PostgreSQL and Redis of the fault tests' own, so that they may be killed: as durable as in production."""

import contextlib
import itertools
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from cases.migrate import migrate
from deploy import embedded
from tests import folders

REVIVAL_SECONDS = 120.0
_BACKENDS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'kizuki' ORDER BY state <> 'active', random()"


@dataclass
class Ground:
    services: embedded.Services
    folder: Path
    _serial: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def database(self) -> str:
        """The URL of a new database with the schema of today."""
        name = f"f{next(self._serial)}"
        with psycopg.connect(self.services.database_url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        url = self.services.database_url.replace(f"/{embedded.DATABASE_NAME}?", f"/{name}?")
        await migrate(url)
        return url

    def kill_redis(self) -> None:
        _kill(int((self.folder / "redis" / "redis.pid").read_text(encoding="ascii")))

    def kill_postmaster(self) -> None:
        _kill(self._postmaster())

    def kill_backend(self) -> None:
        """Kill one of our programs' connections: PostgreSQL then throws all others out and recovers by itself."""
        with psycopg.connect(self.services.database_url, autocommit=True) as connection:
            until = time.monotonic() + REVIVAL_SECONDS
            while (found := connection.execute(_BACKENDS).fetchone()) is None:
                assert time.monotonic() < until, "nobody comes back"
                time.sleep(0.1)  # after an outage they come back in their own time
        os.kill(found[0], signal.SIGKILL)

    def revive(self) -> None:
        """Start what died, again and again until it stands; processes of the dead may be in the way for a moment."""
        until = time.monotonic() + REVIVAL_SECONDS
        while True:
            try:
                self.services.start()
            except embedded.EmbeddedError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)
            else:
                return

    def _postmaster(self) -> int:
        return int((self.folder / "postgres" / "postmaster.pid").read_text(encoding="utf-8").split()[0])


def _kill(pid: int) -> None:
    process = psutil.Process(pid)
    process.kill()
    psutil.wait_procs([process], timeout=20)


@contextlib.contextmanager
def running() -> Iterator[Ground]:
    with folders.reachable() as folder, embedded.running(folder) as services:
        try:
            yield Ground(services, folder.resolve())
        finally:
            # Whatever a test left dead: an orderly stop wants the service alive, or its successor would find ruins.
            with contextlib.suppress(embedded.EmbeddedError):
                services.start()
