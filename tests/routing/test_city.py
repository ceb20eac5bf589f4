from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from routing.city import CityError, parse_city
from routing.danger import DANGER_KINDS
from routing.directory import City
from routing.taxonomy import AGENCY_TYPES

NO_HOLIDAYS = frozenset({date(2026, 1, 1)})
Change = Callable[[dict[str, Any]], object]


def problems(pack: dict[str, Any]) -> list[str]:
    with pytest.raises(CityError) as caught:
        parse_city(pack, NO_HOLIDAYS)
    return caught.value.problems


def test_nagano_has_its_32_districts_each_with_a_reading(city: City) -> None:
    assert city.id == "nagano"
    assert Counter(bool(d.kana) for d in city.districts) == {True: 32}
    assert city.readers


def test_every_kind_of_agency_is_answered_by_somebody_in_nagano(city: City) -> None:
    served = {kind for agency in city.agencies for kind in agency.types}
    assert served == AGENCY_TYPES


def test_every_fact_names_its_source(city: City) -> None:
    for item in (*city.agencies, *city.hotlines):
        assert item.checked.source
        assert item.checked.certainty


def test_a_missing_number_is_empty_never_invented(city: City) -> None:
    for agency in city.agencies:
        if agency.checked.certainty == "missing":
            assert agency.phone == ""


def test_every_kind_of_danger_has_a_line_that_always_answers(city: City) -> None:
    always = {kind for line in city.hotlines if line.hours.always for kind in line.kinds}
    assert always == set(DANGER_KINDS)


def test_new_year_is_closed_beside_the_national_holidays(city: City) -> None:
    days = {date(2025, 12, 29), date(2026, 1, 1), date(2026, 1, 3), date(2026, 12, 31), date(2026, 5, 5)}
    assert days <= city.holidays
    assert date(2025, 12, 28) not in city.holidays


def test_look_ups_by_id(city: City) -> None:
    district, agency = city.district("naniai"), city.agency("maisapo")
    assert district is not None
    assert district.name == "七二会"
    assert agency is not None
    assert agency.phone == "026-219-6880"
    assert city.district(None) is None
    assert city.agency("nobody") is None


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        (lambda p: p.pop("hotlines.yaml"), "hotlines.yaml", "ファイルがありません"),
        (lambda p: p["agencies.yaml"][0].pop("name"), "agencies.yaml houkatsu name", "文字を書いて"),
        (lambda p: p["agencies.yaml"][0].update(types=["よろず屋"]), "agencies.yaml houkatsu types", "よろず屋"),
        (lambda p: p["agencies.yaml"][0].update(types=[]), "agencies.yaml houkatsu types", "1つ以上"),
        (lambda p: p["agencies.yaml"][0].update(scope="town"), "agencies.yaml houkatsu scope", "town"),
        (lambda p: p["agencies.yaml"][0].update(phone=119), "agencies.yaml houkatsu phone", "囲みます"),
        (lambda p: p["agencies.yaml"][0].update(districts=["edo"]), "agencies.yaml houkatsu districts", "edo"),
        (lambda p: p["agencies.yaml"][0].update(fone="1"), "agencies.yaml houkatsu fone", "この項目は"),
        (lambda p: p["agencies.yaml"][0].update(verified_on="きのう"), "agencies.yaml houkatsu verified_on", "日付"),
        (lambda p: p["agencies.yaml"][0].update(certainty="maybe"), "agencies.yaml houkatsu certainty", "maybe"),
        (lambda p: p["agencies.yaml"][1].update(id="houkatsu"), "agencies.yaml houkatsu id", "同じ id"),
        (lambda p: p["agencies.yaml"][1].update(id="長野"), "agencies.yaml 長野 id", "英小文字"),
        (lambda p: p["agencies.yaml"].append("x"), "agencies.yaml", "番目"),
        (lambda p: p.update({"districts.yaml": []}), "districts.yaml", "一覧が空"),
        (lambda p: p["districts.yaml"][0].update(towns="西町"), "districts.yaml daiichi towns", "一覧"),
        (lambda p: p["hotlines.yaml"][0].update(dial="１１０"), "hotlines.yaml police-110 dial", "数字"),
        (lambda p: p["hotlines.yaml"][0].update(kinds={"雷": 1}), "hotlines.yaml police-110 kinds", "雷"),
        (
            lambda p: p["hotlines.yaml"][2].update(kinds={"x": 1}) or p["hotlines.yaml"].pop(1),
            "hotlines.yaml",
            "24時間",
        ),
        (
            lambda p: p["hotlines.yaml"][0].update(hours={"week": {"祭日": "8:00-9:00"}}),
            "hotlines.yaml police-110 hours week",
            "曜日ではありません",
        ),
        (
            lambda p: p["hotlines.yaml"][0].update(hours={"week": {"平日": "9:00-8:00"}}),
            "hotlines.yaml police-110 hours week",
            "9:00-8:00",
        ),
        (lambda p: p["city.yaml"].update(timezone="長野"), "city.yaml timezone", "Asia/Tokyo"),
        (lambda p: p["city.yaml"].update(bounds={"south": 1}), "city.yaml bounds", "度で"),
        (
            lambda p: p["city.yaml"].update(bounds={"south": 2, "north": 1, "west": 0, "east": 1}),
            "city.yaml bounds",
            "南<北",
        ),
        (lambda p: p["city.yaml"].update(office_hours=None), "city.yaml office_hours", "曜日と時刻"),
        (lambda p: p["city.yaml"].update(year_end={"from": "12-29"}), "city.yaml year_end", "01-03"),
        (lambda p: p["city.yaml"].update(year_end={"from": "13-01", "to": "01-03"}), "city.yaml year_end", "暦にない"),
        (lambda p: p.update({"city.yaml": None}), "city.yaml id", "文字を書いて"),
    ],
)
def test_a_mistake_is_named_by_file_item_and_field(pack: dict[str, Any], change: Change, where: str, what: str) -> None:
    change(pack)
    assert any(problem.startswith(where) and what in problem for problem in problems(pack)), problems


def test_all_mistakes_are_told_at_once(pack: dict[str, Any]) -> None:
    pack["agencies.yaml"][0].pop("name")
    pack["hotlines.yaml"][0].pop("number")
    pack["city.yaml"].pop("readers")
    assert len(problems(pack)) == 3
