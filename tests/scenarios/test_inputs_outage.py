"""The numbered hostile inputs that need a house of their own: LINE refuses our token, the record is away."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from tests import demo_house
from tests.demo_house import DemoHouse
from tests.scenarios.neighbours import Neighbours


@pytest.fixture
def own_house() -> Iterator[DemoHouse]:
    with demo_house.running() as running:
        yield running


@pytest.mark.line_input(56)
async def test_while_line_refuses_our_token_everything_is_kept_and_told(own_house: DemoHouse) -> None:
    async with own_house.simulator() as line:
        await _refused(Neighbours(own_house, line))


async def _refused(town: Neighbours) -> None:
    person = await town.newcomer()
    await town.line.fault("any", "unauthorized", count=1)
    place = await town.place(person)
    await town.line.say(person, "気になる人がいる")
    await town.line.idle()
    await town.until(lambda: town.house.rows("SELECT refused_since IS NOT NULL FROM channel") == [(True,)])
    assert (await town.talk(person, place)).texts() == []
    assert town.house.rows("SELECT count(*) FROM outbox WHERE state = 'waiting'") == [(1,)]


@pytest.mark.line_input(51)
async def test_without_the_record_line_hears_no_and_danger_is_still_answered(own_house: DemoHouse) -> None:
    async with own_house.simulator() as line:
        await _without_record(Neighbours(own_house, line))


async def _without_record(town: Neighbours) -> None:
    person = await town.line.add_person("ひと", follow=True)
    await town.line.idle()
    place = (await town.talk(person)).last
    postmaster = town.house.data_dir / "postgres" / "postmaster.pid"
    os.kill(int(postmaster.read_text().split()[0]), signal.SIGKILL)
    await town.line.say(person, "いま なぐられている")
    await town.line.hear(person, place, wait=20)
    heard = "\n".join((await town.talk(person, place)).texts())
    assert "110" in heard
    assert await _first_refused(town) in {0, 503}


async def _first_refused(town: Neighbours) -> int:
    """The status of the first webhook that failed; its answer may come a moment after ours to the person."""
    async with asyncio.timeout(20):
        while True:
            for call in await town.line.webhooks():
                if call.outcome not in {"waiting", "success"}:
                    return call.status
            await asyncio.sleep(0.1)
