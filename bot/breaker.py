"""The circuit breaker: while LINE refuses our token or our account, it is left alone, and nothing is lost or overtaken.

All workers know it together, by the row of the account. From the first 401 or 403 on nothing is claimed; after a pause
that grows, one worker tries one row. As soon as LINE takes it, everything goes out in its old order.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from bot.line_api import Verdict
from cases import channel, outbox
from cases.channel import FIRST_PAUSE
from cases.db import UnitOfWork
from cases.outbox import Outgoing

log = structlog.get_logger()

LOOK_AGAIN = timedelta(seconds=2)
"""How long what was read of the account counts; it is not read for every row."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
REFUSES_US = frozenset({Verdict.UNAUTHORISED, Verdict.FORBIDDEN})
"""What LINE would answer to every other row as well."""
_TELLS_NOTHING = frozenset({Verdict.NOT_REACHED, Verdict.UNCLEAR})


class Breaker:
    """Claims rows for a sender: all there are places for, or one, or none."""

    def __init__(self) -> None:
        self._is_open = False
        self._probe_at = _LONG_AGO
        self._looked_at = _LONG_AGO
        self._probe: UUID | None = None

    async def claim(self, uow: UnitOfWork, now: datetime, places: int, *, fresh_after: datetime) -> list[Outgoing]:
        """What may be sent now; see `outbox.claim`."""
        if now - self._looked_at >= LOOK_AGAIN:
            await self._look(uow, now)
        if not self._is_open:
            return await outbox.claim(uow, now, places, fresh_after=fresh_after)
        if now < self._probe_at:
            return []
        rows = await outbox.claim(uow, now, 1, fresh_after=fresh_after)
        self._looked_at = _LONG_AGO  # the time of the next try is told by the account's row
        for row in rows:
            if not await channel.take_probe(uow, now):
                await outbox.give_back(uow, row)  # another worker was quicker
                return []
            self._probe = row.id
        return rows

    async def heard(self, uow: UnitOfWork, row: Outgoing, verdict: Verdict | None, now: datetime) -> bool:
        """Note what LINE's answer to the row tells of us; None where LINE was not asked. Whether it is news."""
        was_probe = row.id == self._probe
        if was_probe:
            self._probe = None
        if verdict in REFUSES_US:
            return await self._opened(uow, verdict, now)
        if was_probe and verdict is None:
            await channel.give_probe_back(uow, now)
        elif was_probe and verdict not in _TELLS_NOTHING:
            return await self._closed(uow)
        return False

    async def _look(self, uow: UnitOfWork, now: datetime) -> None:
        known = await channel.read(uow)
        self._is_open, self._probe_at = known.probe_at is not None, known.probe_at or _LONG_AGO
        self._looked_at = now

    async def _opened(self, uow: UnitOfWork, verdict: Verdict | None, now: datetime) -> bool:
        if not self._is_open:
            self._is_open, self._probe_at, self._looked_at = True, now + FIRST_PAUSE, now
        is_token = verdict is Verdict.UNAUTHORISED
        is_news = await (channel.note_refused if is_token else channel.note_forbidden)(uow, now)
        if is_news:
            log.error("line.token_refused" if is_token else "line.account_refused", pause=FIRST_PAUSE.total_seconds())
        return is_news

    async def _closed(self, uow: UnitOfWork) -> bool:
        self._is_open = False
        is_token_taken = await channel.note_refused(uow, None)
        is_account_taken = await channel.note_forbidden(uow, None)
        if is_token_taken:
            log.info("line.token_taken_again")
        if is_account_taken:
            log.info("line.account_taken_again")
        return is_token_taken or is_account_taken
