"""The id of our own bot, as a worker heard it from LINE: the door refuses webhooks that are for another one."""

import asyncio
from collections.abc import Callable
from time import monotonic

import structlog
from sqlalchemy.exc import SQLAlchemyError

from cases import channel
from cases.db import Database

log = structlog.get_logger()

UNKNOWN_SECONDS = 1.0  # between looks until it is known; a new house hears it with its first worker
KNOWN_SECONDS = 60.0  # after that it changes only when the city moves to another account
AGAIN_SECONDS = 1.0  # between looks because of webhooks that are for another bot
LOOK_SECONDS = 1.0  # a look may take so long, as LINE waits for its answer


class BotId:
    """Read again and again; what was last read holds while the database is away.

    What was heard with another access token than ours may be the id of another bot, so it counts as unknown.
    """

    def __init__(self, database: Database, access_token: str, *, clock: Callable[[], float] = monotonic) -> None:
        self._database = database
        self._mark = channel.mark_of(access_token)
        self._clock = clock
        self._id: str | None = None
        self._looked_at: float | None = None
        self._looking = asyncio.Lock()

    def __call__(self) -> str | None:
        """The id, or None where no worker has heard it yet."""
        return self._id

    async def run(self) -> None:
        """Keep it fresh until cancelled."""
        while True:
            async with self._looking:
                await self._look()
            await asyncio.sleep(UNKNOWN_SECONDS if self._id is None else KNOWN_SECONDS)

    async def look_again(self) -> None:
        """A webhook is for another bot: perhaps we have become that one. It costs a look a second at most."""
        async with self._looking:
            if self._looked_at is None or self._clock() - self._looked_at >= AGAIN_SECONDS:
                await self._look()

    async def _look(self) -> None:
        self._looked_at = self._clock()
        try:
            async with asyncio.timeout(LOOK_SECONDS), self._database.reading() as reader:
                known = await channel.read(reader)
        except (SQLAlchemyError, OSError) as error:  # a timeout is an OSError too
            log.warning("bot_id.not_read", error=type(error).__name__)
        else:
            self._id = known.bot_user_id if known.token_mark == self._mark else None
