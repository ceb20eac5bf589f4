"""A question whose answer may never come, asked so that nobody waits longer than a given time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger()

Answer = TypeVar("Answer")


class Probe(Generic[Answer]):
    """One question at a time, however many ask.

    A database that hangs does not even end what is cancelled: the driver waits for its own cancelling. So the question
    is left to end by itself, whoever asks meanwhile waits for the same one, and no second one is begun.

    Args:
        ask: the question.
        seconds: how long anybody waits for it.
        fresh_seconds: how long an answer is given out again without asking.
    """

    def __init__(self, ask: Callable[[], Awaitable[Answer]], *, seconds: float, fresh_seconds: float = 0.0) -> None:
        self._ask = ask
        self._seconds = seconds
        self._fresh_seconds = fresh_seconds
        self._task: asyncio.Task[Answer | None] | None = None
        self._last: tuple[float, Answer] | None = None

    async def answer(self) -> Answer | None:
        """The answer, or None where there was none in time or the question failed."""
        if self._last is not None and time.monotonic() - self._last[0] < self._fresh_seconds:
            return self._last[1]
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._asked(), name="probe")
        done, _ = await asyncio.wait({self._task}, timeout=self._seconds)
        return self._task.result() if done else None

    async def _asked(self) -> Answer | None:
        try:
            answer = await self._ask()
        except Exception as error:  # noqa: BLE001 - whatever kept the answer away, the asker goes on without it
            log.warning("probe.failed", error=type(error).__name__)
            return None
        self._last = (time.monotonic(), answer)
        return answer
