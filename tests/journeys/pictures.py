"""Takes the screenshots of the README and the guides from a running demo: `python -m tests.journeys.pictures`."""

import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.journeys.browser import launch

HERE = Path(__file__).parents[2] / "docs" / "screenshots"
WIDTHS = {1280: 900, 390: 844}


def take(browser: Browser, web: str, simulator: str, password: str) -> None:
    HERE.mkdir(parents=True, exist_ok=True)
    for width, height in WIDTHS.items():
        page = browser.new_page(viewport={"width": width, "height": height}, locale="ja-JP")
        page.goto(simulator)
        page.wait_for_timeout(1500)
        page.screenshot(path=HERE / f"simulator-{width}.png")
        sign_in(page, web, "triage@demo.example", password)
        page.screenshot(path=HERE / f"inbox-{width}.png")
        page.locator("[data-row]").first.click()
        page.wait_for_url("**/referrals/**")
        page.screenshot(path=HERE / f"referral-{width}.png", full_page=True)
        page.context.close()


if __name__ == "__main__":
    address, beside = sys.argv[1:3]
    with sync_playwright() as playwright:
        take(launch(playwright), address, beside, os.environ["KIZUKI_DEMO_PASSWORD"])
