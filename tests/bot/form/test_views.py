"""The pages as phones meet them: consent, writing, coming back, handing over, leaving."""

import asyncio

import pytest

from bot.form import body
from cases import forms, inbound
from tests.bot.form.conftest import EXIT, STORY
from tests.bot.form.pictures import jpeg
from tests.bot.talking import NOW
from tests.cases.builders import sql

FULL = {
    "story": STORY, "name": "カナリア花子", "address": "吉田1丁目", "landmark": "青い屋根",
    "contact": "phone", "phone": "０２６-２２４-１２３４",
}  # fmt: skip
FIRST_FIELD = 'id="f-story"'


async def test_a_get_changes_nothing_however_often_a_previewer_looks(database_url, phone, new_link):
    link = await new_link()
    before = sql(database_url, "SELECT * FROM forms")
    for path in ("", "/review", "/photos/8f14e45f-ceea-467f-ab1e-000000000000"):
        await phone.get(link + path)
    assert (await phone.head(link)).status_code == 405
    assert sql(database_url, "SELECT * FROM forms") == before
    assert not phone.cookies


async def test_the_consent_comes_before_the_first_field(phone, new_link):
    link = await new_link()
    page = await phone.get(link)
    assert "だれが読みますか" in page.text
    assert FIRST_FIELD not in page.text
    answer = await phone.post(link, data={"story": STORY})
    assert answer.status_code == 404


async def test_agreeing_opens_the_fields_and_notes_the_version(app, database_url, phone, begun):
    assert FIRST_FIELD in (await phone.get(begun)).text
    [(version, at)] = sql(database_url, "SELECT consent_version, consented_at FROM forms")
    assert (version, at) == (app.state.desk.consent.version, NOW)


async def test_a_new_version_of_the_consent_is_asked_for_again(app, database_url, phone, begun):
    sql(database_url, "UPDATE forms SET consent_version = 'older'")
    assert "だれが読みますか" in (await phone.get(begun)).text
    answer = await phone.post(begun, data={"story": STORY})
    assert (answer.status_code, answer.headers["location"]) == (303, begun)
    await phone.post(f"{begun}/agree")
    assert FIRST_FIELD in (await phone.get(begun)).text


async def test_the_cookie_is_closed_and_lives_no_longer_than_the_form_can(phone, new_link, clock):
    link = await new_link()
    clock.advance(minutes=10)
    cookie = (await phone.post(f"{link}/agree")).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age=6600" in cookie  # each save gives the form more time, two hours in all
    assert f"Path={link}" in cookie


async def test_over_https_the_cookie_is_bound_to_the_host(database, build_form, open_browser, new_link):
    browser = open_browser(build_form(database, secure_cookies=True), "https://form.example.jp")
    link = await new_link()
    cookie = (await browser.post(f"{link}/agree")).headers["set-cookie"]
    assert cookie.startswith("__Host-kizuki-form-")
    assert "Secure" in cookie
    assert "Path=/;" in cookie
    assert FIRST_FIELD in (await browser.get(link)).text


async def test_links_that_lead_nowhere_all_look_the_same(open_browser, phone, begun, new_link, clock):
    await phone.post(begun, data={"story": STORY})
    elsewhere = open_browser()
    foreign = await elsewhere.get(begun)
    unknown = await elsewhere.get("/form/" + "A" * 43)
    malformed = await elsewhere.get("/form/1")
    superseded = await _superseded(phone, new_link)
    await phone.post(f"{begun}/confirm")
    used = await phone.get(begun)
    clock.advance(minutes=31)
    expired = await phone.get(begun)
    pages = [foreign, unknown, malformed, superseded, used, expired]
    assert {page.status_code for page in pages} == {404}
    assert len({page.text for page in pages}) == 1
    assert len({tuple(sorted(page.headers.items())) for page in pages}) == 1
    assert "トークにもどって" in foreign.text
    assert STORY not in foreign.text


async def _superseded(phone, new_link):
    """A link ends when a newer one is opened, not when the talk gives one: many of its answers carry a link."""
    older, newer = await new_link("U9"), await new_link("U9")
    for link in (older, newer):
        await phone.post(f"{link}/agree")
    return await phone.get(older)


@pytest.mark.parametrize("path", ["/agree", "", "/confirm", "/review"])
async def test_another_browser_can_do_nothing_with_the_link(database_url, open_browser, phone, begun, path):
    await phone.post(begun, data={"story": STORY})
    before = sql(database_url, "SELECT browser_hash, fields, confirmed_at FROM forms")
    elsewhere = open_browser()
    ask = elsewhere.get if path == "/review" else elsewhere.post
    assert (await ask(begun + path)).status_code == 404
    assert sql(database_url, "SELECT browser_hash, fields, confirmed_at FROM forms") == before


async def test_what_was_typed_is_there_again_in_the_same_browser(phone, begun, clock):
    assert (await phone.post(begun, data=FULL | {"part": "draft"})).status_code == 200
    clock.advance(minutes=29)
    page = (await phone.get(begun)).text
    for typed in FULL.values():
        assert typed in page or typed == "phone"


async def test_a_failed_check_costs_no_word_and_says_what_to_do(phone, begun):
    wrong = FULL | {"phone": "12", "story": "あ" * 5001, "next": "review"}
    page = await phone.post(begun, data=wrong)
    assert page.status_code == 422
    assert wrong["story"] in page.text
    assert 'value="12"' in page.text
    assert 'href="#f-phone"' in page.text
    assert 'href="#f-story"' in page.text
    assert page.text.count('aria-invalid="true"') == 2
    assert wrong["story"] in (await phone.get(begun)).text


async def test_a_text_beyond_all_measure_is_shown_again_though_it_is_not_kept(phone, begun):
    page = await phone.post(begun, data={"story": "あ" * 20_001, "next": "keep"})
    assert page.status_code == 422
    assert "あ" * 20_001 in page.text
    draft = await phone.post(begun, data={"story": "あ" * 20_001, "part": "draft"})
    assert draft.status_code == 422


async def test_something_must_be_told_but_anything_will_do(phone, begun):
    assert (await phone.post(begun, data={"story": "　\n", "next": "review"})).status_code == 422
    for told in ({"landmark": "公園のとなり"}, {"name": "山田"}):
        answer = await phone.post(begun, data={"story": "", "next": "review"} | told)
        assert answer.headers["location"] == f"{begun}/review"
    await phone.post(begun, data={"story": ""})
    answer = await phone.post(begun, data={"story": "", "next": "review"}, files={"photo": ("a", jpeg())})
    assert answer.headers["location"] == f"{begun}/review"


async def test_everything_is_read_once_more_before_it_is_handed_over(phone, begun):
    await phone.post(begun, data=FULL)
    page = (await phone.get(f"{begun}/review")).text
    for shown in (STORY, "カナリア花子", "吉田1丁目", "青い屋根", "電話で受け取る", "0262241234"):
        assert shown in page
    assert "まだ職員には送られません" in page


async def test_an_empty_form_is_not_read_over_but_written(phone, begun):
    assert (await phone.get(f"{begun}/review")).headers["location"] == begun
    assert (await phone.post(f"{begun}/confirm")).headers["location"] == begun


async def test_handing_over_wakes_the_talk_and_shows_nothing_more(database, bell, phone, begun):
    await phone.post(begun, data=FULL)
    answer = await phone.post(f"{begun}/confirm")
    assert answer.headers["location"] == "/form/done"
    assert bell.rung == ["inbound"]
    done = await phone.get("/form/done")
    assert "まだ職員には送られていません" in done.text
    assert STORY not in done.text
    async with database.transaction() as uow:
        event = await inbound.claim(uow, NOW)
    assert event.kind == "form"


async def test_a_button_pressed_twice_hands_over_once(database_url, phone, begun):
    await phone.post(begun, data=FULL)
    answers = [await phone.post(f"{begun}/confirm") for _ in range(2)]
    assert [answer.headers["location"] for answer in answers] == ["/form/done"] * 2
    assert sql(database_url, "SELECT count(*) FROM inbound") == [(1,)]


async def test_a_button_pressed_twice_at_once_hands_over_once(database_url, phone, begun):
    await phone.post(begun, data=FULL)
    answers = await asyncio.gather(*(phone.post(f"{begun}/confirm") for _ in range(5)))
    assert {answer.headers.get("location") for answer in answers} == {"/form/done"}
    assert sql(database_url, "SELECT count(*) FROM inbound") == [(1,)]


async def test_two_browsers_that_agree_at_once_do_not_both_get_the_form(open_browser, new_link):
    link = await new_link()
    browsers = [open_browser() for _ in range(5)]
    answers = await asyncio.gather(*(browser.post(f"{link}/agree") for browser in browsers))
    assert sorted(answer.status_code for answer in answers) == [303, 404, 404, 404, 404]


async def test_the_talk_gets_what_was_written_with_the_number_in_digits(database, database_url, phone, begun, clock):
    await phone.post(begun, data=FULL, files={"photo": ("a.jpg", jpeg())})
    await phone.post(f"{begun}/confirm")
    [(form, person)] = sql(database_url, "SELECT id, person_id FROM forms")
    async with database.transaction() as uow:
        taken = await forms.take(uow, form, person, clock())
    assert (taken.story, taken.phone, len(taken.photos)) == (STORY, "0262241234", 1)


async def test_leaving_ends_the_form_and_takes_the_words_along(database_url, phone, begun, new_link):
    """It kept them once, for a new link to bring back: to whoever held the phone (ADR 0010)."""
    await phone.post(begun, data=FULL, files={"photo": ("a.jpg", jpeg())})
    answer = await phone.post(f"{begun}/leave", data=FULL)
    assert (answer.status_code, answer.headers["location"]) == (303, EXIT)
    assert answer.headers["clear-site-data"] == '"cache"'
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert sql(database_url, "SELECT fields, (SELECT count(*) FROM photos) FROM forms") == [(None, 0)]
    again = await new_link()
    await phone.post(f"{again}/agree")
    assert STORY not in (await phone.get(again)).text


WAYS_BACK = [
    ("GET", ""), ("GET", "/review"), ("GET", "/photos/8f14e45f-ceea-467f-ab1e-000000000000"),
    ("POST", ""), ("POST", "/agree"), ("POST", "/confirm"), ("POST", "/leave"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), WAYS_BACK)
async def test_every_way_back_to_a_form_that_was_left_leads_away(open_browser, phone, begun, method, path):
    kept = dict(phone.cookies)
    await phone.post(f"{begun}/leave")
    with_old_cookie = open_browser()
    with_old_cookie.cookies.update(kept)
    for browser in (phone, with_old_cookie, open_browser()):
        answer = await browser.request(method, begun + path)
        assert (answer.status_code, answer.headers["location"]) == (303, EXIT)


async def test_leaving_once_more_changes_nothing(database_url, phone, begun, clock):
    kept = dict(phone.cookies)
    await phone.post(f"{begun}/leave")
    before = sql(database_url, "SELECT * FROM forms")
    clock.advance(minutes=3)
    phone.cookies.update(kept)
    assert (await phone.post(f"{begun}/leave")).headers["location"] == EXIT
    assert sql(database_url, "SELECT * FROM forms") == before


async def test_a_form_whose_time_is_over_can_still_be_left(phone, begun, clock):
    await phone.post(begun, data=FULL)
    clock.advance(minutes=31)
    await phone.post(f"{begun}/leave")
    assert (await phone.get(begun)).headers["location"] == EXIT


async def test_leaving_after_handing_over_takes_nothing_from_the_talk(database, database_url, phone, begun, clock):
    await phone.post(begun, data=FULL)
    await phone.post(f"{begun}/confirm")
    await phone.post(f"{begun}/leave")
    assert (await phone.get(f"{begun}/review")).headers["location"] == EXIT
    [(form, person)] = sql(database_url, "SELECT id, person_id FROM forms")
    async with database.transaction() as uow:
        assert (await forms.take(uow, form, person, clock())).story == STORY


async def test_leaving_leads_away_whatever_the_link_is(open_browser, phone, begun):
    for link in (begun, "/form/" + "A" * 43):
        answer = await open_browser().post(f"{link}/leave", data={"story": "fremd"})
        assert answer.headers["location"] == EXIT
    assert FIRST_FIELD in (await phone.get(begun)).text


async def test_a_photo_is_shown_small_to_its_browser_only(open_browser, phone, begun, new_link):
    page = await phone.post(begun, data={"part": "photos"}, files={"photo": ("a.jpg", jpeg(1600, 1200))})
    address = page.text.split('<img src="')[1].split('"')[0]
    answer = await phone.get(address)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store, private"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == "inline"
    assert len(answer.content) < 40_000
    assert (await open_browser().get(address)).status_code == 404
    other = await new_link("U2")
    await phone.post(f"{other}/agree")
    assert (await phone.get(address.replace(begun, other))).status_code == 404


async def test_a_photo_is_removed_and_makes_room(phone, begun):
    for _ in range(3):
        page = await phone.post(begun, data={"part": "photos"}, files={"photo": ("a.jpg", jpeg())})
    assert page.text.count("<img") == 3
    page = await phone.post(begun, data={"part": "photos"}, files={"photo": ("a.jpg", jpeg())})
    assert page.status_code == 422
    assert "写真は3枚まで" in page.text
    photo = page.text.split('value="')[1].split('"')[0]
    page = await phone.post(begun, data={"part": "photos", "remove": photo})
    assert page.text.count("<img") == 2


async def test_a_spoilt_photo_costs_no_word(phone, begun):
    page = await phone.post(begun, data={"story": STORY, "next": "photo"}, files={"photo": ("a.jpg", b"<svg/>")})
    assert page.status_code == 422
    assert "読みとれませんでした" in page.text
    assert STORY in (await phone.get(begun)).text


async def test_pressing_add_without_a_photo_is_told(phone, begun):
    page = await phone.post(begun, data={"story": "", "next": "photo"})
    assert "写真が選ばれていません" in page.text


async def test_the_words_of_one_form_are_no_markup_in_its_pages(phone, begun):
    attack = "</textarea><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    await phone.post(begun, data=dict.fromkeys(("story", "name", "address", "landmark", "phone"), attack))
    for path in ("", "/review"):
        page = (await phone.get(begun + path)).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page


async def revision(phone, link):
    return (await phone.get(link)).text.split('name="revision" value="')[1].split('"')[0]


async def test_a_page_that_another_has_overtaken_overwrites_nothing_and_shows_both_texts(phone, begun):
    seen = await revision(phone, begun)
    await phone.post(begun, data={"story": "あとの話", "revision": seen})
    page = await phone.post(begun, data={"story": "まえの話", "revision": seen, "next": "review"})
    assert page.status_code == 422
    assert "まえの話" in page.text
    assert "あとの話" in page.text
    assert "あとの話" in (await phone.get(begun)).text
    again = page.text.split('name="revision" value="')[1].split('"')[0]
    answer = await phone.post(begun, data={"story": "まえの話、あとの話", "revision": again, "next": "review"})
    assert answer.headers["location"] == f"{begun}/review"


async def test_a_script_hears_the_number_of_its_save_and_of_being_overtaken(phone, begun):
    seen = await revision(phone, begun)
    draft = {"part": "draft", "story": STORY}
    first = await phone.post(begun, data=draft | {"revision": seen})
    assert (first.status_code, first.json()["revision"]) == (200, int(seen) + 1)
    behind = await phone.post(begun, data=draft | {"story": "ほかの話", "revision": seen})
    assert behind.status_code == 422
    assert STORY in behind.json()["conflict"]
    assert "revision" not in behind.json()


async def test_the_same_words_sent_again_are_no_conflict(phone, begun):
    """The answer to the first time was lost on the way."""
    seen = await revision(phone, begun)
    for _ in range(2):
        answer = await phone.post(begun, data={"story": STORY, "revision": seen, "part": "draft"})
        assert answer.status_code == 200


async def test_each_save_gives_more_time_within_two_hours(phone, begun, clock):
    """Half an hour is short for somebody who writes slowly (WCAG 2.2.1)."""
    for minutes in (29, 58, 87):
        clock.advance(minutes=29)
        answer = await phone.post(begun, data={"story": f"{STORY}{minutes}", "part": "draft"})
        assert answer.status_code == 200, minutes
    assert (answer.json()["until"], answer.json()["left"]) == ("13時57分", 1800)
    clock.advance(minutes=29)
    answer = await phone.post(begun, data={"story": STORY, "part": "draft"})
    assert answer.json()["left"] == 240


async def test_what_comes_too_late_is_shown_to_be_copied(open_browser, phone, begun, clock):
    await phone.post(begun, data=FULL | {"story": "まえの話"})
    clock.advance(minutes=31)
    for files in (None, {"photo": ("a.jpg", jpeg())}):
        page = await phone.post(begun, data=FULL | {"next": "review"}, files=files)
        assert page.status_code == 404
        for typed in (STORY, "カナリア花子", "吉田1丁目", "青い屋根"):
            assert typed in page.text
        assert "まえの話" not in page.text
    assert STORY not in (await phone.get(begun)).text
    assert STORY not in (await open_browser().post(begun, data=FULL)).text


async def test_the_time_that_runs_out_while_a_photo_travels_costs_no_word(monkeypatch, phone, begun, clock):
    async def slowly(request):
        sent = await body.read_sent(request)
        clock.advance(minutes=31)
        return sent

    monkeypatch.setattr("bot.form.writing.read_sent", slowly)
    page = await phone.post(begun, data=FULL, files={"photo": ("a.jpg", jpeg())})
    assert page.status_code == 404
    assert STORY in page.text


async def test_danger_in_the_story_is_answered_while_it_is_written(phone, begun):
    calm = await phone.post(begun, data={"story": "町内会の集まりに来なくなりました", "part": "draft"})
    assert calm.json()["danger"] is False
    dangerous = "夫に殴られています。助けてください"
    heard = await phone.post(begun, data={"story": dangerous, "part": "draft"})
    assert heard.json()["danger"] is True
    assert "夫" not in heard.text
    for path in ("", "/review"):
        page = (await phone.get(begun + path)).text
        assert 'href="tel:119"' in page
        assert 'href="tel:110"' in page
    assert 'id="danger" >' in (await phone.get(begun)).text


async def test_words_are_saved_while_a_photo_is_still_on_its_way(database, phone, begun, app):
    async with database.reading() as reader:
        form = await forms.find(reader, begun.rpartition("/")[2])
    async with app.state.desk.turn(form):
        answer = await asyncio.wait_for(phone.post(begun, data={"story": STORY, "part": "draft"}), 20)
    assert answer.status_code == 200


async def test_a_photo_that_breaks_everything_costs_no_word(monkeypatch, phone, begun):
    async def broken(*_):
        raise RuntimeError

    monkeypatch.setattr("bot.form.photos.Studio.develop", broken)
    answer = await phone.post(begun, data={"story": STORY, "next": "photo"}, files={"photo": ("a.jpg", jpeg())})
    assert answer.status_code == 500
    assert STORY in (await phone.get(begun)).text


async def test_a_link_that_the_talk_gives_in_between_ends_nothing(phone, begun, new_link):
    await phone.post(begun, data={"story": STORY})
    newer = await new_link()
    assert STORY in (await phone.get(begun)).text
    await phone.post(f"{newer}/agree")
    assert STORY in (await phone.get(newer)).text
    late = await phone.post(begun, data={"story": "まだ書いていた話"})
    assert late.status_code == 404
    assert "まだ書いていた話" in late.text
