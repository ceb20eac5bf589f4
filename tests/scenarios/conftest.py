from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.simulator.client import SimulatorClient
from tests import demo_house
from tests.demo_house import DemoHouse


@pytest.fixture(scope="module")
def house() -> Iterator[DemoHouse]:
    with demo_house.running() as running:
        yield running


@pytest.fixture
async def line(house: DemoHouse) -> AsyncIterator[SimulatorClient]:
    async with house.simulator() as client:
        yield client
