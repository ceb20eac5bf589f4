from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.referrals.numbers import fiscal_year, is_referral_no, referral_no

years = st.integers(2020, 2099)
serials = st.integers(1, 999_999)


@pytest.mark.parametrize(
    ("at", "year"),
    [
        (datetime(2026, 3, 31, 14, 59, tzinfo=UTC), 2025),
        (datetime(2026, 3, 31, 15, 0, tzinfo=UTC), 2026),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), 2026),
    ],
)
def test_the_fiscal_year_begins_on_the_first_of_april_in_japan(at: datetime, year: int) -> None:
    assert fiscal_year(at) == year


def test_a_number_looks_like_this() -> None:
    assert referral_no(2026, 123) == "2026-000123-8"


@given(year=years, serial=serials)
def test_a_number_is_one(year: int, serial: int) -> None:
    assert is_referral_no(referral_no(year, serial))


@given(year=years, serial=serials, data=st.data())
def test_one_wrong_digit_is_noticed(year: int, serial: int, data: st.DataObject) -> None:
    number = referral_no(year, serial)
    place = data.draw(st.sampled_from([index for index, digit in enumerate(number) if digit != "-"]))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[place]]))
    assert not is_referral_no(number[:place] + wrong + number[place + 1 :])


@given(year=years, serial=serials, place=st.integers(5, 9))
def test_two_exchanged_neighbours_are_noticed(year: int, serial: int, place: int) -> None:
    number = referral_no(year, serial)
    exchanged = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert exchanged == number or not is_referral_no(exchanged)


@pytest.mark.parametrize("text", ["", "2026", "2026--", "2026-000123", "２０２６-000123-4", "2026-00012a-4", "-1-2"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert not is_referral_no(text)
