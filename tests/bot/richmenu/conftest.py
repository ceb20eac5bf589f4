from collections.abc import AsyncIterator

import pytest

from bot.richmenu.menus import ROLES, menu
from bot.richmenu.sync import Drawn, drawn
from tests.bot.line_simulator import Simulated, simulated

CITY = "長野市"


@pytest.fixture
async def line() -> AsyncIterator[Simulated]:
    async with simulated() as started:
        yield started


@pytest.fixture(scope="session")
def wanted() -> list[Drawn]:
    return [drawn(menu(role, "ja", CITY)) for role in ROLES]
