import base64

import pytest

from cases.crypto import Keyring
from cases.db import Database
from tests.cases.builders import Office, open_office


@pytest.fixture
def rotated() -> Keyring:
    """The keys after a rotation: a new one encrypts, the one of `keyring` still decrypts."""
    new, old = (base64.b64encode(key).decode() for key in (bytes(range(1, 33)), bytes(range(32))))
    return Keyring.parse(f"new:{new},test:{old}")


@pytest.fixture
async def office(database: Database) -> Office:
    return await open_office(database)
