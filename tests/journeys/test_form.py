"""The 安心フォーム in a real browser on a real program: written, resumed, left in a hurry, handed over."""

import contextlib
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Error, Page, Route, expect

from tests.demo_house import DemoHouse
from tests.journeys.conftest import Opener
from tests.journeys.form import EXIT, STORY, agree, end, leave, new_link, photo_of, photo_with_place, weather
from tests.journeys.staff import sign_in
from tests.journeys.talk import PATIENCE, Phone

AXE = Path(__file__).parents[2] / "admin" / "node_modules" / "axe-core" / "axe.min.js"
DANGER = "いま、となりの家で子どもが殴られています"
WIDTHS = [320, 390, 1280]
PHOTO: dict[str, Any] = {"name": "IMG_0001.JPG", "mimeType": "image/jpeg", "buffer": photo_with_place()}


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A phone whose browser runs no scripts."""
    context = browser.new_context(viewport={"width": 320, "height": 640}, locale="ja-JP", java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture
def phone(open_page: Opener) -> Page:
    return open_page(390, 844)


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_have_text("保存しました", timeout=PATIENCE)


def write(page: Page, words: str = STORY) -> None:
    page.get_by_label("気づいたこと", exact=True).fill(words)


def hand_over(page: Page) -> None:
    page.get_by_role("button", name="トークにもどる").click()
    page.wait_for_url("**/form/done")
    expect(page.get_by_role("heading", name="LINEのトークに")).to_be_visible()


def events(house: DemoHouse) -> int:
    return int(house.rows("SELECT count(*) FROM inbound WHERE kind = 'form'")[0][0])


def test_a_worry_is_written_read_over_and_handed_to_the_talk(house: DemoHouse, phone: Page, open_page: Opener) -> None:
    before = events(house)
    agree(phone, new_link(house))
    write(phone)
    saved(phone)
    phone.get_by_text("電話で受け取る").click()
    phone.get_by_label("電話番号").fill("026-224-1234")
    phone.get_by_role("button", name="読みなおす").last.click()
    phone.wait_for_url("**/review")
    expect(phone.locator("main")).to_contain_text(STORY)
    expect(phone.locator("main")).to_contain_text("0262241234")
    expect(phone.locator("main")).to_contain_text("まだ職員には送られません")
    hand_over(phone)
    expect(phone.locator("body")).not_to_contain_text(STORY)
    assert events(house) == before + 1
    assert open_page.complaints == []


def test_all_of_it_works_without_scripts(house: DemoHouse, plain: Page) -> None:
    before = events(house)
    agree(plain, new_link(house))
    plain.get_by_role("button", name="読みなおす").last.click()
    expect(plain.get_by_role("alert")).to_contain_text("なおしてほしいところ")
    plain.get_by_label("気づいたこと", exact=True).fill(STORY)
    plain.get_by_label("目印").fill("公園のとなり")
    plain.locator("#photo").set_input_files(PHOTO)
    plain.get_by_role("button", name="選んだ写真を追加する").click()
    expect(plain.get_by_alt_text("写真1")).to_be_visible()
    expect(plain.get_by_label("目印")).to_have_value("公園のとなり")
    plain.locator("#photo").set_input_files(PHOTO)
    plain.get_by_role("button", name="選んだ写真を追加する").click()
    plain.get_by_role("button", name="写真2を消す").click()
    expect(plain.get_by_alt_text("写真2")).to_have_count(0)
    plain.get_by_role("button", name="いったん保存する").click()
    plain.reload()
    expect(plain.get_by_label("気づいたこと", exact=True)).to_have_value(STORY)
    plain.get_by_role("button", name="読みなおす").last.click()
    expect(plain.locator("main")).to_contain_text("公園のとなり")
    hand_over(plain)
    assert events(house) == before + 1


def test_enter_in_a_field_never_leaves_or_removes_anything(house: DemoHouse, plain: Page) -> None:
    weather(plain)
    agree(plain, new_link(house))
    plain.get_by_label("気づいたこと", exact=True).fill(STORY)
    plain.get_by_label("目印").press("Enter")
    plain.wait_for_url("**/review")


def test_what_was_typed_is_there_after_the_page_was_closed(house: DemoHouse, phone: Page) -> None:
    link = new_link(house)
    agree(phone, link)
    write(phone)
    saved(phone)
    other_tab = phone.context.new_page()
    phone.close()
    other_tab.goto(link)
    expect(other_tab.get_by_label("気づいたこと", exact=True)).to_have_value(STORY)


def test_another_browser_is_shown_nothing_but_the_way_to_a_new_link(house: DemoHouse, open_page: Opener) -> None:
    link = new_link(house)
    mine, other = open_page(390, 844), open_page(390, 844)
    agree(mine, link)
    write(mine)
    saved(mine)
    other.goto(link)
    expect(other.locator("main")).to_contain_text("新しいリンク")
    expect(other.locator("body")).not_to_contain_text(STORY)
    expect(other.get_by_role("button", name="わかりました")).to_have_count(0)
    assert other.context.cookies() == []


def test_nothing_is_lost_while_the_net_is_away(house: DemoHouse, phone: Page) -> None:
    link = new_link(house)
    agree(phone, link)
    write(phone)
    saved(phone)
    phone.context.set_offline(True)
    write(phone, STORY + "心配です。")
    expect(phone.locator("#saved")).to_contain_text("保存できませんでした", timeout=PATIENCE)
    phone.get_by_role("button", name="読みなおす").last.click()
    expect(phone.get_by_label("気づいたこと", exact=True)).to_have_value(STORY + "心配です。")
    phone.context.set_offline(False)
    saved(phone)
    phone.reload()
    expect(phone.get_by_label("気づいたこと", exact=True)).to_have_value(STORY + "心配です。")


def test_what_was_typed_before_the_script_came_is_saved_as_well(house: DemoHouse, phone: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    phone.route("**/form.js", hold)
    link = new_link(house)
    phone.goto(link)
    phone.get_by_role("button", name="わかりました").click(no_wait_after=True)
    write(phone)
    phone.locator("#photo").set_input_files(PHOTO)
    for route in held:
        route.continue_()
    saved(phone)
    expect(phone.get_by_alt_text("写真1")).to_be_visible(timeout=PATIENCE)
    phone.unroute("**/form.js")
    phone.reload()
    expect(phone.get_by_label("気づいたこと", exact=True)).to_have_value(STORY)


def test_a_tab_that_fell_behind_shows_both_texts_to_be_put_together(house: DemoHouse, phone: Page) -> None:
    link = new_link(house)
    agree(phone, link)
    other_tab = phone.context.new_page()
    other_tab.goto(link)
    write(phone)
    saved(phone)
    write(other_tab, "ゴミの日もまちがえます。")
    expect(other_tab.locator("#saved")).to_contain_text("別の画面でも書かれています", timeout=PATIENCE)
    other_tab.get_by_role("button", name="読みなおす").last.click()
    expect(other_tab.locator("#conflict")).to_contain_text(STORY)
    expect(other_tab.get_by_label("気づいたこと", exact=True)).to_have_value("ゴミの日もまちがえます。")
    write(other_tab, STORY + "ゴミの日もまちがえます。")
    saved(other_tab)
    other_tab.get_by_role("button", name="読みなおす").last.click()
    other_tab.wait_for_url("**/review")
    expect(other_tab.locator("main")).to_contain_text(STORY + "ゴミの日もまちがえます。")


def test_an_answer_that_got_lost_is_no_conflict_with_oneself(house: DemoHouse, phone: Page) -> None:
    agree(phone, new_link(house))

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    phone.route("**/form/*", lose_the_answer, times=1)
    write(phone)
    expect(phone.locator("#saved")).to_contain_text("保存できませんでした", timeout=PATIENCE)
    write(phone, STORY + "心配です。")
    saved(phone)


def test_words_of_danger_bring_the_numbers_quietly(house: DemoHouse, phone: Page, plain: Page) -> None:
    agree(phone, new_link(house))
    expect(phone.locator("#danger")).to_be_hidden()
    write(phone, DANGER)
    expect(phone.locator("#danger")).to_be_visible(timeout=PATIENCE)
    expect(phone.locator("#danger").get_by_role("link", name="110")).to_have_attribute("href", "tel:110")
    expect(phone.get_by_label("気づいたこと", exact=True)).to_be_focused()
    agree(plain, new_link(house))
    plain.get_by_label("気づいたこと", exact=True).fill(DANGER)
    plain.get_by_role("button", name="いったん保存する").click()
    expect(plain.locator("#danger")).to_be_visible()


def test_what_was_typed_too_late_can_still_be_copied(house: DemoHouse, phone: Page) -> None:
    link = new_link(house)
    agree(phone, link)
    end(house, link)
    write(phone)
    expect(phone.locator("#saved")).to_contain_text("時間が過ぎました", timeout=PATIENCE)
    phone.get_by_role("button", name="読みなおす").last.click()
    expect(phone.get_by_label("書いたこと")).to_have_value(re.compile(STORY))
    assert "新しいリンク" in phone.locator("main").inner_text()


def test_nothing_of_the_form_is_kept_on_the_phone(house: DemoHouse, phone: Page) -> None:
    agree(phone, new_link(house))
    write(phone)
    saved(phone)
    kept = phone.evaluate("[localStorage.length, sessionStorage.length, document.cookie, document.title]")
    assert kept == [0, 0, "", "長野市"]


@pytest.mark.parametrize("how", ["button", "escape"])
def test_leaving_in_a_hurry_ends_at_the_weather_and_back_shows_nothing(house: DemoHouse, phone: Page, how: str) -> None:
    weather(phone)
    agree(phone, new_link(house, "Uleaving"))
    write(phone)
    if how == "button":
        phone.get_by_role("button", name="画面をすぐ閉じる").click()
    else:
        for _ in range(3):
            phone.keyboard.press("Escape")
    phone.wait_for_url(f"{EXIT}**")
    back_leads_away(phone)
    # What was written is gone: whoever asks the talk for a new link finds nothing.
    agree(phone, new_link(house, "Uleaving"))
    expect(phone.get_by_label("気づいたこと", exact=True)).to_have_value("")


def never(_route: Route) -> None:
    """The server does not answer."""


def cut(route: Route) -> None:
    route.abort("connectionreset")


def back_leads_away(page: Page) -> None:
    """A redirect is not played by `weather`: the browser asks for the page of no meaning and does not find it."""
    with page.expect_request(f"{EXIT}**"), contextlib.suppress(Error):
        page.go_back()
    expect(page.locator("body")).not_to_contain_text("気づいたこと")


def ended(page: Page, link: str) -> bool:
    """Whether the server sends this browser away, whatever a script would do."""
    return page.request.get(link, max_redirects=0).headers.get("location", "").startswith(EXIT)


@pytest.mark.parametrize("fault", [never, cut], ids=["the server does not answer", "the net is gone"])
def test_no_way_back_shows_the_words_before_the_server_has_heard(
    house: DemoHouse, phone: Page, fault: Callable[[Route], None]
) -> None:
    weather(phone)
    link = new_link(house)
    agree(phone, link)
    write(phone)
    other_tab = phone.context.new_page()
    other_tab.goto(link)
    phone.get_by_role("button", name="読みなおす").last.click()
    phone.wait_for_url("**/review")
    phone.get_by_role("link", name="なおす").first.click()
    expect(phone.get_by_label("気づいたこと", exact=True)).to_have_value(STORY)
    phone.context.route("**/leave", fault)
    leave(phone)
    other_tab.wait_for_url(f"{EXIT}**")
    back_leads_away(phone)
    new_tab = phone.context.new_page()
    new_tab.goto(f"{link}/review", wait_until="commit")
    new_tab.wait_for_url(f"{EXIT}**")
    assert not ended(phone, link)
    phone.context.unroute("**/leave", fault)
    new_tab.goto(link, wait_until="commit")
    new_tab.wait_for_url(f"{EXIT}**")
    assert ended(phone, link), "it is told again until the server has heard"
    phone.goto(f"{house.web}/form/done")
    [(key, mark)] = phone.evaluate("Object.entries(localStorage)")
    assert (key, list(json.loads(mark))) == ("left", [link.removeprefix(house.web)])


@pytest.mark.parametrize("form_script", ["**/form.js", "**/none"], ids=["no script at all", "only the form's"])
def test_leaving_needs_no_storage_and_not_its_script(house: DemoHouse, phone: Page, form_script: str) -> None:
    weather(phone)
    phone.add_init_script("for (const n of ['getItem', 'setItem']) Storage.prototype[n] = () => { throw Error(); }")
    agree(phone, new_link(house))
    write(phone)
    leave(phone)
    phone.route("**/leave.js", lambda route: route.abort())
    phone.route(form_script, lambda route: route.abort())
    agree(phone, new_link(house))
    write(phone)
    leave(phone)


def test_without_its_script_and_without_net_leaving_still_leaves(house: DemoHouse, phone: Page) -> None:
    weather(phone)
    phone.route("**/leave.js", lambda route: route.abort())
    agree(phone, new_link(house))
    write(phone)
    saved(phone)
    phone.context.set_offline(True)
    leave(phone)


def test_an_older_browser_writes_reads_over_and_hands_over_by_the_plain_buttons(house: DemoHouse, phone: Page) -> None:
    before = events(house)
    phone.add_init_script("delete AbortSignal.timeout; delete HTMLFormElement.prototype.requestSubmit")
    agree(phone, new_link(house))
    write(phone)
    phone.locator("#photo").set_input_files(PHOTO)
    phone.get_by_role("button", name="選んだ写真を追加する").click()
    expect(phone.get_by_alt_text("写真1")).to_be_visible(timeout=PATIENCE)
    phone.get_by_role("button", name="いったん保存する").click()
    phone.wait_for_load_state()
    phone.reload()
    expect(phone.get_by_label("気づいたこと", exact=True)).to_have_value(STORY)
    phone.get_by_role("button", name="読みなおす").last.click()
    phone.wait_for_url("**/review")
    hand_over(phone)
    assert events(house) == before + 1


def test_leaving_in_a_hurry_needs_no_scripts(house: DemoHouse, plain: Page) -> None:
    weather(plain)
    agree(plain, new_link(house, "Uplain"))
    plain.get_by_label("気づいたこと", exact=True).fill(STORY)
    leave(plain)
    back_leads_away(plain)
    agree(plain, new_link(house, "Uplain"))
    expect(plain.get_by_label("気づいたこと", exact=True)).to_have_value("")


@pytest.mark.parametrize("shrinks", [True, False], ids=["made smaller by the browser", "as the camera wrote it"])
def test_a_photo_arrives_upright_and_without_its_place(house: DemoHouse, phone: Page, shrinks: bool) -> None:  # noqa: FBT001 - a case
    if not shrinks:
        phone.add_init_script("window.createImageBitmap = () => Promise.reject(new Error('no'))")
    agree(phone, new_link(house, f"Uphoto{shrinks}"))
    phone.locator("#photo").set_input_files([PHOTO, PHOTO])
    expect(phone.get_by_alt_text("写真2")).to_be_visible(timeout=PATIENCE)
    stored = photo_of(house, f"Uphoto{shrinks}")
    opened = Image.open(io.BytesIO(stored))
    assert b"Kanaria" not in stored
    assert not opened.getexif()
    assert opened.format == "JPEG"
    assert opened.height > opened.width, "the camera lay on its side"
    phone.get_by_role("button", name="写真1を消す").click()
    expect(phone.get_by_alt_text("写真2")).to_have_count(0)


def test_a_file_that_is_no_photo_is_told_of_beside_the_photos(house: DemoHouse, phone: Page) -> None:
    agree(phone, new_link(house))
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    phone.locator("#photo").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": svg})
    expect(phone.locator("#e-photo")).to_contain_text("読みとれませんでした", timeout=PATIENCE)


def test_a_photo_that_does_not_get_through_can_be_chosen_again(house: DemoHouse, phone: Page) -> None:
    agree(phone, new_link(house))
    phone.route("**/form/*", cut)
    phone.locator("#photo").set_input_files(PHOTO)
    expect(phone.locator("#photo-failed")).to_be_visible(timeout=PATIENCE)
    phone.unroute("**/form/*", cut)
    phone.locator("#photo").set_input_files(PHOTO)
    expect(phone.get_by_alt_text("写真1")).to_be_visible(timeout=PATIENCE)


def test_the_keyboard_alone_is_enough(house: DemoHouse, phone: Page) -> None:
    phone.goto(new_link(house))
    press_until(phone, "わかりました。書きはじめる")
    phone.keyboard.press("Enter")
    expect(phone.get_by_label("気づいたこと", exact=True)).to_be_visible()
    press_until(phone, "気づいたこと")
    phone.keyboard.type(STORY)
    press_until(phone, "このLINEで受け取る")
    phone.keyboard.press("Space")
    phone.keyboard.press("ArrowDown")
    expect(phone.get_by_label("電話で受け取る")).to_be_checked()
    press_until(phone, "電話番号")
    phone.keyboard.type("12")
    press_until(phone, "読みなおす")
    phone.keyboard.press("Enter")
    expect(phone.locator("#summary")).to_be_focused(timeout=PATIENCE)
    press_until(phone, "電話番号")
    phone.keyboard.press("Enter")
    expect(phone.get_by_label("電話番号", exact=True)).to_be_focused()
    phone.keyboard.press("Control+A")
    phone.keyboard.type("0262241234")
    press_until(phone, "読みなおす")
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", name="読みなおしてください")).to_be_visible()
    press_until(phone, "トークにもどる（書いたことを預ける）")
    phone.keyboard.press("Enter")
    phone.wait_for_url("**/form/done")


def press_until(page: Page, name: str) -> None:
    """Press Tab until the element with this name has the focus."""
    own = "e => (e.labels && e.labels.length ? e.labels[0].innerText : e.innerText || '').replace(/\\s/g, '')"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(f"({own})(document.activeElement)") == name:
            return
    raise AssertionError(f"no way to {name}")


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_the_window_or_hard_to_use(house: DemoHouse, browser: Browser, width: int) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, locale="ja-JP", bypass_csp=True, reduced_motion="reduce"
    )
    page = context.new_page()
    link = new_link(house)
    page.goto(link)
    looked_at(page)
    page.get_by_role("button", name="わかりました").click()
    looked_at(page)
    page.get_by_role("button", name="読みなおす").last.click()
    expect(page.locator("#summary")).to_be_visible(timeout=PATIENCE)
    looked_at(page)
    page.get_by_text("電話で受け取る").click()
    page.get_by_label("電話番号", exact=True).fill("0262241234")
    write(page, "とても" * 200 + "x" * 300)
    page.locator("#photo").set_input_files(PHOTO)
    expect(page.get_by_alt_text("写真1")).to_be_visible(timeout=PATIENCE)
    looked_at(page)
    page.get_by_role("button", name="読みなおす").last.click()
    page.wait_for_url("**/review")
    looked_at(page)
    hand_over(page)
    looked_at(page)
    page.goto(link)
    looked_at(page)
    context.close()


def looked_at(page: Page) -> None:
    """Nothing overflows, everything to touch is large enough, and axe finds nothing that keeps somebody out."""
    page.wait_for_load_state()
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert (page.url, overflow) == (page.url, 0)
    small = page.evaluate(
        "[...document.querySelectorAll('button, .leave, .choice, input[type=text], input[type=tel], textarea')]"
        ".filter(e => e.checkVisibility() && !e.classList.contains('sr') && e.getBoundingClientRect().height < 44)"
        ".map(e => e.outerHTML)"
    )
    assert small == []
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run(document).then(r => r.violations.map(v => [v.impact, v.id, v.nodes[0].html]))")
    assert [one for one in found if one[0] in {"serious", "critical"}] == []


def test_what_the_form_told_goes_on_in_the_talk_and_arrives_with_its_photo(house: DemoHouse, open_page: Opener) -> None:
    """The whole way: asked for in the talk, written here, sent there, seen by the city's staff."""
    street = open_page()
    street.goto(house.simulator_url)
    talk = Phone(street, "住民")
    talk.befriend()
    talk.taps("気になる人がいる")
    talk.taps("わかりました")
    talk.says("フォーム")
    talk.hears("安心フォームをひらく").get_by_role("button", name="安心フォームをひらく").click()
    with street.expect_popup() as opening:
        street.locator(".uri-open").click()
    form = opening.value
    form.get_by_role("button", name="わかりました").click()
    write(form)
    form.locator("#photo").set_input_files(PHOTO)
    expect(form.get_by_alt_text("写真1")).to_be_visible(timeout=PATIENCE)
    form.get_by_text("連絡はいらない").click()
    form.get_by_role("button", name="読みなおす").last.click()
    form.wait_for_url("**/review")
    hand_over(form)
    form.close()

    talk.hears("安心フォームに書いてくださって")
    expect(talk.seat).not_to_contain_text("向かいの家")
    finish(talk)
    talk.hears("受付番号")
    expect(talk.seat).not_to_contain_text("向かいの家")

    inbox = open_page()
    sign_in(inbox, house, "triage")
    row = inbox.locator("[data-row]").filter(has_text="同じ話を何度も")
    row.first.click()
    inbox.wait_for_url("**/referrals/**")
    expect(inbox.locator("#main")).to_contain_text("写真（1枚）")
    picture = inbox.get_by_alt_text("報告に添えられた写真 1")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", value=True)
    assert picture.evaluate("image => image.naturalHeight > image.naturalWidth")
    assert open_page.complaints == []


def finish(talk: Phone) -> None:
    """Answer what the form left open, whatever it is, and send."""
    for _ in range(12):
        buttons = talk.seat.locator(".quick").get_by_role("button")
        expect(buttons.first).to_be_visible(timeout=PATIENCE)
        labels = buttons.all_inner_texts()
        bubbles = talk.seat.locator(".items .item")
        heard = bubbles.count()
        last = "送る" in labels
        for wanted in ("送る", "わからない", "いいえ", "近所の人", "これでよい", "この1か月"):
            if wanted in labels:
                talk.taps(wanted)
                break
        else:
            raise AssertionError(f"no answer among {labels}")
        if last:
            return
        expect(bubbles.nth(heard + 1)).to_be_visible(timeout=PATIENCE)
    raise AssertionError("the talk does not end")
