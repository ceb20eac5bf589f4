import asyncio
import time
from urllib.parse import urlsplit

import pytest

from deploy.wake import POLL_WITHOUT_REDIS, Wake
from tests.bot.talking import until

NOBODY = "unix:///nonexistent/redis.sock"


async def test_a_ring_reaches_another_process_through_redis(redis_url: str) -> None:
    here, there = Wake(redis_url), Wake(redis_url)
    await here.open()
    await there.open()
    try:
        for _ in range(500):
            if here.connected and there.connected:
                break
            await asyncio.sleep(0.01)
        waiting = asyncio.create_task(there.wait("inbound", 10))
        await asyncio.sleep(0.05)
        await here.wake("inbound")
        assert await asyncio.wait_for(waiting, 5)
    finally:
        await here.close()
        await there.close()


async def test_a_ring_between_two_waits_is_not_lost() -> None:
    wake = Wake(NOBODY)
    assert not await wake.wait("inbound", 0.01)
    await wake.wake("inbound")
    assert await wake.wait("inbound", 0)
    assert not await wake.wait("inbound", 0.01)


async def test_a_ring_on_another_channel_wakes_nobody() -> None:
    wake = Wake(NOBODY)
    waiting = asyncio.create_task(wake.wait("inbound", 0.1))
    await asyncio.sleep(0)
    await wake.wake("outbox")
    assert not await waiting


async def test_without_redis_waiting_is_short_and_ringing_is_harmless() -> None:
    wake = Wake(NOBODY)
    await wake.open()
    try:
        await wake.wake("inbound")
        began = time.monotonic()
        await wake.wait("outbox", 60)
        assert time.monotonic() - began < POLL_WITHOUT_REDIS * 20
    finally:
        await wake.close()


class Stall:
    """A way to Redis on which everything stands still when told, and goes on when told."""

    def __init__(self, redis_url: str) -> None:
        self._to = redis_url
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._pumps: set[asyncio.Task[None]] = set()

    async def open(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        return f"redis://{host}:{port}"

    async def close(self) -> None:
        self._server.close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def stand_still(self) -> None:
        self._flowing.clear()

    def go_on(self) -> None:
        self._flowing.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to = urlsplit(self._to)
        if to.scheme == "unix":
            there, back = await asyncio.open_unix_connection(to.path)
        else:
            there, back = await asyncio.open_connection(to.hostname, to.port or 6379)
        for source, sink in ((reader, back), (there, writer)):
            self._pumps.add(asyncio.create_task(self._pump(source, sink)))

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(4096):
                await self._flowing.wait()
                sink.write(data)
        finally:
            sink.close()


async def test_a_redis_that_stood_still_is_connected_again_when_it_goes_on(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.wake.REDIS_SECONDS", 0.1)
    monkeypatch.setattr("deploy.wake.RECONNECT_SECONDS", 0.05)
    road = Stall(redis_url)
    here, there = Wake(await road.open()), Wake(redis_url)
    await here.open()
    await there.open()
    try:
        await until(lambda: here.connected and there.connected)
        road.stand_still()
        await here.wake("inbound")
        await until(lambda: not here.connected)
        waiting = asyncio.create_task(there.wait("inbound", 10))
        await asyncio.sleep(0)
        road.go_on()
        await until(lambda: here.connected)
        assert await asyncio.wait_for(waiting, 5), "what could not be rung then is rung now"
    finally:
        await here.close()
        await there.close()
        await road.close()


@pytest.mark.parametrize("waiters", [1, 5])
async def test_everybody_who_waits_is_woken(waiters: int) -> None:
    wake = Wake(NOBODY)
    tasks = [asyncio.create_task(wake.wait("inbox", 5)) for _ in range(waiters)]
    await asyncio.sleep(0)
    await wake.wake("inbox")
    assert all(await asyncio.gather(*tasks))
