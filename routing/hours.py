"""Opening hours: open at a moment, next opening. Moments are aware datetimes; weekly spans are local time."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from routing.directory import Hours, Span

_DAY = 24 * 60
_SUNDAY = 6
_SEARCHED_DAYS = 400


def is_open(hours: Hours, moment: datetime, zone: ZoneInfo, holidays: Collection[date]) -> bool | None:
    """Whether the door is open at `moment`; None when the hours are unknown."""
    if hours.always:
        return True
    if not hours.spans:
        return None
    local = moment.astimezone(zone)
    minute = local.hour * 60 + local.minute
    today = local.date()
    # A span that began yesterday may reach past midnight.
    return _covers(hours, today, minute, holidays) or _covers(hours, today - timedelta(days=1), minute + _DAY, holidays)


def next_opening(hours: Hours, moment: datetime, zone: ZoneInfo, holidays: Collection[date]) -> datetime | None:
    """`moment` itself while open, else the next opening (UTC); None when unknown or not within about a year."""
    if is_open(hours, moment, zone, holidays):
        return moment
    today = moment.astimezone(zone).date()
    for opening in _openings(hours, today, zone, holidays):
        if opening > moment:
            return opening
    return None


def _covers(hours: Hours, day: date, minute: int, holidays: Collection[date]) -> bool:
    return any(span.opens <= minute < span.closes for span in _spans(hours, day, holidays))


def _spans(hours: Hours, day: date, holidays: Collection[date]) -> list[Span]:
    weekday = day.weekday()
    if day in holidays:
        if hours.on_holidays == "closed":
            return []
        weekday = _SUNDAY if hours.on_holidays == "as_sunday" else weekday
    return [span for span in hours.spans if weekday in span.weekdays]


def _openings(hours: Hours, first: date, zone: ZoneInfo, holidays: Collection[date]) -> Iterator[datetime]:
    for day in (first + timedelta(days=n) for n in range(_SEARCHED_DAYS)):
        for opens in sorted(span.opens for span in _spans(hours, day, holidays)):
            midnight = datetime.combine(day, time(), zone)
            yield (midnight + timedelta(minutes=opens)).astimezone(UTC)
