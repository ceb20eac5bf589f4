import asyncio

import pytest

from bot.lanes import Lanes
from tests.bot.talking import Bell, until


class Queue:
    """Work to do, each piece taking a while; a piece that is an exception is raised."""

    def __init__(self, *pieces: object, seconds: float = 0.02) -> None:
        self.pieces = list(pieces)
        self.seconds = seconds
        self.done: list[object] = []
        self.at_once = self.most_at_once = self.looks = 0
        self.found = lambda: None

    async def step(self) -> bool:
        self.looks += 1
        if not self.pieces:
            return False
        piece = self.pieces.pop(0)
        self.found()
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.seconds)
        self.at_once -= 1
        if isinstance(piece, Exception):
            raise piece
        self.done.append(piece)
        return True


def lanes(queue: Queue, bell: Bell, *, poll: float = 5.0, count: int = 4) -> Lanes:
    made = Lanes("test", queue.step, bell, channel="c", count=count, poll=poll)
    queue.found = made.call_one
    return made


@pytest.fixture
async def running(bell: Bell):
    stop = asyncio.Event()
    tasks: list[asyncio.Task[None]] = []

    def start(made: Lanes) -> asyncio.Event:
        tasks.append(asyncio.create_task(made.run(stop)))
        return stop

    yield start
    stop.set()
    async with asyncio.timeout(5):
        await asyncio.gather(*tasks)


async def test_what_waits_at_the_start_is_done_at_once_in_several_lanes(running, bell: Bell):
    queue = Queue(*range(12))
    running(lanes(queue, bell))
    await until(lambda: len(queue.done) == 12)
    assert queue.most_at_once == 4


async def test_a_ring_brings_new_work_to_a_lane(running, bell: Bell):
    queue = Queue()
    running(lanes(queue, bell))
    await until(lambda: queue.looks == 1)
    queue.pieces.append("late")
    await bell.wake("c")
    await until(lambda: queue.done == ["late"])


async def test_without_rings_work_is_found_by_polling(running, bell: Bell):
    queue = Queue()
    running(lanes(queue, bell, poll=0.05))
    await until(lambda: queue.looks >= 1)
    queue.pieces.append("quiet")
    await until(lambda: queue.done == ["quiet"])


async def test_one_event_costs_few_looks_into_the_database(running, bell: Bell):
    queue = Queue("one")
    running(lanes(queue, bell, count=16))
    await until(lambda: queue.done == ["one"])
    await asyncio.sleep(0.1)
    assert queue.looks <= 4


async def test_a_failing_step_stops_only_its_own_lane_for_a_while(running, bell: Bell):
    queue = Queue(OSError("away"), *range(5))
    running(lanes(queue, bell, poll=0.05))
    await until(lambda: len(queue.done) == 5)


async def test_nobody_waits_behind_a_slow_step(running, bell: Bell):
    queue = Queue("slow", "quick", seconds=0.3)
    running(lanes(queue, bell))
    await until(lambda: queue.at_once == 2)


async def test_stop_finishes_what_is_in_hand_and_takes_no_more(bell: Bell):
    queue = Queue(*range(50), seconds=0.1)
    stop = asyncio.Event()
    task = asyncio.create_task(lanes(queue, bell, count=2).run(stop))
    await until(lambda: queue.at_once == 2)
    stop.set()
    await asyncio.wait_for(task, 2)
    assert queue.at_once == 0
    assert len(queue.done) == 2
