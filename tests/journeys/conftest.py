from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.journeys.browser import launch


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not kept for the session: while Playwright's loop runs in this thread, no asynchronous test can."""
    with sync_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator["Opener"]:
    opener = Opener(browser)
    yield opener
    opener.close()


class Opener:
    """Opens pages, each as a person of their own, and keeps what their consoles complain of."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._pages: list[Page] = []
        self.complaints: list[str] = []

    def __call__(self, width: int = 1280, height: int = 900) -> Page:
        context = self._browser.new_context(
            viewport={"width": width, "height": height}, locale="ja-JP", timezone_id="Asia/Tokyo"
        )
        page = context.new_page()
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self._note("error", str(error)))
        self._pages.append(page)
        return page

    def _note(self, kind: str, words: str) -> None:
        if kind == "error":
            self.complaints.append(words)

    def close(self) -> None:
        for page in self._pages:
            page.context.close()
