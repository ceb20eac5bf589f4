"""The worker: exactly one transaction per event, from its claim to its being done.

A killed worker leaves nothing behind; the database gives its event out again. An event that raises is rolled back,
noted in a transaction of its own, tried again later and parked in the end; other people's events go on meanwhile.
Its sender is told then.

An event that ends the whole process (a crash of the interpreter, no memory) can be noted by nobody at that moment. So
the attempt at whatever was there before this process came is counted durably, right before it begins here: after some
restarts such an event is parked like any other. What only waited meanwhile is counted by nobody but the one process
that handles it, at once; restarts over a long queue park nothing.
"""

import asyncio
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol
from uuid import UUID

import structlog

from bot.events import is_standby, reply_token
from bot.faults import Sync, no_sync
from bot.lanes import Lanes, Wake
from bot.step import FLOOD_REST, FormAddress, Handler, Passes
from bot.understanding import Understanding
from cases import inbound
from cases.db import Database, UnitOfWork
from cases.inbound import Claimed
from dialogs.engine import Engine
from dialogs.events import TalkText
from routing.directory import City
from routing.router import Router

log = structlog.get_logger()

LANES = 4
POLL_SECONDS = 1.0
LONG_WAIT = timedelta(seconds=1)  # whoever waits longer is shown that we are at it
TOKEN_LIFE = timedelta(minutes=1)  # after that the wait is no conversation any more
MOST_SHOWN = 16  # calls of the indicator under way at once


class Indicator(Protocol):
    """Shows a person that an answer is on its way."""

    async def show(self, line_user: str) -> None:
        """Show it to the person with this LINE user id. Raises nothing."""


class Worker:
    """Handles the events that the webhook accepted, several people at a time, one event of a person at a time."""

    def __init__(
        self,
        database: Database,
        engine: Engine,
        router: Router,
        city: City,
        wake: Wake,
        *,
        talk_text: TalkText = "short",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        lanes: int = LANES,
        poll_seconds: float = POLL_SECONDS,
        form_address: FormAddress | None = None,
        passes: Passes | None = None,
        indicator: Indicator | None = None,
        flood_rest: timedelta = FLOOD_REST,
        sync: Sync = no_sync,
    ) -> None:
        self._database = database
        understanding = Understanding(router, city, talk_text=talk_text)
        self._handler = Handler(
            engine,
            understanding,
            wake,
            form_address=form_address,
            passes=passes,
            flood_rest=flood_rest,
            look_again=self._look_again,
        )
        self._indicator = indicator
        self._showing: set[asyncio.Task[None]] = set()
        self._now = now
        self._sync = sync
        self._began_at: datetime | None = None
        self._counted: set[UUID] = set()
        self._lanes = Lanes(
            "worker", lambda: self.step(self._now()), wake, channel="inbound", count=lanes, poll=poll_seconds
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Handle events until `stop` is set; those in hand are finished first."""
        await self._lanes.run(stop)
        for task in self._showing:
            task.cancel()
        await asyncio.gather(*self._showing, return_exceptions=True)

    def _look_again(self, after: timedelta) -> None:
        asyncio.get_running_loop().call_later(after.total_seconds(), self._lanes.call_one)

    async def step(self, now: datetime) -> bool:
        """Handle one event; False when there is none.

        Raises:
            SQLAlchemyError: the database cannot be used.
        """
        self._began_at = self._began_at or now
        claimed: Claimed | None = None
        try:
            async with self._database.transaction() as uow:
                claimed = await inbound.claim(uow, now)
                if claimed is None:
                    return False
                self._lanes.call_one()
                is_left_over = self._is_left_over(claimed)
                if is_left_over:
                    await self._count(uow, claimed, now)
                else:
                    await self._handle(uow, claimed, now)
            if is_left_over and not await self._take_up(claimed, now):
                return True
        except Exception as error:
            if claimed is None:
                raise
            await self._failed(claimed, now, error)
            return True
        self._counted.discard(claimed.id)
        await self._sync("after-commit")
        log.info("event.done", inbound=str(claimed.id), kind=claimed.kind, attempt=claimed.attempts + 1)
        return True

    async def _handle(self, uow: UnitOfWork, claimed: Claimed, now: datetime) -> None:
        self._show_that_it_takes_time(claimed, now)
        await self._sync("after-claim")
        await self._handler.handle(uow, claimed, now)
        await inbound.finish(uow, claimed, now)
        await self._sync("before-commit")

    async def _take_up(self, claimed: Claimed, now: datetime) -> bool:
        """Handle what was counted a moment ago; False where there is nothing to handle any more."""
        self._counted.add(claimed.id)
        async with self._database.transaction() as uow:
            taken = await inbound.take_up(uow, claimed)
            if taken is not None:
                await self._handle(uow, taken, now)
        return taken is not None

    def _show_that_it_takes_time(self, claimed: Claimed, now: datetime) -> None:
        """Three dots for whoever has waited a while, beside the step and without waiting for LINE."""
        waited = now - claimed.received_at
        if self._indicator is None or not LONG_WAIT < waited < TOKEN_LIFE or len(self._showing) >= MOST_SHOWN:
            return
        # An event with a token is one that may be answered; in a group nobody has an id here.
        if claimed.line_user is not None and reply_token(claimed) and not is_standby(claimed):
            task = asyncio.create_task(self._indicator.show(claimed.line_user))
            self._showing.add(task)
            task.add_done_callback(self._showing.discard)

    async def _failed(self, claimed: Claimed, now: datetime, error: Exception) -> None:
        where = _where(error)
        log.error("event.failed", inbound=str(claimed.id), kind=claimed.kind, attempt=claimed.attempts + 1, error=where)
        try:
            await inbound.failed(self._database, claimed, now, where, partial(self._apologise, claimed, now))
        except Exception:
            # The event must not stay open because of its last words.
            log.exception("event.not_noted", inbound=str(claimed.id))
            await inbound.failed(self._database, claimed, now, where)

    async def _apologise(self, claimed: Claimed, now: datetime, uow: UnitOfWork) -> None:
        log.error("event.parked", inbound=str(claimed.id), kind=claimed.kind)
        await self._handler.apologise(uow, claimed, now)

    def _is_left_over(self, claimed: Claimed) -> bool:
        """Whether an attempt at the event may have ended the process before this one, and is not counted yet."""
        assert self._began_at is not None
        return claimed.received_at < self._began_at and claimed.id not in self._counted

    async def _count(self, uow: UnitOfWork, claimed: Claimed, now: datetime) -> None:
        """Count the attempt that begins after this commit, unless it is the one that parks the event."""
        if await inbound.count_attempt(uow, claimed, "left over", retry_at=now + inbound.TAKEN_UP_WITHIN):
            await self._apologise(claimed, now, uow)


def _where(error: Exception) -> str:
    """Type of an error and where in our own code it came up. Its message stays out: it may hold a person's words."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "site-packages" not in frame.filename][
        -3:
    ]
    return " < ".join([type(error).__name__, *(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))])
