from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.directory import Hours, Span
from routing.hours import is_open, next_opening

JAPAN = ZoneInfo("Asia/Tokyo")
WEEKDAYS = frozenset(range(5))
OFFICE = Hours((Span(WEEKDAYS, 510, 1035),))
NIGHT = Hours(
    (Span(WEEKDAYS, 19 * 60, 32 * 60), Span(frozenset({5, 6}), 8 * 60, 32 * 60)),
    on_holidays="as_sunday",
)
ALWAYS = Hours(always=True)
UNKNOWN = Hours(text="窓口による")
HOLIDAY = date(2026, 3, 20)  # a Friday


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-04 08:29", False),
        ("2026-03-04 08:30", True),
        ("2026-03-04 17:14", True),
        ("2026-03-04 17:15", False),
        ("2026-03-07 12:00", False),
        ("2026-03-20 12:00", False),
    ],
)
def test_office_hours(at: Callable[[str], datetime], moment: str, expected: bool) -> None:  # noqa: FBT001 - a table column
    assert is_open(OFFICE, at(moment), JAPAN, {HOLIDAY}) is expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-04 18:59", False),
        ("2026-03-04 19:00", True),
        ("2026-03-05 07:59", True),
        ("2026-03-05 08:00", False),
        ("2026-03-07 07:59", True),
        ("2026-03-07 08:00", True),
        ("2026-03-09 07:59", True),
        ("2026-03-09 08:00", False),
        ("2026-03-20 12:00", True),
    ],
)
def test_a_night_line_reaches_past_midnight_and_takes_holidays_as_sundays(
    at: Callable[[str], datetime],
    moment: str,
    expected: bool,  # noqa: FBT001 - a table column
) -> None:
    assert is_open(NIGHT, at(moment), JAPAN, {HOLIDAY}) is expected


def test_a_holiday_may_be_an_ordinary_day(at: Callable[[str], datetime]) -> None:
    as_week = Hours((Span(WEEKDAYS, 510, 1035),), on_holidays="as_week")
    assert is_open(as_week, at("2026-03-20 12:00"), JAPAN, {HOLIDAY}) is True


def test_always_and_unknown(at: Callable[[str], datetime]) -> None:
    now = at("2026-01-01 03:00")
    assert is_open(ALWAYS, now, JAPAN, {now.date()}) is True
    assert is_open(UNKNOWN, now, JAPAN, ()) is None
    assert next_opening(ALWAYS, now, JAPAN, ()) == now
    assert next_opening(UNKNOWN, now, JAPAN, ()) is None


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-03-04 12:00", "2026-03-04 12:00"),
        ("2026-03-04 06:00", "2026-03-04 08:30"),
        ("2026-03-04 17:15", "2026-03-05 08:30"),
        ("2026-03-06 18:00", "2026-03-09 08:30"),
        ("2026-03-19 18:00", "2026-03-23 08:30"),
    ],
)
def test_next_opening(at: Callable[[str], datetime], moment: str, opening: str) -> None:
    assert next_opening(OFFICE, at(moment), JAPAN, {HOLIDAY}) == at(opening)


def test_a_door_that_never_opens_has_no_next_opening(at: Callable[[str], datetime]) -> None:
    first = date(2026, 1, 1)
    closed = {first + timedelta(days=n) for n in range(500)}
    assert next_opening(OFFICE, at("2026-01-02 12:00"), JAPAN, closed) is None


MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)).map(lambda t: t.replace(tzinfo=UTC))  # noqa: DTZ001 - given its zone here
SPANS = st.builds(
    lambda days, opens, length: Span(frozenset(days), opens, opens + length),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 1439),
    st.integers(1, 1440),
)
HOURS = st.builds(
    Hours,
    st.lists(SPANS, min_size=1, max_size=3).map(tuple),
    on_holidays=st.sampled_from(("closed", "as_week", "as_sunday")),
)


@given(HOURS, MOMENTS, st.sets(st.dates(date(2025, 1, 1), date(2027, 1, 1)), max_size=20))
def test_the_next_opening_is_open_and_nothing_is_open_before(
    hours: Hours, moment: datetime, holidays: set[date]
) -> None:
    opening = next_opening(hours, moment, JAPAN, holidays)
    if opening is None:
        return
    assert opening >= moment
    assert is_open(hours, opening, JAPAN, holidays)
    if opening > moment:
        assert not is_open(hours, moment, JAPAN, holidays)
        assert not is_open(hours, opening - timedelta(minutes=1), JAPAN, holidays)
