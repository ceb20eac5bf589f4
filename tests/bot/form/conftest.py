"""The 安心フォーム as a browser meets it: real database, a clock that stands still, headers as browsers send them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from bot.form.app import build
from cases import forms, people
from cases.db import Database
from routing.directory import City
from tests.bot.talking import NOW, Bell

Browser = httpx2.AsyncClient
OURS = {"Sec-Fetch-Site": "same-origin"}
EXIT = "https://weather.example.jp/today"
STORY = "向かいの家の新聞がたまっています"


@dataclass
class Clock:
    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **parts: float) -> None:
        self.at += timedelta(**parts)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def build_form(city: City, clock: Clock, bell: Bell) -> Callable[..., FastAPI]:
    def over(database: Database, **parts: Any) -> FastAPI:
        given: dict[str, Any] = {"now": clock, "secure_cookies": False, "quick_exit_url": EXIT}
        return build(database, city, bell, **given | parts)

    return over


@pytest.fixture
def app(database: Database, build_form: Callable[..., FastAPI]) -> FastAPI:
    return build_form(database)


@pytest.fixture
def new_link(database: Database, clock: Clock) -> Callable[..., Awaitable[str]]:
    """The address of a new form, as the talk gives it to its person."""

    async def issue(person: str = "U1") -> str:
        async with database.transaction() as uow:
            return "/form/" + await forms.issue(uow, (await people.lock(uow, person, clock())).id, clock())

    return issue


@pytest.fixture
async def open_browser(app: FastAPI) -> AsyncIterator[Callable[..., Browser]]:
    """Opens browsers, each of them another phone."""
    opened: list[Browser] = []

    def one(of: FastAPI = app, host: str = "http://form.example.jp", **headers: str) -> Browser:
        transport = httpx2.ASGITransport(app=of, raise_app_exceptions=False)
        browser = httpx2.AsyncClient(transport=transport, base_url=host, headers=OURS | headers)
        opened.append(browser)
        return browser

    yield one
    for browser in opened:
        await browser.aclose()


@pytest.fixture
def phone(open_browser: Callable[..., Browser]) -> Browser:
    return open_browser()


@pytest.fixture
async def begun(phone: Browser, new_link: Callable[..., Awaitable[str]]) -> str:
    """A link whose person has agreed on `phone`."""
    link = await new_link()
    assert (await phone.post(f"{link}/agree")).status_code == 303
    return link
