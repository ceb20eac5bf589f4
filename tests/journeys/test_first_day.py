"""The first whole path, by hand and in a real browser: a worry on LINE becomes a hand-off that an agency accepts."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests import demo_house
from tests.demo_house import DemoHouse
from tests.journeys.conftest import Opener
from tests.journeys.staff import sign_in
from tests.journeys.talk import PATIENCE, Phone, tell

AGENCY = "地域包括支援センター"


@pytest.fixture(scope="module")
def house() -> Iterator[DemoHouse]:
    """One of its own: on the first day nothing has arrived."""
    with demo_house.running() as running:
        yield running


def test_a_worry_on_line_is_accepted_by_an_agency(house: DemoHouse, open_page: Opener) -> None:
    inbox = open_page()
    sign_in(inbox, house, "triage")
    expect(inbox.get_by_text("まだ何も届いていません").or_(inbox.get_by_text("未割当はありません"))).to_be_visible()

    street = open_page()
    street.goto(house.simulator_url)
    phone = Phone(street, "住民")
    tell(phone)
    summary = phone.hears("篠ノ井")
    expect(summary).to_contain_text("篠ノ井")
    phone.taps("送る")
    receipt = re.search(r"KZ-[0-9A-Z]+-[0-9A-Z]+", phone.hears("受付番号").inner_text())
    assert receipt

    # It arrives on the open page, without a reload.
    row = inbox.locator("[data-row]").filter(has_text="同じ話を何度も")
    expect(row).to_be_visible(timeout=PATIENCE)
    row.click()
    inbox.wait_for_url("**/referrals/**")
    expect(inbox.locator("#main")).to_contain_text("篠ノ井")
    expect(inbox.locator("#main")).to_contain_text("認知症")
    expect(inbox.locator("mark").first).to_be_visible()
    inbox.get_by_role("button", name="担当する").click()
    expect(inbox.locator("#main")).to_contain_text("受付 花子", timeout=PATIENCE)
    hand_over(inbox)

    agency = open_page(390, 844)
    sign_in(agency, house, "houkatsu")
    agency.locator("[data-row]").filter(has_text="同じ話を何度も").click()
    agency.wait_for_url("**/referrals/**")
    expect(agency.locator("body")).not_to_contain_text(receipt[0])
    expect(agency.get_by_text("理由を書いて開く")).to_have_count(0)
    agency.get_by_role("button", name="受理する").click()
    expect(agency.get_by_role("button", name="支援を始める")).to_be_visible(timeout=PATIENCE)

    inbox.reload()
    expect(inbox.locator("#main")).to_contain_text("受理")
    assert open_page.complaints == []


def hand_over(inbox: Page) -> None:
    inbox.get_by_text("支援機関に打診する").click()
    offer = inbox.locator("form[action$='/offers']")
    option = offer.get_by_label("つなぎ先").locator("option").filter(has_text=AGENCY).first
    offer.get_by_label("つなぎ先").select_option(value=option.get_attribute("value"))
    offer.get_by_label("お願いすること").select_option(label="訪問")
    offer.get_by_label("理由・伝えたいこと").fill("もの忘れが心配です。訪問をお願いします。")
    offer.get_by_role("button", name="打診する").click()
    expect(inbox.locator("#main")).to_contain_text("打診中", timeout=PATIENCE)


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_is_wider_than_the_window(house: DemoHouse, open_page: Opener, width: int) -> None:
    page = open_page(width, 800)
    sign_in(page, house, "triage")
    pages = [f"{house.web}/signin", f"{house.web}/inbox", f"{house.web}/inbox?tab=all", house.simulator_url]
    pages += [f"{house.web}/referrals/{row[0]}" for row in house.rows("SELECT id FROM referrals LIMIT 1")]
    for address in pages:
        page.goto(address)
        page.wait_for_timeout(300)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (address, overflow) == (address, 0)


def test_a_referral_is_reached_and_taken_by_keyboard_alone(house: DemoHouse, open_page: Opener) -> None:
    street = open_page()
    street.goto(house.simulator_url)
    phone = Phone(street, "民生委員")
    tell(phone)
    phone.taps("送る")
    phone.hears("受付番号")
    page = open_page()
    sign_in(page, house, "triage")
    page.goto(f"{house.web}/inbox?tab=unassigned")
    expect(page.locator("[data-row]").first).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/referrals/**")
    page.get_by_role("button", name="担当する").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_contain_text("受付 花子", timeout=PATIENCE)
