"""What is taken out for readers to whom it would tell who reported. Pure."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

_JAPAN = ZoneInfo("Asia/Tokyo")
MASK = "■"


def masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """`text` with the spans (in code points) blacked out, at the same length."""
    letters = list(text)
    for start, end in spans:
        letters[start:end] = MASK * len(letters[start:end])
    return "".join(letters)


def local_day(at: datetime) -> datetime:
    """The beginning of the moment's Japanese day, in the moment's own time zone."""
    return at.astimezone(_JAPAN).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(at.tzinfo)
