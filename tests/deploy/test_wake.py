import asyncio
import time

import pytest

from deploy.wake import POLL_WITHOUT_REDIS, Wake

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


@pytest.mark.parametrize("waiters", [1, 5])
async def test_everybody_who_waits_is_woken(waiters: int) -> None:
    wake = Wake(NOBODY)
    tasks = [asyncio.create_task(wake.wait("inbox", 5)) for _ in range(waiters)]
    await asyncio.sleep(0)
    await wake.wake("inbox")
    assert all(await asyncio.gather(*tasks))
