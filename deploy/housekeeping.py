"""What must disappear on time: unsent drafts and ended sessions. Runs in every worker; doing it twice is harmless."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from cases import conversations
from cases.db import Database
from cases.staff import sessions

log = structlog.get_logger()

EVERY_SECONDS = 600.0


async def run(database: Database, stop: asyncio.Event, now: Callable[[], datetime]) -> None:
    """Tidy up now and every ten minutes, until `stop` is set."""
    while not stop.is_set():
        try:
            await tidy(database, now())
        except (SQLAlchemyError, OSError) as error:
            log.warning("housekeeping.failed", error=type(error).__name__)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY_SECONDS)


async def tidy(database: Database, now: datetime) -> None:
    async with database.transaction() as uow:
        drafts = await conversations.purge_expired(uow, now)
        await sessions.purge(uow, now)
    log.info("housekeeping.done", drafts=drafts)
