import pytest
from hypothesis import settings

from cases.db import Database
from tests.cases.builders import Office, open_office

# A busy machine is no fault of the code.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
async def office(database: Database) -> Office:
    return await open_office(database)
