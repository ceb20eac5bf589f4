"""A visit: one request of one signed-in person."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from fastapi import Request

from admin.desk import Desk, desk_of
from cases.actors import Actor
from cases.staff import sessions

TOUCH_AFTER = timedelta(minutes=1)
"""A session's last use is written at most this often: a minute more or less does not matter to thirty idle ones."""

ARRIVALS, LINE_STATE = "arrivals", "line-state"
"""The elements whose requests are the page's own; they do not count as somebody working."""


class SignInNeeded(Exception):  # noqa: N818 - it is a turn of the road, not an error
    """Nobody is signed in. `back` is where to return to afterwards."""

    def __init__(self, back: str = "/inbox") -> None:
        super().__init__()
        self.back = back


@dataclass(frozen=True, slots=True)
class Visit:
    """Who visits. `agency_name` is empty for the city's own staff."""

    actor: Actor
    token: str
    agency_name: str = ""


async def current_visit(request: Request) -> Visit:
    """The visit of this request; it keeps the session awake.

    Raises:
        SignInNeeded: there is no live session.
    """
    desk = desk_of(request)
    back = local_path(_address(request)) if request.method == "GET" else "/inbox"
    asleep = refreshed_by_page(request)
    visit = await visit_of_token(desk, request.cookies.get(desk.cookie, ""), back=back, touch=not asleep)
    request.state.visit = visit
    return visit


async def visit_of_token(desk: Desk, token: str, *, back: str = "/inbox", touch: bool = False) -> Visit:
    """The visit behind a session token.

    Raises:
        SignInNeeded: the session is unknown, ended, or its account closed.
    """
    now = desk.now()
    async with desk.db.reading() as reader:
        session = await sessions.read(reader, token, now) if token else None
    if session is None:
        raise SignInNeeded(back)
    if touch and now - session.seen_at >= TOUCH_AFTER:
        async with desk.db.transaction() as uow:
            await sessions.touch(uow, token, now)
    agency = desk.city.agency(session.actor.agency_id) if session.actor.agency_id else None
    return Visit(session.actor, token, agency.name if agency else "")


def refreshed_by_page(request: Request) -> bool:
    """Whether the page asks by itself, nobody having pressed anything."""
    return request.headers.get("hx-trigger") in {ARRIVALS, LINE_STATE}


def local_path(target: str) -> str:
    """`target` when it is a page of this site that may be opened after sign-in, else the inbox."""
    if not target.isprintable() or "\\" in target or not target.startswith("/") or target.startswith("//"):
        return "/inbox"
    parts = urlsplit(target)
    return "/inbox" if parts.netloc or parts.path.startswith("/sign") else target


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
