"""Takes the screenshots of the README and the guides anew, with made-up people: `python -m tests.journeys.pictures`."""

from pathlib import Path

import httpx2
from playwright.sync_api import Browser, Page, sync_playwright

from tests import demo_house
from tests.demo_house import DemoHouse
from tests.journeys.browser import launch
from tests.journeys.staff import sign_in
from tests.journeys.talk import Phone, tell

PICTURES = Path(__file__).parents[2] / "docs" / "screenshots"
WIDTHS = {1280: 900, 390: 844}
SHOWN_WORRY = "同じ話を何度も"


def fill(house: DemoHouse) -> None:
    """Let the demo's examples arrive, so that the inbox looks like one."""
    web = httpx2.Client(base_url=house.simulator_url, trust_env=False, timeout=60)
    run = web.post("/sim/walks", json={"concurrency": 4}).json()
    while run["running"]:
        run = web.get(f"/sim/walks/{run['id']}", params={"wait": 30}).json()
    web.close()


def take(browser: Browser, house: DemoHouse) -> None:
    told = False
    for width, height in WIDTHS.items():
        window = browser.new_context(
            viewport={"width": width, "height": height}, locale="ja-JP", timezone_id="Asia/Tokyo"
        )
        page = window.new_page()
        page.goto(house.simulator_url)
        if not told:
            told = True
            phone = Phone(page, "住民")
            tell(phone)
            phone.taps("送る")
            phone.hears("受付番号")
            worried = Phone(page, "民生委員")
            worried.befriend()
            worried.says("となりの人が、台所で倒れていて、返事がありません")
            worried.hears("電話はできそうですか")
        page.wait_for_timeout(1000)
        page.screenshot(path=PICTURES / f"simulator-{width}.png")
        staff_pages(page, house, width)
        page.context.close()


def staff_pages(page: Page, house: DemoHouse, width: int) -> None:
    sign_in(page, house, "triage")
    page.wait_for_timeout(500)
    page.screenshot(path=PICTURES / f"inbox-{width}.png")
    page.goto(f"{house.web}/inbox?tab=all&concern=dementia")
    page.locator("[data-row]").filter(has_text=SHOWN_WORRY).first.click()
    page.wait_for_url("**/referrals/**")
    page.screenshot(path=PICTURES / f"referral-{width}.png", full_page=True)


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        demo_house.running() as house,
        sync_playwright() as playwright,
    ):
        fill(house)
        take(launch(playwright), house)


if __name__ == "__main__":
    main()
