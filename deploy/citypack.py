"""A city pack: a folder of YAML files that says all that is the city's own."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import holidays
import yaml

from routing.city import CityError, parse_city
from routing.directory import City

PACKS = Path(__file__).parent / "cities"
FILES = ("city.yaml", "districts.yaml", "agencies.yaml", "hotlines.yaml")
YEARS_AHEAD = 2


def load_city(name: str, today: date | None = None) -> City:
    """Read the pack `name` (an id below deploy/cities, or a folder).

    Raises:
        CityError: a file is missing or wrong; the problems name file, entry and field.
    """
    folder = PACKS / name if (PACKS / name).is_dir() else Path(name)
    missing = [file for file in FILES if not (folder / file).is_file()]
    if missing:
        raise CityError([f"{folder / file}: ファイルがありません" for file in missing])
    return parse_city({file: _read(folder / file) for file in FILES}, public_holidays(today))


def public_holidays(today: date | None = None) -> frozenset[date]:
    """Japan's public holidays of last year to two years ahead (the library computes them from the law)."""
    year = (today or datetime.now(UTC).date()).year
    return frozenset(holidays.country_holidays("JP", years=range(year - 1, year + YEARS_AHEAD + 1)))


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CityError([f"{path.name}: YAMLとして読めません: {error}"]) from error
