import shutil
from datetime import date
from pathlib import Path

import pytest

from deploy.citypack import load_city, public_holidays
from routing.city import CityError


def test_nagano_has_its_districts_and_agencies() -> None:
    city = load_city("nagano")
    assert (city.name, len(city.districts)) == ("長野市", 32)
    assert city.agency("houkatsu") is not None


def test_holidays_are_the_laws_own() -> None:
    days = public_holidays(date(2026, 11, 23))
    assert date(2026, 11, 23) in days
    assert date(2026, 11, 24) not in days


def test_a_pack_elsewhere_is_read_by_its_path(nagano: Path, tmp_path: Path) -> None:
    shutil.copytree(nagano, tmp_path / "other")
    assert load_city(str(tmp_path / "other")).name == "長野市"


@pytest.mark.parametrize("file", ["city.yaml", "districts.yaml", "agencies.yaml", "hotlines.yaml"])
@pytest.mark.parametrize("harm", ["missing", "no yaml", "not utf-8"])
def test_a_broken_file_is_named(nagano: Path, tmp_path: Path, file: str, harm: str) -> None:
    shutil.copytree(nagano, tmp_path / "other")
    path = tmp_path / "other" / file
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(b"a: [" if harm == "no yaml" else "市".encode("shift_jis"))
    with pytest.raises(CityError) as refusal:
        load_city(str(tmp_path / "other"))
    assert file in " ".join(refusal.value.problems)
