"""What every program does before its work: refuse kindly, find its services, see that the schema fits, hear signals."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType

import psycopg
import structlog
from alembic.util.exc import CommandError
from sqlalchemy.exc import SQLAlchemyError

from cases import migrate
from deploy import embedded
from deploy.settings import Settings, SettingsError
from deploy.texts import text
from routing.city import CityError

log = structlog.get_logger()

KEEP_ALIVE_SECONDS = 5.0


class StartError(RuntimeError):
    """The programs cannot start; the message tells the operator what to do."""


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    """What an operator can mend ends the program with a sentence and status 2, never with a traceback."""
    # Until a loop listens to signals, SIGTERM must end us through our own clean-up, not past it.
    signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    except SettingsError as error:
        _refuse(text("errors.settings"), str(error))
    except (StartError, embedded.EmbeddedError) as error:
        _refuse(str(error))
    except CityError as error:
        _refuse(*error.problems)
    except CommandError:
        _refuse(text("errors.schema_unknown"))
    except (SQLAlchemyError, psycopg.Error) as error:
        _refuse(text("errors.database", kind=type(error).__name__))
    except KeyboardInterrupt:
        raise SystemExit(128 + signal.SIGINT) from None


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _refuse(*lines: str) -> None:
    sys.stderr.write("\n".join(lines) + "\n")
    raise SystemExit(2)


def say(key: str, **values: object) -> None:
    """Progress for the operator, on stderr, so that stdout keeps the one `ready` line."""
    sys.stderr.write(text(key, **values) + "\n")
    sys.stderr.flush()


@contextlib.contextmanager
def with_services(settings: Settings) -> Iterator[Settings]:
    """The settings with real addresses: embedded services are started for the URLs that are unset."""
    with with_kept_services(settings) as (running, _revive):
        yield running


@contextlib.contextmanager
def with_kept_services(settings: Settings) -> Iterator[tuple[Settings, Callable[[], None]]]:
    """Likewise, with a function that starts again what died (`keep_alive`); for the programs that run for long."""
    wants_database, wants_redis = not settings.database_url, not settings.redis_url
    if not (wants_database or wants_redis):
        yield settings, lambda: None
        return
    say("starting.postgres", folder=settings.data_dir)
    with embedded.running(settings.data_dir, database=wants_database, redis_server=wants_redis) as services:
        addresses = {
            "database_url": settings.database_url or services.database_url,
            "redis_url": settings.redis_url or services.redis_url,
        }
        yield settings.model_copy(update=addresses), services.revive


async def keep_alive(revive: Callable[[], None], stop: asyncio.Event) -> None:
    """Call `revive` every few seconds until `stop` is set."""
    while not await _came(stop, KEEP_ALIVE_SECONDS):
        try:
            await asyncio.to_thread(revive)
        except embedded.EmbeddedError as error:
            log.warning("service.dead", what=str(error))


async def _came(stop: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
    return stop.is_set()


async def ensure_schema(settings: Settings, *, may_migrate: bool) -> None:
    """Bring the schema up to date, or refuse to start on an old one.

    Raises:
        StartError: the schema is old and migrating was not asked for.
    """
    if await migrate.current(settings.database_url) == migrate.head():
        return
    if not may_migrate:
        raise StartError(text("errors.not_migrated"))
    say("starting.migrating")
    say("starting.migrated", names=", ".join(await migrate.migrate(settings.database_url)))


def stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
