"""The 安心フォーム opened from LINE, on a real program. LINE's SDK is played; its word is asked of the simulator."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import folders
from tests.demo_house import DemoHouse
from tests.journeys.conftest import Opener
from tests.journeys.form import EXIT, STORY, leave, new_link, weather
from tests.journeys.talk import PATIENCE
from tests.processes import Program, free_port

APP, CHANNEL = "2000000001-AbCdEfGh", "2000000001"
SDK = """
  window.liff = {
    init: ({ liffId }) => (liffId === %(app)s ? Promise.resolve() : Promise.reject(new Error("id"))),
    isInClient: () => true,
    isLoggedIn: () => true,
    getIDToken: () => %(token)s,
    closeWindow: () => { document.title = "closed"; },
  };
"""


@pytest.fixture(scope="module")
def house() -> Iterator[DemoHouse]:
    """A demo that has a LIFF app."""
    port, simulator_port = free_port(), free_port()
    with folders.reachable() as data_dir:
        program = Program.start(
            ["deploy.cli.main", "demo", "--simulator-port", str(simulator_port)],
            {
                "KIZUKI_DATA_DIR": str(data_dir),
                "KIZUKI_PORT": str(port),
                "KIZUKI_LIFF_ID": APP,
                "KIZUKI_LINE_LOGIN_CHANNEL_ID": CHANNEL,
            },
        )
        house = DemoHouse(program.wait_ready(), Path(data_dir), port, simulator_port)
        try:
            yield house
        finally:
            program.stop()


def somebody(house: DemoHouse) -> tuple[str, str]:
    """A simulated person's LINE user id, and an ID token of theirs."""

    async def ask() -> tuple[str, str]:
        async with house.simulator() as simulator:
            person = await simulator.add_person("住民")
            return person.id, await simulator.id_token(person, CHANNEL)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(ask())).result()


def in_line(page: Page, token: str) -> None:
    """Make the page one in LINE's own browser, whose person has this ID token."""
    sdk = SDK % {"app": json.dumps(APP), "token": json.dumps(token)}
    page.route("**/vendor/liff.js", lambda route: route.fulfill(body=sdk, content_type="text/javascript"))


def opened_from_line(house: DemoHouse, page: Page, person: str) -> str:
    """The address that LINE opened; it opens the same one whenever the link in the talk is tapped."""
    token = new_link(house, person).rpartition("/")[2]
    address = f"{house.web}/form?liff.state=%3Fform%3D{token}"
    page.goto(address)
    return address


def test_the_form_opens_for_its_person_and_closes_into_the_talk(house: DemoHouse, open_page: Opener) -> None:
    page, (person, token) = open_page(390, 844), somebody(house)
    in_line(page, token)
    opened_from_line(house, page, person)
    page.get_by_role("button", name="わかりました").click(timeout=PATIENCE)
    page.get_by_label("気づいたこと", exact=True).fill(STORY)
    page.get_by_role("button", name="読みなおす").last.click()
    page.wait_for_url("**/review")
    page.get_by_role("button", name="トークにもどる").click()
    page.wait_for_url("**/form/done")
    page.get_by_role("button", name="トークにもどる").click()
    expect(page).to_have_title("closed")
    assert open_page.complaints == []


@pytest.mark.parametrize("heard", [True, False], ids=["the server heard of it", "the net was gone"])
def test_a_form_left_in_a_hurry_is_not_opened_by_its_link_again(
    house: DemoHouse, open_page: Opener, *, heard: bool
) -> None:
    page, (person, token) = open_page(390, 844), somebody(house)
    weather(page)
    in_line(page, token)
    address = opened_from_line(house, page, person)
    page.get_by_role("button", name="わかりました").click(timeout=PATIENCE)
    page.get_by_label("気づいたこと", exact=True).fill(STORY)
    if not heard:
        page.context.route("**/leave", lambda route: route.abort())
    leave(page)
    page.goto(address)
    page.wait_for_url(f"{EXIT}**")


def test_it_does_not_open_for_anybody_else(house: DemoHouse, open_page: Opener) -> None:
    page, (person, _), (_, token) = open_page(390, 844), somebody(house), somebody(house)
    in_line(page, token)
    opened_from_line(house, page, person)
    expect(page.get_by_role("heading", name="この画面は開けません")).to_be_visible(timeout=PATIENCE)


def test_the_real_sdk_runs_under_our_policy(house: DemoHouse, open_page: Opener) -> None:
    """LINE is not reached from here: the page says kindly what to do, and no script was refused."""
    page = open_page(320, 640)
    page.context.route(lambda address: house.web not in address, lambda route: route.abort())
    opened_from_line(house, page, "Uplain")
    expect(page.get_by_role("heading", name="LINEアプリで開いてください")).to_be_visible(timeout=PATIENCE)
    assert [complaint for complaint in open_page.complaints if "Content Security Policy" in complaint] == []
    assert page.evaluate("typeof window.liff.init") == "function"
