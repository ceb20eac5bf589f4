"""The desk: what every staff page is given, made once by `admin.app.build`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Protocol

from fastapi import Depends, Request

from admin.labels import Labels
from admin.pages import Pages
from admin.signin.passwords import Passwords
from admin.times import Times
from cases.db import Database
from routing.directory import City

INBOX = "inbox"
"""The channel on which a changed or new referral is called out."""


class Live(Protocol):
    """Calls between processes. They only save time: whoever waits also looks for himself when the call never comes."""

    async def wake(self, channel: str) -> None:
        """Call everybody who waits on `channel`. Never raises."""

    async def wait(self, channel: str, timeout: float) -> bool:  # noqa: ASYNC109 - it bounds the wait, it cancels nothing
        """Wait for a call, at most `timeout` seconds; whether one came. It may give up sooner, never at once."""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A made-up member of staff whose keys stand on the sign-in page of the demo."""

    email: str
    password: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Desk:
    db: Database
    city: City
    live: Live
    now: Callable[[], datetime]
    secure_cookies: bool
    demo: tuple[DemoAccount, ...]
    labels: Labels
    times: Times
    pages: Pages
    passwords: Passwords

    @property
    def cookie(self) -> str:
        """The session cookie's name; the prefix binds it to this host and to https."""
        return "__Host-kizuki" if self.secure_cookies else "kizuki"

    def today(self) -> date:
        """The day in the city."""
        return self.now().astimezone(self.times.zone).date()

    def done(self, request: Request) -> str:
        """What the page says about the action that led to it; the address names it, unknown names say nothing."""
        return self.labels.names("done").get(request.query_params.get("done", ""), "")

    async def call_inbox(self) -> None:
        await self.live.wake(INBOX)


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


AtDesk = Annotated[Desk, Depends(desk_of)]
