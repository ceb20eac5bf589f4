"""What stands in the way at LINE, for those who run the inbox: told calmly, with what to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from admin.desk import Desk
from admin.permissions import Action, may
from admin.visit import Visit
from cases import channel, deliveries, inbound
from cases.channel import Channel
from cases.deliveries import Undelivered

NEARLY = 0.8
"""Share of the month's pushes from which on they are spoken of."""
STANDBY_TOLD = timedelta(hours=24)
UNDELIVERED_TOLD = timedelta(days=7)
MOST_LINKS = 8
CHAT = "chat"
"""What LINE calls it when somebody may answer by hand in its console (get bot info, `chatMode`)."""


@dataclass(frozen=True, slots=True)
class Link:
    href: str
    number: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to be told.

    Attributes:
        kind: `error` where people wait for answers that do not go out, or words go past the record; else `info`.
        title: what it is.
        text: since when, and what to do.
        links: sheets that it is about.
        more: how many links were left out.
    """

    kind: Literal["error", "info"]
    title: str
    text: str
    links: tuple[Link, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class LineState:
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class LinePage:
    """The part alone, as the page asks for it anew."""

    line: LineState | None


async def line_state(desk: Desk, visit: Visit) -> LineState | None:
    """What is to be told now; None for a role whose matter it is not."""
    if not may(visit.actor.role, Action.READ_LINE):
        return None
    now = desk.now()
    async with desk.db.reading() as reader:
        known = await channel.read(reader)
        parked = await inbound.parked_count(reader)
        lost = await deliveries.undelivered(reader, visit.actor, now - UNDELIVERED_TOLD, MOST_LINKS)
    return LineState((*_account(desk, known, now), *_month(desk, known, now), *_left_over(desk, parked, lost)))


def _account(desk: Desk, known: Channel, now: datetime) -> Iterator[Notice]:
    if known.suspended_at is not None:
        yield _notice(desk, "error", "suspended", since=_moment(desk, known.suspended_at, now))
    if known.refused_since is not None:
        yield _notice(desk, "error", "refused", since=_moment(desk, known.refused_since, now))
    if known.chat_mode == CHAT:
        yield _notice(desk, "error", "chat")
    if known.forbidden_since is not None:
        yield _notice(desk, "error", "forbidden", since=_moment(desk, known.forbidden_since, now))
    if known.standby_at is not None and now - known.standby_at < STANDBY_TOLD:
        yield _notice(desk, "error", "standby", at=_moment(desk, known.standby_at, now))


def _month(desk: Desk, known: Channel, now: datetime) -> Iterator[Notice]:
    counted = ""
    if known.quota is not None and known.used is not None and known.quota_read_at is not None:
        read = _moment(desk, known.quota_read_at, now)
        counted = desk.labels.say("line_state", "counted", used=known.used, quota=known.quota, read=read)
    if known.used_up_since is not None:
        yield _notice(desk, "error", "used_up", counted=counted)
    elif known.quota is not None and known.used is not None and known.used >= known.quota * NEARLY:
        yield _notice(desk, "info", "nearly", counted=counted)


def _left_over(desk: Desk, parked: int, lost: Undelivered) -> Iterator[Notice]:
    if parked:
        yield _notice(desk, "error", "parked", number=parked)
    if lost.number:
        links = tuple(Link(f"/referrals/{referral}", number) for referral, number in lost.referrals)
        title, text = _words(desk, "undelivered", number=lost.number)
        yield Notice("info", title, text, links, lost.number - len(links))


def _notice(desk: Desk, kind: Literal["error", "info"], key: str, **parts: object) -> Notice:
    return Notice(kind, *_words(desk, key, **parts))


def _words(desk: Desk, key: str, **parts: object) -> tuple[str, str]:
    say = desk.labels.say
    return say("line_state", f"{key}_title", **parts), say("line_state", key, **parts)


def _moment(desk: Desk, at: datetime, now: datetime) -> str:
    moment = desk.times.moment(at, now)
    return f"{moment.day} {moment.clock}"
