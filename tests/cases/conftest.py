import pytest

from cases.db import Database
from tests.cases.builders import Office, open_office


@pytest.fixture
async def office(database: Database) -> Office:
    return await open_office(database)
