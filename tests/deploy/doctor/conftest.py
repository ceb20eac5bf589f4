import base64
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from cases.db import Database
from deploy.doctor.finding import Finding, Patient
from deploy.settings import load
from tests.bot.line_simulator import SECRET, TOKEN, Simulated, simulated

KEYS = "test:" + base64.b64encode(bytes(range(32))).decode()
MakePatient = Callable[..., Patient]


@pytest.fixture
async def line() -> AsyncIterator[Simulated]:
    async with simulated("http://127.0.0.1:8000/line/webhook") as started:
        yield started


@pytest.fixture
def patient(line: Simulated, database: Database, database_url: str, redis_url: str) -> MakePatient:
    """Somebody in good health, but for what the test sets."""

    def make(**more: Any) -> Patient:
        given = {
            "line_channel_secret": SECRET,
            "line_channel_access_token": TOKEN,
            "keys": KEYS,
            "line_api_base": line.address,
            "database_url": database_url,
            "redis_url": redis_url,
            **more,
        }
        return Patient(load(**given), database, line.admin)

    return make


def told(findings: list[Finding]) -> list[tuple[str, str]]:
    """Marks and keys; every finding can be said in words, its remedy too."""
    assert all(len(str(finding)) > 5 for finding in findings)
    return [(finding.mark, finding.key) for finding in findings]
