"""What holds for every page: headers, other sites, sizes, errors."""

import pytest

from bot.form import app as form_app
from bot.form.app import at_form
from bot.form.body import MOST_BODY
from bot.form.photos import MOST_BYTES
from tests.bot.form.conftest import EXIT, STORY
from tests.bot.form.pictures import jpeg
from tests.cases.builders import sql

PAGES = ["", "/agree", "/review", "/confirm", "/leave", "/proof"]


async def test_every_answer_is_closed(phone, begun):
    for path in ("/form/done", begun, f"{begun}/review", "/form/" + "A" * 43, "/form/static/form.css", "/form/x/y/z"):
        headers = (await phone.get(path)).headers
        assert headers["cache-control"] == "no-store, private", path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        assert "geolocation=()" in headers["permissions-policy"]
        csp = headers["content-security-policy"]
        assert csp.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
        assert "frame-ancestors 'none'" in csp
        assert "unsafe" not in csp
        assert "*" not in csp
        assert "line" not in csp


async def test_leaving_may_lead_to_the_one_other_place(phone, begun):
    csp = (await phone.get(begun)).headers["content-security-policy"]
    assert "form-action 'self' https://weather.example.jp;" in csp
    assert EXIT.startswith("https://weather.example.jp/")


async def test_the_tab_says_nothing_but_the_city(phone, begun):
    await phone.post(begun, data={"story": STORY})
    for path in (begun, f"{begun}/review", "/form/done", "/form/unknown"):
        page = (await phone.get(path)).text
        assert "<title>長野市</title>" in page
        assert "//" not in page.replace(EXIT, "").replace("<!doctype html>", ""), "nothing comes from elsewhere"


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
        {"Origin": "null"},
        {},
    ],
)
async def test_no_other_site_can_act(database_url, begun, phone, path, headers):
    before = sql(database_url, "SELECT * FROM forms")
    phone.headers.pop("Sec-Fetch-Site")
    answer = await phone.post(begun + path, data={"story": STORY}, headers=headers)
    assert answer.status_code == 403
    assert sql(database_url, "SELECT * FROM forms") == before


async def test_a_browser_without_fetch_metadata_is_known_by_its_origin(phone, begun):
    phone.headers.pop("Sec-Fetch-Site")
    answer = await phone.post(begun, data={"story": STORY}, headers={"Origin": "http://form.example.jp"})
    assert answer.status_code == 303


async def test_a_body_beyond_reason_is_refused_before_it_is_read(phone, begun):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await phone.post(begun, content=b"a=" + b"x" * MOST_BODY, headers=form)
    assert answer.status_code == 413
    assert answer.headers["cache-control"] == "no-store, private"


async def test_a_photo_that_is_too_large_costs_no_word(phone, begun):
    large = b"\xff\xd8" + b"\0" * MOST_BYTES
    answer = await phone.post(begun, data={"story": STORY, "next": "photo"}, files={"photo": ("a.jpg", large)})
    assert answer.status_code == 422
    assert "10MBまで" in answer.text
    assert STORY in (await phone.get(begun)).text


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {f"f{n}": "x" for n in range(40)}},
        {"files": [("photo", ("a.jpg", jpeg())), ("photo", ("b.jpg", jpeg()))]},
        {"data": {"story": "x" * 300_000}, "files": {"photo": ("a.jpg", jpeg())}},
        {"content": b"--x\r\n", "headers": {"Content-Type": "multipart/form-data"}},
        {"content": b"garbage", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"content": b"story=" + b"x" * 300_000, "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
    ],
    ids=["many fields", "two files", "long part", "no boundary", "garbage", "long field"],
)
async def test_shapes_that_no_page_of_ours_sends_are_refused(database_url, phone, begun, sent):
    answer = await phone.post(begun, **sent)
    assert answer.status_code in {400, 413}
    assert sql(database_url, "SELECT fields FROM forms") == [(None,)]


async def test_the_hour_of_the_city_is_shown(phone, begun):
    assert "12時30分" in (await phone.get(begun)).text


async def test_a_failure_shows_nothing_of_itself_and_stays_closed(monkeypatch, phone, begun):
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError(STORY)

    monkeypatch.setattr("bot.form.views.photos.of_form", broken)
    answer = await phone.get(begun)
    assert answer.status_code == 500
    assert STORY not in answer.text
    assert answer.headers["cache-control"] == "no-store, private"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_larger_application_reaches_every_address(app):
    assert [route.path for route in at_form(app)] == ["/form", "/form/{rest:path}"]
    assert (form_app.STATIC / "form.css").is_file()
