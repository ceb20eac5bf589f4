"""What a person does in the simulator's phone, by the words on it."""

import re

from playwright.sync_api import Locator, Page, expect

WORRY = "向かいのおばあさん、ひとり暮らしですが、このごろ同じ話を何度もして、ゴミの日もまちがえています"
PATIENCE = 20_000  # milliseconds; the machine may be busy


class Phone:
    """One person's phone on the simulator's page."""

    def __init__(self, page: Page, person: str) -> None:
        self.page = page
        self.seat = page.locator(".seat").filter(has=page.get_by_role("heading", name=person, exact=True))

    def befriend(self) -> None:
        self.seat.get_by_role("button", name="友だち追加").click()
        self.hears("窓口です")

    def taps(self, label: str) -> None:
        """Tap a quick reply."""
        button = self.seat.locator(".quick").get_by_role("button", name=re.compile(f"^{re.escape(label)}"))
        button.first.click(timeout=PATIENCE)

    def says(self, text: str) -> None:
        field = self.seat.get_by_label("メッセージ", exact=True)
        field.fill(text)
        field.press("Enter")

    def hears(self, words: str) -> Locator:
        """Wait until the bot's newest bubbles hold these words."""
        bubble = self.seat.locator(".items .item").filter(has_text=words).last
        expect(bubble).to_be_visible(timeout=PATIENCE)
        return bubble


def tell(phone: Phone) -> None:
    """Tell a worry from the greeting to the summary."""
    phone.befriend()
    phone.taps("気になる人がいる")
    phone.taps("わかりました")
    phone.taps("近所の人")
    phone.hears("どのあたり")
    phone.says("しののい")
    phone.hears("篠ノ井")
    if phone.seat.locator(".quick").get_by_role("button", name="はい").count():
        phone.taps("はい")
    phone.hears("どんなことが気になりましたか")
    phone.says(WORRY)
    phone.taps("これでよい")
    phone.hears("いつごろから")
    phone.taps("この1か月")
    phone.hears("あぶない人がいますか")
    phone.taps("いいえ")
    phone.hears("だれと暮らして")
    phone.says("１")
    phone.hears("連絡してもよいですか")
    phone.taps("このLINE")
