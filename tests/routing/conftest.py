"""The Nagano pack read straight from its files: routing knows no loader, and its tests need none."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import pytest
import yaml

from routing.city import FILES, parse_city
from routing.directory import City
from routing.router import Router

PACK = Path(__file__).parents[2] / "deploy" / "cities" / "nagano"


@pytest.fixture(scope="session")
def national_holidays() -> frozenset[date]:
    return frozenset(holidays.country_holidays("JP", years=range(2025, 2028)))


@pytest.fixture
def pack() -> dict[str, Any]:
    return {name: yaml.safe_load((PACK / name).read_text(encoding="utf-8")) for name in FILES}


@pytest.fixture(scope="session")
def city(national_holidays: frozenset[date]) -> City:
    files = {name: yaml.safe_load((PACK / name).read_text(encoding="utf-8")) for name in FILES}
    return parse_city(files, national_holidays)


@pytest.fixture(scope="session")
def router(city: City) -> Router:
    return Router(city)


@pytest.fixture(scope="session")
def at() -> Callable[[str], datetime]:
    """A moment by the clock in Nagano: `at("2026-03-04 12:00")`."""
    return lambda text: datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Tokyo"))
