"""The inbox page as data."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from admin.desk import Desk
from admin.inbox.line import LineState
from admin.inbox.query import TABS, InboxQuery
from admin.times import Moment
from admin.visit import Visit
from cases.actors import Role
from cases.referrals.inbox import COUNTED, WORDS
from cases.referrals.sheets import InboxRow, TabCounts
from cases.referrals.status import Status
from cases.referrals.vocabulary import YesNo

PAGE_SIZE = 50
CONCERNS_SHOWN = 3
UNKNOWN = "unknown"

Choices = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class TabLink:
    name: str
    count: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Filter:
    name: str
    title: str
    chosen: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list. `concerns` are the first few, `more` how many others there are.

    `words` are the reporter's, or what signs were chosen where there are none. `danger` tells of any sign of danger.
    `declined` names the agencies that declined.
    `finished` names the agencies whose support has ended, while it is the city's turn.
    """

    number: str
    href: str
    priority: str
    status: str
    received: Moment
    district: str
    household: str
    words: str
    danger: bool
    concerns: tuple[str, ...]
    more: int
    assignee: str
    agencies: str
    finished: str
    declined: str


@dataclass(frozen=True, slots=True)
class InboxPage:
    """`open` counts what is not closed (to notice arrivals), `next` leads to the following page or is empty.

    `line` is what stands in the way at LINE; None for whom it is not.

    `number` is what was typed to find one referral and is no number of any; `ignored` tells of an unknown filter.
    """

    tab: str
    agency: bool
    tabs: tuple[TabLink, ...]
    filters: tuple[Filter, ...]
    filtered: bool
    ignored: bool
    number: str
    rows: tuple[Row, ...]
    next: str
    size: int
    open: int
    url: str
    done: str
    line: LineState | None


def build_page(
    desk: Desk,
    visit: Visit,
    query: InboxQuery,
    found: Sequence[InboxRow],
    counts: TabCounts,
    *,
    done: str = "",
    line: LineState | None = None,
) -> InboxPage:
    """The page for rows that were read one more than fit: the extra one tells that there is another page."""
    now = desk.now()
    shown = found[:PAGE_SIZE]
    numbers = asdict(counts)
    return InboxPage(
        tab=query.tab,
        agency=visit.actor.role is Role.AGENCY,
        tabs=tuple(
            TabLink(
                desk.labels.say(_tab_names(visit), tab), _counted(numbers[tab]), query.on_tab(tab).url, tab == query.tab
            )
            for tab in TABS[visit.actor.role]
        ),
        filters=_filters(desk, query),
        filtered=query.filtered,
        ignored=query.ignored,
        number=query.number,
        rows=tuple(_row(desk, visit, row, now) for row in shown),
        next=query.after(shown[-1].id).url if len(found) > PAGE_SIZE else "",
        size=PAGE_SIZE,
        open=counts.open,
        url=query.url,
        done=done,
        line=line,
    )


def _filters(desk: Desk, query: InboxQuery) -> tuple[Filter, ...]:
    labels = desk.labels
    districts = ((district.id, district.name) for district in desk.city.districts)
    statuses = ((value, name) for value, name in labels.names("status").items() if value != Status.DRAFT)
    asked: tuple[tuple[str, str, Choices], ...] = (
        ("urgency", query.urgency, labels.names("priority").items()),
        ("district", query.district, districts),
        ("concern", query.concern, labels.names("concern").items()),
        ("status", query.status, statuses),
    )
    return tuple(Filter(name, labels.say("filter", name), chosen, tuple(choices)) for name, chosen, choices in asked)


def _row(desk: Desk, visit: Visit, row: InboxRow, now: datetime) -> Row:
    labels, district = desk.labels, desk.city.district(row.district)
    is_agency = visit.actor.role is Role.AGENCY
    return Row(
        number=row.referral_no,
        href=f"/referrals/{row.id}",
        priority=row.priority,
        status=row.status,
        received=desk.times.moment(row.received_at, now, day_only=is_agency),
        district=district.name if district else "",
        household="" if row.household_type == UNKNOWN else labels.label("household_type", row.household_type),
        words=row.words + ("…" if len(row.words) >= WORDS else "") or _signs(desk, row),
        danger=bool(row.danger_flags) or row.immediate_danger == YesNo.YES,
        concerns=row.concerns[:CONCERNS_SHOWN],
        more=max(0, len(row.concerns) - CONCERNS_SHOWN),
        assignee=row.assigned_name,
        agencies="、".join(row.agencies),
        finished="、".join(row.finished),
        declined="、".join(row.declined),
    )


def _signs(desk: Desk, row: InboxRow) -> str:
    return "、".join(desk.labels.label("sign", sign) for sign in row.signs)


def _tab_names(visit: Visit) -> str:
    return "agency_tab" if visit.actor.role is Role.AGENCY else "tab"


def _counted(number: int) -> str:
    return f"{number}+" if number >= COUNTED else str(number)
