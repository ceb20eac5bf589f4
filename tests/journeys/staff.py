"""What staff do at the inbox."""

from playwright.sync_api import Page

from tests.demo_house import DemoHouse


def sign_in(page: Page, house: DemoHouse, account: str) -> None:
    """Sign in as one of the demo's staff (`triage`, `houkatsu`, `admin`)."""
    page.goto(f"{house.web}/signin")
    page.get_by_label("メールアドレス").fill(f"{account}@demo.example")
    page.get_by_label("パスワード").fill(house.secrets.password)
    page.get_by_role("button", name="サインイン").click()
    page.wait_for_url("**/inbox**")
