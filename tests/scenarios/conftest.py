from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.simulator.client import SimulatorClient
from tests import demo_house
from tests.demo_house import DemoHouse


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHouse]:
    with demo_house.running(demo_house.open_to_the_database(tmp_path_factory.mktemp("demo"))) as running:
        yield running


@pytest.fixture
async def line(house: DemoHouse) -> AsyncIterator[SimulatorClient]:
    async with house.simulator() as client:
        yield client
