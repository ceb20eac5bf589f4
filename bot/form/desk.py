"""What every page of the form works with, and which form a request may touch."""

import asyncio
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated
from uuid import UUID
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

from fastapi import Depends, Path, Request
from fastapi.responses import Response

from bot.form.liff import Liff
from bot.form.pages import Pages
from bot.form.photos import Studio
from bot.form.texts import Consent
from bot.lanes import Rings
from cases import forms
from cases.db import Database, Reader
from cases.forms import Form
from routing.watch import DangerWatch

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_DANGEROUS = frozenset({"now", "soon"})
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


class Gone(Exception):  # noqa: N818 - the name of the answer
    """The link leads nowhere, or not in this browser: unknown, used, expired and foreign look the same."""


class Over(Gone):
    """The link is this browser's, but nothing can be written by it any longer."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self.form = form


class LeftInHurry(Exception):  # noqa: N818 - what was done
    """The form was left by 画面をすぐ閉じる. Whoever comes by its link, and back to any of its pages, is led away."""


class ConsentMissing(Exception):  # noqa: N818 - it is a turn of the road, not an error
    """The form is this browser's, but its person has not agreed (to the text as it is now)."""


@dataclass(frozen=True, slots=True)
class Desk:
    """`secure` tells whether browsers come by https."""

    db: Database
    wake: Rings
    now: Callable[[], datetime]
    zone: ZoneInfo
    secure: bool
    exit_url: str
    liff: Liff | None
    liff_policy: str
    consent: Consent
    pages: Pages
    danger: DangerWatch
    studio: Studio = field(default_factory=Studio)
    turns: WeakValueDictionary[UUID, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def turn(self, form: Form) -> asyncio.Lock:
        """Held while a photo of this form's person is read: each person has one in hand, whatever links they have."""
        return self.turns.setdefault(form.person_id, asyncio.Lock())

    def hears_danger(self, words: str) -> bool:
        """Whether the words tell of danger, by rules alone."""
        found = self.danger.find(words)
        return found is not None and found.level in _DANGEROUS

    def until(self, form: Form) -> str:
        """The hour in the city at which the form ends."""
        ends = form.expires_at.astimezone(self.zone)
        return f"{ends.hour}時{ends.minute:02}分"

    def seconds_left(self, form: Form) -> int:
        return max(0, int((form.expires_at - self.now()).total_seconds()))


@dataclass(frozen=True, slots=True)
class Link:
    """The link that a request came by, with what its browser knows."""

    request: Request
    desk: Desk
    token: str

    @property
    def url(self) -> str:
        return f"/form/{self.token}"

    @property
    def cookie(self) -> str:
        """The cookie's name: one for each form, so that two people who share a phone do not push each other out."""
        name = f"kizuki-form-{hashlib.sha256(self.token.encode()).hexdigest()[:12]}"
        return f"__Host-{name}" if self.desk.secure else name

    @property
    def browser(self) -> str:
        """What the browser keeps to be known by; empty where it has nothing of the kind."""
        kept = self.request.cookies.get(self.cookie, "")
        return kept if _SECRET.fullmatch(kept) else ""

    async def live(self, reader: Reader) -> Form:
        """The form, whoever asks for it.

        Raises:
            Gone, LeftInHurry: see there.
        """
        form = await self.found(reader)
        if form.is_left:
            raise LeftInHurry
        if form.is_over(self.desk.now()):
            raise Over(form) if form.is_of(self.browser) else Gone
        return form

    async def found(self, reader: Reader) -> Form:
        """The form, or what is left of it.

        Raises:
            Gone: see there.
        """
        form = await forms.find(reader, self.token) if _TOKEN.fullmatch(self.token) else None
        if form is None:
            raise Gone
        return form

    async def mine(self, reader: Reader) -> Form:
        """The form, for the browser that has it, once its person has agreed.

        Raises:
            Gone, LeftInHurry, ConsentMissing: see there.
        """
        form = await self.live(reader)
        if not form.is_of(self.browser):
            raise Gone
        if form.consent_version != self.desk.consent.version:
            raise ConsentMissing
        return form

    def keep(self, response: Response, browser: str, form: Form) -> None:
        """Let this browser have the form, for as long as it can be written on at most."""
        self._set(response, browser, max(0, int((form.ends_at - self.desk.now()).total_seconds())))

    def forget(self, response: Response) -> None:
        """This browser no longer has the form; what it kept of the pages goes as well."""
        self._set(response, "", 0)
        response.headers["Clear-Site-Data"] = '"cache"'

    def _set(self, response: Response, value: str, seconds: int) -> None:
        # A `__Host-` cookie counts for the whole host by its rules; without https it is kept to its one form.
        path = "/" if self.desk.secure else self.url
        response.set_cookie(
            self.cookie, value, max_age=seconds, path=path, secure=self.desk.secure, httponly=True, samesite="lax"
        )


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def link(request: Request, token: Annotated[str, Path()]) -> Link:
    return Link(request, desk_of(request), token)


AtDesk = Annotated[Desk, Depends(desk_of)]
ByLink = Annotated[Link, Depends(link)]
