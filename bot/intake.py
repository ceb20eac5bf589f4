"""Group commit: webhooks that wait at the same moment are stored by one statement and one commit.

A disk confirms a commit in the time in which a dozen webhooks come, so each commit takes with it whatever came while
the one before it ran. Nobody waits for company: the first webhook of a quiet hour is stored alone, at once.

Every webhook hears of its own fate, after the commit. Where a group cannot be stored although the database is there,
its webhooks are stored one by one, so that one of them never harms its neighbours.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from functools import partial

import structlog

from bot.faults import Sync, no_sync
from bot.lanes import Rings
from cases import inbound
from cases.db import Database
from cases.inbound import Arrived, Ready

log = structlog.get_logger()

FLUSHERS = 1
LARGEST_GROUP = 200  # events after which a group takes in no further webhook
MOST_WAITING = 5_000  # events; whoever comes while so many wait is refused, so that memory is not
STORE_SECONDS = 10.0  # LINE has given up by then, but a late durable row is better than none


class _Outcome(Enum):
    STORED = auto()
    BROKEN = auto()  # something in the group cannot be stored
    AWAY = auto()  # the database cannot be reached, or does not answer


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """The events of one webhook, and the future on which its request waits."""

    events: Sequence[Ready]
    received_at: datetime
    fate: asyncio.Future[bool]

    def hears(self, *, is_stored: bool) -> None:
        if not self.fate.done():  # whoever has gone away, or has waited for too long, hears nothing
            self.fate.set_result(is_stored)


class Intake:
    """Stores webhooks in groups. It belongs to one event loop; `close` it before that ends.

    Args:
        database: where events are stored.
        wake: told of new events once after each commit.
        sync: called at the named points of `bot.faults`.
        flushers: groups that may be stored at the same time.
    """

    def __init__(self, database: Database, wake: Rings, *, sync: Sync = no_sync, flushers: int = FLUSHERS) -> None:
        self._database = database
        self._wake = wake
        self._sync = sync
        self._most_flushers = flushers
        self._waiting: deque[_Waiting] = deque()
        self._events_waiting = 0
        self._flushers: set[asyncio.Task[None]] = set()
        self._running = 0
        self._is_closed = False

    def put(self, events: Sequence[Arrived], received_at: datetime) -> asyncio.Future[bool]:
        """Store the events of one webhook: the future tells whether they are durable, and holds no error.

        The events are stored even where nobody waits for the future any more, or has cancelled it.
        """
        fate: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if self._is_closed or self._events_waiting >= MOST_WAITING:
            fate.set_result(False)
            return fate
        # Sealed here and not by the flusher: this goes on while the database commits the group before.
        ready = [inbound.ready(self._database.keyring, event) for event in events]
        self._waiting.append(_Waiting(ready, received_at, fate))
        self._events_waiting += len(events)
        if self._running < self._most_flushers:
            self._running += 1
            flusher = asyncio.create_task(self._flush(), name="intake")
            self._flushers.add(flusher)
            flusher.add_done_callback(self._flushers.discard)
        return fate

    async def close(self) -> None:
        """Take in nothing more, and store what was taken in."""
        self._is_closed = True
        if self._flushers:
            await asyncio.wait(self._flushers)

    async def _flush(self) -> None:
        try:
            while self._waiting:
                await self._store(self._taken())
        finally:
            self._running -= 1  # here, not when the task is done: whoever comes in between needs a new one

    def _taken(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        events = 0
        while self._waiting and events < LARGEST_GROUP:
            group.append(self._waiting.popleft())
            events += len(group[-1].events)
        self._events_waiting -= events
        return group

    async def _store(self, group: list[_Waiting]) -> None:
        try:
            outcome = await self._attempt(group)
            if outcome is _Outcome.BROKEN and len(group) > 1:
                for webhook in group:
                    if await self._attempt([webhook]) is _Outcome.AWAY:
                        break
        finally:
            # Nobody is left waiting for an answer that never comes, whatever happened here.
            for webhook in group:
                webhook.hears(is_stored=False)

    async def _attempt(self, group: list[_Waiting]) -> _Outcome:
        """Store the group in one transaction; after its commit, and not before, its webhooks hear of it."""
        events = [event for webhook in group for event in webhook.events]
        try:
            # The first one's time stands for all: a reply token counts as a few milliseconds older than it is.
            new = await self._commit(events, group[0].received_at)
        except Exception as error:
            outcome = _Outcome.AWAY if inbound.is_away(error) else _Outcome.BROKEN
            log.exception("intake.failed", webhooks=len(group), events=len(events), outcome=outcome.name.lower())
            return outcome
        for webhook in group:
            webhook.hears(is_stored=True)
        log.info("intake.stored", webhooks=len(group), events=len(events), new=new)
        return _Outcome.STORED

    async def _commit(self, events: Sequence[Ready], received_at: datetime) -> int:
        await self._sync("before-flush")
        async with asyncio.timeout(STORE_SECONDS), self._database.transaction() as uow:
            new = await inbound.accept_ready(uow, events, received_at)
            uow.after_commit(partial(self._wake.wake, "inbound"))
            await self._sync("before-accept-commit")
        await self._sync("after-accept-commit")
        return new
