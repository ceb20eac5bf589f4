from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.referrals.masking import local_day, masked


@pytest.mark.parametrize(
    ("spans", "seen"),
    [
        ([], "向かいの佐藤です"),
        ([(4, 6)], "向かいの■■です"),
        ([(0, 3), (4, 6)], "■■■の■■です"),
        ([(4, 99)], "向かいの■■■■"),
        ([(99, 120)], "向かいの佐藤です"),
    ],
)
def test_spans_are_blacked_out(spans: list[tuple[int, int]], seen: str) -> None:
    assert masked("向かいの佐藤です", spans) == seen


@given(text=st.text(), spans=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)).map(sorted).map(tuple)))
def test_the_rest_stays_where_it_was(text: str, spans: list[tuple[int, int]]) -> None:
    result = masked(text, spans)
    assert len(result) == len(text)
    hidden = {place for start, end in spans for place in range(start, end)}
    assert all(result[place] == ("■" if place in hidden else letter) for place, letter in enumerate(text))


def test_a_moment_becomes_the_beginning_of_its_japanese_day() -> None:
    assert local_day(datetime(2026, 11, 24, 15, 30, tzinfo=UTC)) == datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    assert local_day(datetime(2026, 11, 24, 14, 30, tzinfo=UTC)) == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
