"""Wake-ups between processes: Redis publish/subscribe where it answers, quick polling where it does not.

A wake-up carries no data and may be lost; the truth is always in PostgreSQL. So every failure of
Redis here means slower, never wrong; nobody ever waits for Redis.
"""

import asyncio
import contextlib
import weakref
from collections import defaultdict
from collections.abc import Awaitable, Callable

import redis.asyncio as redis
import structlog
from redis.exceptions import RedisError

log = structlog.get_logger()

PREFIX = "kizuki:wake:"
POLL_WITHOUT_REDIS = 0.25  # seconds between looks into PostgreSQL while Redis is away
REDIS_SECONDS = 1.0
RECONNECT_SECONDS = 1.0
_AWAY = (RedisError, OSError, TimeoutError)
BREATH_SECONDS = 0.02  # between rings sent to Redis: a flood of events rings fifty times a second, not a thousand


class Wake:
    """Wakes whoever waits for a channel, in this process at once and in others through Redis."""

    def __init__(self, redis_url: str) -> None:
        self._client = redis.Redis.from_url(redis_url, socket_connect_timeout=REDIS_SECONDS)
        self._rounds: defaultdict[str, int] = defaultdict(int)
        self._seen: weakref.WeakKeyDictionary[asyncio.Task[object], dict[str, int]] = weakref.WeakKeyDictionary()
        self._bell = asyncio.Event()
        self._unsent: set[str] = set()
        self._something_unsent = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._works = {"listener": False, "publisher": True}

    @property
    def connected(self) -> bool:
        """Whether Redis brings us the rings of others, and took the last one of ours."""
        return all(self._works.values())

    async def open(self) -> None:
        self._tasks = [
            asyncio.create_task(self._again_and_again("listener", self._subscribe), name="wake-listener"),
            asyncio.create_task(self._again_and_again("publisher", self._publish), name="wake-publisher"),
        ]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    async def wake(self, channel: str) -> None:
        """Ring for `channel`: here at once, elsewhere as soon as Redis takes it. Never raises, never waits."""
        self._ring(channel)
        self._unsent.add(channel)
        self._something_unsent.set()

    async def wait(self, channel: str, timeout: float) -> bool:  # noqa: ASYNC109 - the wait is ours to bound, and its end is an answer, not an error
        """Wait for a ring since this task last waited, at most `timeout` seconds; True when it rang.

        Each task has its own memory of rings, so that one between two waits is not lost.
        """
        task = asyncio.current_task()
        assert task is not None
        seen = self._seen.setdefault(task, {})
        known = seen.setdefault(channel, self._rounds[channel])
        limit = timeout if self.connected else min(timeout, POLL_WITHOUT_REDIS)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                while self._rounds[channel] == known:
                    await self._bell.wait()
        seen[channel] = self._rounds[channel]
        return seen[channel] != known

    def _ring(self, channel: str) -> None:
        self._rounds[channel] += 1
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()

    async def _again_and_again(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except _AWAY as error:
                if self.connected:
                    log.warning("redis.away", error=type(error).__name__)
                self._works[name] = False
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _publish(self) -> None:
        await self._something_unsent.wait()
        while self._unsent:
            channel = self._unsent.pop()
            try:
                async with asyncio.timeout(REDIS_SECONDS):
                    await self._client.publish(PREFIX + channel, b"")
            except _AWAY:
                self._unsent.add(channel)  # it is rung again, which also tells when Redis is back
                raise
            self._works["publisher"] = True
        self._something_unsent.clear()
        await asyncio.sleep(BREATH_SECONDS)

    async def _subscribe(self) -> None:
        async with self._client.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.psubscribe(PREFIX + "*")
            self._works["listener"] = True
            # What rang while we were away is unknown, so everybody looks once.
            for channel in list(self._rounds):
                self._ring(channel)
            async for message in subscription.listen():
                self._ring(message["channel"].decode().removeprefix(PREFIX))
