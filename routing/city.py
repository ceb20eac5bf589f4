"""A city pack's files → `City`. Every mistake is named by file, item and field, all of them at once."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar, get_args
from zoneinfo import ZoneInfo

from routing.danger import DANGER_KINDS
from routing.directory import (
    Agency,
    Certainty,
    Checked,
    City,
    District,
    HolidayRule,
    Hotline,
    Hours,
    Scope,
    Span,
)
from routing.taxonomy import AGENCY_TYPES

FILES = ("city.yaml", "districts.yaml", "agencies.yaml", "hotlines.yaml")
"""The files of a city pack, by the names under which `parse_city` expects their contents."""

_WEEKDAYS = "月火水木金土日"
_WEEKDAY_WORDS = {"平日": "月火水木金", "土日": "土日", "毎日": _WEEKDAYS}
_CLOCK_SPAN = re.compile(r"(\d{1,2}):([0-5]\d)-(翌)?(\d{1,2}):([0-5]\d)")
_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})")
_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
_DIAL = re.compile(r"#?[0-9]+")
_LATITUDE, _LONGITUDE = 90.0, 180.0
_DAY = 24 * 60

Item = TypeVar("Item", District, Agency, Hotline)


class CityError(ValueError):
    """The pack cannot be used; `problems` names every mistake (Japanese, for the officer who edits the files)."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


@dataclass(slots=True)
class _Row:
    """An item being read: where it stands, and the mistakes found so far in the whole pack."""

    where: str
    data: Mapping[str, Any]
    problems: list[str] = field(default_factory=list)

    def wrong(self, name: str, what: str) -> None:
        self.problems.append(f"{self.where} {name}: {what}")

    def text(self, name: str, *, required: bool = False) -> str:
        value = self.data.get(name)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or (required and not value.strip()):
            self.wrong(name, "文字を書いてください(番号は '…' で囲みます)")
            return ""
        return value.strip()

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.data.get(name) or ()
        if not isinstance(value, list | tuple) or not all(isinstance(word, str) and word for word in value):
            self.wrong(name, "文字の一覧 [ … ] で書いてください")
            return ()
        return tuple(value)

    def choice(self, name: str, allowed: Sequence[str], default: str = "") -> Any:
        value = self.data.get(name, default)
        if value not in allowed:
            self.wrong(name, f"「{value}」は使えません({'・'.join(allowed)} のどれか)")
            return allowed[0]
        return value

    def known(self, name: str, allowed: Collection[str], what: str) -> tuple[str, ...]:
        words = self.texts(name)
        for word in words:
            if word not in allowed:
                self.wrong(name, f"「{word}」という{what}はありません")
        return words

    def place(self, name: str, value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        self.wrong(name, "示す順を 1 からの数で書いてください")
        return 1

    def places(self, name: str, allowed: Collection[str], what: str) -> dict[str, int]:
        """Words, each with its place in a list."""
        value = self.data.get(name)
        if not isinstance(value, Mapping):
            self.wrong(name, f"{{{what}: 示す順}} で書いてください")
            return {}
        for word in set(value) - set(allowed):
            self.wrong(name, f"「{word}」という{what}はありません")
        return {str(word): self.place(name, place) for word, place in value.items()}

    def date(self, name: str) -> date | None:
        value = self.data.get(name)
        if value is None or (isinstance(value, date)):
            return value
        self.wrong(name, "日付(2025-04-01)か空欄にしてください")
        return None

    def refuse_unknown(self, known: Iterable[str]) -> None:
        for name in set(self.data) - set(known):
            self.wrong(str(name), "この項目はありません(つづりを確かめてください)")


def parse_city(files: Mapping[str, Any], holidays: Collection[date]) -> City:
    """Check and build a city from the contents of its `FILES`.

    Args:
        files: file name → parsed YAML.
        holidays: the national holidays of the years the pack is used in.

    Raises:
        CityError: with every problem found, one line each: file, item id, field.
    """
    missing = [f"{name}: ファイルがありません" for name in FILES if name not in files]
    if missing:
        raise CityError(missing)
    problems: list[str] = []
    districts = _items(files, "districts.yaml", problems, _district)
    ids = {district.id for district in districts}
    agencies = _items(files, "agencies.yaml", problems, lambda row: _agency(row, ids))
    hotlines = _items(files, "hotlines.yaml", problems, _hotline)
    problems.extend(_unanswered(hotlines))
    row = _Row("city.yaml", _mapping(files["city.yaml"]), problems)
    city = _city(row, (districts, agencies, hotlines), holidays)
    if problems:
        raise CityError(problems)
    return city


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _items(files: Mapping[str, Any], name: str, problems: list[str], read: Callable[[_Row], Item]) -> tuple[Item, ...]:
    listed = files[name]
    if not isinstance(listed, list) or not listed:
        problems.append(f"{name}: 一覧が空です")
        return ()
    items = []
    seen: set[str] = set()
    for number, data in enumerate(listed, start=1):
        row = _Row(f"{name} {_mapping(data).get('id', f'{number}番目')}", _mapping(data), problems)
        item = read(row)
        if not _ID.fullmatch(item.id):
            row.wrong("id", "英小文字・数字・- で書いてください")
        elif item.id in seen:
            row.wrong("id", "同じ id がもう使われています")
        seen.add(item.id)
        items.append(item)
    return tuple(items)


def _district(row: _Row) -> District:
    row.refuse_unknown(("id", "name", "kana", "aliases", "towns", "landmarks", "certainty", "source", "verified_on"))
    _checked(row)
    return District(
        id=row.text("id", required=True),
        name=row.text("name", required=True),
        kana=row.text("kana", required=True),
        aliases=row.texts("aliases"),
        towns=row.texts("towns"),
        landmarks=row.texts("landmarks"),
    )


_AGENCY_TEXTS = ("kana", "phone", "fax", "address", "url", "serves", "note")


def _agency(row: _Row, district_ids: Collection[str]) -> Agency:
    own = ("id", "name", "types", "scope", "districts", "hours", *_AGENCY_TEXTS)
    row.refuse_unknown((*own, "certainty", "source", "verified_on"))
    types = row.known("types", AGENCY_TYPES, "窓口の種類")
    if not types:
        row.wrong("types", "窓口の種類を1つ以上書いてください")
    return Agency(
        id=row.text("id", required=True),
        name=row.text("name", required=True),
        types=types,
        scope=row.choice("scope", get_args(Scope)),
        checked=_checked(row),
        districts=row.known("districts", district_ids, "地区"),
        hours=_hours(row, "hours"),
        **{name: row.text(name) for name in _AGENCY_TEXTS},
    )


def _hotline(row: _Row) -> Hotline:
    row.refuse_unknown(("id", "name", "number", "dial", "kinds", "menu", "hours", "certainty", "source", "verified_on"))
    dial = row.text("dial", required=True)
    if dial and not _DIAL.fullmatch(dial):
        row.wrong("dial", "数字と # だけで書いてください")
    return Hotline(
        id=row.text("id", required=True),
        name=row.text("name", required=True),
        number=row.text("number", required=True),
        dial=dial,
        kinds=row.places("kinds", DANGER_KINDS, "危険の種類"),
        checked=_checked(row),
        hours=_hours(row, "hours"),
        menu=row.place("menu", row.data["menu"]) if row.data.get("menu") is not None else None,
    )


def _unanswered(hotlines: Sequence[Hotline]) -> list[str]:
    """Danger comes at night too: each kind needs a line that always answers."""
    answered = {kind for hotline in hotlines if hotline.hours.always for kind in hotline.kinds}
    return [
        f"hotlines.yaml: 危険の種類「{kind}」に24時間つながる番号がありません"
        for kind in DANGER_KINDS
        if kind not in answered
    ]


def _checked(row: _Row) -> Checked:
    certainty: Certainty = row.choice("certainty", get_args(Certainty))
    return Checked(certainty, row.text("source"), row.date("verified_on"))


def _city(
    row: _Row,
    lists: tuple[tuple[District, ...], tuple[Agency, ...], tuple[Hotline, ...]],
    holidays: Collection[date],
) -> City:
    districts, agencies, hotlines = lists
    office_hours = _hours(row, "office_hours")
    if not (office_hours.always or office_hours.spans):
        row.wrong("office_hours", "職員が読む曜日と時刻を書いてください")
    return City(
        id=row.text("id", required=True),
        name=row.text("name", required=True),
        readers=row.text("readers", required=True),
        timezone=_timezone(row),
        districts=districts,
        agencies=agencies,
        hotlines=hotlines,
        bounds=_bounds(row),
        office_hours=office_hours,
        holidays=frozenset(holidays) | _yearly(row, {day.year for day in holidays}),
        not_places=row.texts("not_places"),
    )


def _timezone(row: _Row) -> str:
    name = row.text("timezone", required=True)
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, KeyError):
        row.wrong("timezone", "Asia/Tokyo のように書いてください")
        return "Asia/Tokyo"


def _bounds(row: _Row) -> tuple[float, float, float, float]:
    box = _mapping(row.data.get("bounds"))
    sides = [box.get(side) for side in ("south", "west", "north", "east")]
    if not all(isinstance(side, int | float) for side in sides):
        row.wrong("bounds", "south・west・north・east を度で書いてください")
        return (0.0, 0.0, 0.0, 0.0)
    south, west, north, east = (float(side) for side in sides if side is not None)
    if not (-_LATITUDE <= south < north <= _LATITUDE and -_LONGITUDE <= west < east <= _LONGITUDE):
        row.wrong("bounds", "南<北、西<東 になるように書いてください")
    return (south, west, north, east)


def _yearly(row: _Row, years: Collection[int]) -> frozenset[date]:
    """The days around New Year on which offices are closed (`year_end`), for every year that has holidays."""
    span = _mapping(row.data.get("year_end"))
    if not span:
        return frozenset()
    first, last = (_MONTH_DAY.fullmatch(str(span.get(end, ""))) for end in ("from", "to"))
    if first is None or last is None:
        row.wrong("year_end", "from: '12-29' to: '01-03' のように書いてください")
        return frozenset()
    try:
        spans = [_year_end(year, first, last) for known in years for year in (known - 1, known)]
    except ValueError:
        row.wrong("year_end", "暦にない日付です")
        return frozenset()
    return frozenset(day for span in spans for day in span)


def _year_end(year: int, first: re.Match[str], last: re.Match[str]) -> list[date]:
    day, end = date(year, int(first[1]), int(first[2])), date(year + 1, int(last[1]), int(last[2]))
    return [day + timedelta(days=n) for n in range((end - day).days + 1)]


def _hours(row: _Row, name: str) -> Hours:
    """`{text, always}` or `{text, week: {平日: '8:30-17:15'}, on_holidays}`; left out: hours unknown."""
    data = _mapping(row.data.get(name))
    inner = _Row(f"{row.where} {name}", data, row.problems)
    inner.refuse_unknown(("text", "always", "week", "on_holidays"))
    rule: HolidayRule = inner.choice("on_holidays", get_args(HolidayRule), "closed")
    spans = tuple(
        span for days, clock in _mapping(data.get("week")).items() for span in _week_spans(inner, str(days), clock)
    )
    return Hours(spans, data.get("always") is True, rule, inner.text("text"))


def _week_spans(row: _Row, days: str, clocks: Any) -> list[Span]:
    weekdays = frozenset(_WEEKDAYS.find(day) for day in _WEEKDAY_WORDS.get(days, days))
    if not weekdays or -1 in weekdays:
        row.wrong("week", f"「{days}」は曜日ではありません(平日・土日・毎日・月火水木金土日)")
        return []
    spans = []
    for clock in clocks if isinstance(clocks, list) else [clocks]:
        span = _clock_span(str(clock))
        if span is None:
            row.wrong("week", f"「{clock}」は 8:30-17:15 や 19:00-翌8:00 のように書いてください")
            continue
        spans.append(Span(weekdays, *span))
    return spans


def _clock_span(clock: str) -> tuple[int, int] | None:
    found = _CLOCK_SPAN.fullmatch(clock)
    if found is None:
        return None
    opens = int(found[1]) * 60 + int(found[2])
    closes = int(found[4]) * 60 + int(found[5]) + (_DAY if found[3] else 0)
    return (opens, closes) if opens < _DAY and opens < closes <= opens + _DAY else None
