"""What must disappear on time (cases/purging.py). Runs in every worker; several at once are harmless."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from cases import purging
from cases.db import Database

log = structlog.get_logger()

EVERY_SECONDS = 600.0
PAUSE_SECONDS = 0.05
"""Between two batches, so that a long arrear is worked off beside the conversations and not before them."""
MOST_BATCHES = 400
"""Of one kind at one time: an arrear goes on at the next time."""


async def run(database: Database, stop: asyncio.Event, now: Callable[[], datetime]) -> None:
    """Tidy up now and every ten minutes, until `stop` is set."""
    while not stop.is_set():
        await tidy(database, now(), stop)
        await _pause(stop, EVERY_SECONDS)


async def tidy(database: Database, now: datetime, stop: asyncio.Event | None = None) -> None:
    """Purge everything whose time is over; what fails is told and does not keep the rest from going."""
    stop = stop or asyncio.Event()
    gone: dict[str, int] = {}
    for kind in purging.PURGES:
        try:
            gone[kind] = await _all_of(database, kind, now, stop)
        except (SQLAlchemyError, OSError) as error:
            log.warning("housekeeping.failed", kind=kind, error=type(error).__name__)
    log.info("housekeeping.done", **gone)


async def _all_of(database: Database, kind: str, now: datetime, stop: asyncio.Event) -> int:
    total = 0
    for _ in range(MOST_BATCHES):
        async with database.transaction() as uow:
            number = await purging.purge(uow, kind, now)
        total += number or 0
        if number is None or number < purging.BATCH or stop.is_set():
            break
        await _pause(stop, PAUSE_SECONDS)
    return total


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
