from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from admin import labels
from admin.times import Times

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
TIMES = Times(ZoneInfo("Asia/Tokyo"), labels.load())


@pytest.mark.parametrize(
    ("past", "ago", "day", "clock"),
    [
        (timedelta(seconds=59), "たった今", "11/24(火)", "09:59"),
        (timedelta(seconds=-30), "たった今", "11/24(火)", "10:00"),
        (timedelta(minutes=1), "1分前", "11/24(火)", "09:59"),
        (timedelta(minutes=59), "59分前", "11/24(火)", "09:01"),
        (timedelta(hours=10), "10時間前", "11/24(火)", "00:00"),
        (timedelta(hours=10, minutes=1), "きのう", "11/23(月)", "23:59"),
        (timedelta(days=7), "7日前", "11/17(火)", "10:00"),
        (timedelta(days=8), "", "11/16(月)", "10:00"),
        (timedelta(days=365), "", "2025/11/24(月)", "10:00"),
    ],
)
def test_a_moment_is_told_in_the_citys_time(past, ago, day, clock):
    moment = TIMES.moment(NOW - past, NOW)
    assert (moment.ago, moment.day, moment.clock) == (ago, day, clock)


def test_the_hour_is_kept_from_readers_it_could_tell_the_reporter_to():
    moment = TIMES.moment(NOW - timedelta(minutes=7), NOW, day_only=True)
    assert (moment.iso, moment.day, moment.clock, moment.ago) == ("2026-11-24", "11/24(火)", "", "きょう")


def test_a_date_is_the_citys_date():
    assert TIMES.day(datetime(2026, 3, 31, 16, 0, tzinfo=UTC)) == "2026/4/1"
