from collections.abc import Iterator

import pytest

from tests.faults import ground
from tests.faults.ground import Ground
from tests.faults.matrix import Matrix


@pytest.fixture(scope="session")
def fault_ground() -> Iterator[Ground]:
    with ground.running() as made:
        yield made


@pytest.fixture(scope="session")
def matrix(fault_ground: Ground) -> Matrix:
    return Matrix(fault_ground)
