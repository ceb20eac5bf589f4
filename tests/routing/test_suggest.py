from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from routing.directory import Agency, Checked, City, Hours, Span
from routing.results import Urgency
from routing.suggest import AGENCIES_SHOWN, Asked, Directory

CHECKED = Checked("official", "試験のための架空の窓口")
OFFICE = Hours((Span(frozenset(range(5)), 510, 1035),), text="平日")


def agency(
    name: str, *types: str, scope: str = "city", hours: Hours = OFFICE, districts: tuple[str, ...] = ()
) -> Agency:
    return Agency(name, name, types, scope, CHECKED, hours=hours, districts=districts)  # type: ignore[arg-type]


@pytest.fixture
def small(city: City) -> City:
    return replace(
        city,
        agencies=(
            agency("nation", "保健所", scope="nation"),
            agency("pref", "精神保健福祉センター", scope="pref"),
            agency("city", "保健所"),
            agency("city-night", "保健所", hours=Hours(always=True)),
            agency("here", "保健所", scope="district", districts=("amori",)),
            agency("fire", "消防119", scope="nation", hours=Hours(always=True)),
            agency("coordinator", "包括化推進員"),
        ),
    )


def ids(city: City, now: datetime, district: str | None, urgency: Urgency, *concerns: str) -> list[str]:
    return [found.id for found in Directory(city).agencies(concerns, Asked(now, district, urgency))]


def test_near_before_far_and_other_districts_left_out(small: City, at: Callable[[str], datetime]) -> None:
    noon = at("2026-03-04 12:00")
    assert ids(small, noon, "amori", "routine", "mental_health") == ["here", "city", "city-night"]
    assert ids(small, noon, "asahi", "routine", "mental_health") == ["city", "city-night", "pref"]
    assert ids(small, noon, None, "routine", "mental_health") == ["city", "city-night", "pref"]


def test_open_before_closed_among_equals(small: City, at: Callable[[str], datetime]) -> None:
    assert ids(small, at("2026-03-04 22:00"), None, "routine", "mental_health") == ["city-night", "city", "pref"]


def test_119_leads_in_an_emergency_and_follows_otherwise(small: City, at: Callable[[str], datetime]) -> None:
    noon = at("2026-03-04 12:00")
    assert ids(small, noon, None, "emergency", "suicide")[0] == "fire"
    assert ids(small, noon, None, "soon", "welfare_check", "mental_health")[-1] == "fire"
    assert "fire" not in ids(small, noon, None, "routine", "suicide", "mental_health")


def test_nothing_heard_goes_to_the_coordinator(small: City, at: Callable[[str], datetime]) -> None:
    assert ids(small, at("2026-03-04 12:00"), None, "routine") == ["coordinator"]


def test_one_agency_carries_all_its_concerns(small: City, at: Callable[[str], datetime]) -> None:
    asked = Asked(at("2026-03-04 12:00"), None, "routine")
    found = Directory(small).agencies(("mental_health", "addiction"), asked)
    assert found[0].concerns == ("mental_health", "addiction")
    assert found[0].open_now is True
    assert found[0].hours_text == "平日"


def test_the_list_stays_short(city: City, at: Callable[[str], datetime]) -> None:
    concerns = ("poverty", "housing", "debt", "work", "dv")
    assert len(ids(city, at("2026-03-04 12:00"), None, "soon", *concerns)) == AGENCIES_SHOWN
