"""The id of our own bot, as a worker heard it from LINE: the door refuses webhooks that are for another one."""

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from cases import channel
from cases.db import Database

log = structlog.get_logger()

UNKNOWN_SECONDS = 1.0  # between looks until it is known; a new house hears it with its first worker
KNOWN_SECONDS = 60.0  # after that it changes only when the city moves to another account


class BotId:
    """Read again and again; what was last read holds while the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._id: str | None = None

    def __call__(self) -> str | None:
        """The id, or None where no worker has heard it yet."""
        return self._id

    async def run(self) -> None:
        """Keep it fresh until cancelled."""
        while True:
            try:
                async with self._database.reading() as reader:
                    self._id = (await channel.read(reader)).bot_user_id
            except (SQLAlchemyError, OSError) as error:
                log.warning("bot_id.not_read", error=type(error).__name__)
            await asyncio.sleep(UNKNOWN_SECONDS if self._id is None else KNOWN_SECONDS)
