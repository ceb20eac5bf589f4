import asyncio
import sys

from deploy.children import Child

READY_THEN_WAIT = "print('ready now', flush=True); input()"


def child(code: str) -> Child:
    return Child("test", [sys.executable, "-c", code], {})


async def test_it_is_ready_when_it_says_so_and_ends_when_asked() -> None:
    program, stop = child(READY_THEN_WAIT), asyncio.Event()
    running = asyncio.create_task(program.run(stop))
    await asyncio.wait_for(program.ready.wait(), 20)
    stop.set()
    await asyncio.wait_for(running, 20)
    assert program.process is not None
    assert program.process.returncode is not None


async def test_who_dies_is_started_again() -> None:
    program, stop = child("print('ready now', flush=True)"), asyncio.Event()
    running = asyncio.create_task(program.run(stop))
    await asyncio.wait_for(program.ready.wait(), 20)
    first = program.process
    for _ in range(1000):
        if program.process is not first:
            break
        await asyncio.sleep(0.02)
    assert program.process is not first
    stop.set()
    await asyncio.wait_for(running, 20)


async def test_who_never_got_ready_is_told_apart() -> None:
    program, stop = child("raise SystemExit(3)"), asyncio.Event()
    running = asyncio.create_task(program.run(stop))
    await asyncio.wait_for(program.stillborn.wait(), 20)
    assert not program.ready.is_set()
    stop.set()
    await asyncio.wait_for(running, 20)
