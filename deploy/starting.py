"""What every program does before its work: refuse kindly, find its services, see that the schema fits, hear signals."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterator

from cases import migrate
from deploy import embedded
from deploy.settings import Settings, SettingsError
from deploy.texts import text
from routing.city import CityError


class StartError(RuntimeError):
    """The programs cannot start; the message tells the operator what to do."""


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    """What an operator can mend ends the program with a sentence and status 2, never with a traceback."""
    try:
        yield
    except SettingsError as error:
        _refuse(text("errors.settings"), str(error))
    except (StartError, embedded.EmbeddedError) as error:
        _refuse(str(error))
    except CityError as error:
        _refuse(*error.problems)


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
    wants_database, wants_redis = not settings.database_url, not settings.redis_url
    if not (wants_database or wants_redis):
        yield settings
        return
    say("starting.postgres", folder=settings.data_dir)
    with embedded.running(settings.data_dir, database=wants_database, redis_server=wants_redis) as addresses:
        yield settings.model_copy(
            update={
                "database_url": settings.database_url or addresses.database_url,
                "redis_url": settings.redis_url or addresses.redis_url,
            }
        )


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
