from collections.abc import AsyncIterator

import pytest

from deploy.simulator.client import SimulatorClient
from tests.demo_house import DemoHouse


@pytest.fixture
async def line(house: DemoHouse) -> AsyncIterator[SimulatorClient]:
    async with house.simulator() as client:
        yield client
