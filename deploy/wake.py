"""Wake-ups between processes: Redis publish/subscribe where it answers, quick polling where it does not.

A wake-up carries no data and may be lost; the truth is always in PostgreSQL. So every failure of
Redis here means slower, never wrong.
"""

import asyncio
import contextlib
import weakref
from collections import defaultdict

import redis.asyncio as redis
import structlog
from redis.exceptions import RedisError

log = structlog.get_logger()

PREFIX = "kizuki:wake:"
POLL_WITHOUT_REDIS = 0.25  # seconds between looks into PostgreSQL while Redis is away
PUBLISH_SECONDS = 0.5
RECONNECT_SECONDS = 1.0


class Wake:
    """Wakes whoever waits for a channel, in this process at once and in others through Redis."""

    def __init__(self, redis_url: str) -> None:
        self._client = redis.Redis.from_url(redis_url, socket_connect_timeout=1)
        self._rounds: defaultdict[str, int] = defaultdict(int)
        self._seen: weakref.WeakKeyDictionary[asyncio.Task[object], dict[str, int]] = weakref.WeakKeyDictionary()
        self._bell: asyncio.Event = asyncio.Event()
        self._listener: asyncio.Task[None] | None = None
        self.connected = False

    async def open(self) -> None:
        self._listener = asyncio.create_task(self._listen(), name="wake-listener")

    async def close(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
        await self._client.aclose()

    async def wake(self, channel: str) -> None:
        """Ring for `channel`. Never raises: a lost ring is found by the next poll."""
        self._ring(channel)
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                await self._client.publish(PREFIX + channel, b"")
        except (RedisError, OSError, TimeoutError):
            self.connected = False

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

    async def _listen(self) -> None:
        while True:
            try:
                await self._subscribe()
            except (RedisError, OSError) as error:
                if self.connected:
                    log.warning("redis.away", error=type(error).__name__)
                self.connected = False
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _subscribe(self) -> None:
        async with self._client.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.psubscribe(PREFIX + "*")
            self.connected = True
            # What rang while we were away is unknown, so everybody looks once.
            for channel in list(self._rounds):
                self._ring(channel)
            async for message in subscription.listen():
                self._ring(message["channel"].decode().removeprefix(PREFIX))
