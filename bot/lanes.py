"""Several lanes draining one queue of the database, woken by a bell, polling where the bell is silent."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

log = structlog.get_logger()

FIRST_PAUSE = 0.5  # seconds after a failed step, doubled with each further failure
LONGEST_PAUSE = 10.0


class Rings(Protocol):
    """Wakes whoever waits for a channel. A ring may be lost, so nobody may depend on it; raises nothing."""

    async def wake(self, channel: str) -> None: ...


class Wake(Rings, Protocol):
    async def wait(self, channel: str, timeout: float) -> object:  # noqa: ASYNC109 - the end of the wait is an answer
        """Wait for a ring, at most `timeout` seconds."""


class Lanes:
    """Runs `step` in `count` lanes as long as it finds work.

    A ring wakes one lane, and a step that found work calls the next lane (`call_one`) before it does the work: a single
    event costs two looks into the database, a flood brings all lanes up, and nobody waits behind a slow step.
    `step` answers whether there was work; it may raise.
    """

    def __init__(
        self, name: str, step: Callable[[], Awaitable[bool]], wake: Wake, *, channel: str, count: int, poll: float
    ) -> None:
        self._name = name
        self._step = step
        self._wake = wake
        self._channel = channel
        self._count = count
        self._poll = poll
        self._tokens = asyncio.Semaphore(1)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; every step in hand is finished first."""
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(self._listen())
            for _ in range(self._count):
                group.create_task(self._lane(stop))
            await stop.wait()
            listening.cancel()
            for _ in range(self._count):
                self._tokens.release()

    def call_one(self) -> None:
        """Let one idle lane look for work."""
        if self._tokens.locked():
            self._tokens.release()

    async def _listen(self) -> None:
        while True:
            await self._wake.wait(self._channel, self._poll)
            self.call_one()

    async def _lane(self, stop: asyncio.Event) -> None:
        pause = FIRST_PAUSE
        while not stop.is_set():
            await self._tokens.acquire()
            try:
                while not stop.is_set() and await self._step():
                    pause = FIRST_PAUSE
            except Exception:
                log.exception("lane.failed", lanes=self._name, pause=pause)
                await _sleep(pause, stop)
                pause = min(pause * 2, LONGEST_PAUSE)


async def _sleep(seconds: float, stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
