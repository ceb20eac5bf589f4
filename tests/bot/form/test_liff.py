"""With a LIFF app the form opens only for who proves to be its person."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.form.liff import Liff, LineAway, proves
from bot.form.links import link as address
from deploy.simulator.api_account import id_claims
from tests.bot.form.conftest import EXIT, STORY, Clock
from tests.bot.line_simulator import Simulated, simulated
from tests.cases.builders import sql

CHANNEL = "2000000001"
FIRST_FIELD = 'id="f-story"'


@pytest.fixture
async def line() -> AsyncIterator[Simulated]:
    async with simulated() as simulator:
        yield simulator


@pytest.fixture
def liff(line: Simulated) -> Liff:
    return Liff("2000000001-abcdefgh", CHANNEL, line.address)


@pytest.fixture
def token_of(line: Simulated, clock: Clock):
    def issue(person: str = "U1", channel: str = CHANNEL, **changes: object) -> str:
        token = f"token-{len(line.world.id_tokens)}"
        line.world.id_tokens[token] = id_claims(person, "名", channel, None, line.world.clock.now()) | changes
        return token

    return issue


@pytest.fixture
def app(database, build_form, liff):
    return build_form(database, liff=liff)


async def test_the_page_that_line_opens_knows_of_no_form(phone, new_link):
    link = await new_link()
    pages = [await phone.get("/form", params={"form": token}) for token in (link.rpartition("/")[2], "x")]
    assert pages[0].text == pages[1].text
    assert 'data-liff="2000000001-abcdefgh"' in pages[0].text


async def test_lines_scripts_may_run_on_the_pages_without_content_only(phone, new_link, token_of):
    for path in ("/form", "/form/done"):
        csp = (await phone.get(path)).headers["content-security-policy"]
        assert "script-src 'self' https://static.line-scdn.net/liff/;" in csp
        assert "https://api.line.me" in csp
        assert "unsafe" not in csp
    link = await new_link()
    await phone.post(f"{link}/proof", data={"id_token": token_of()})
    assert "line" not in (await phone.get(link)).headers["content-security-policy"]


async def test_who_proves_to_be_the_person_gets_in_and_is_asked_for_consent_first(phone, new_link, token_of):
    link = await new_link()
    answer = await phone.post(f"{link}/proof", data={"id_token": token_of()})
    assert answer.status_code == 204
    assert "だれが読みますか" in (await phone.get(link)).text
    await phone.post(f"{link}/agree")
    assert FIRST_FIELD in (await phone.get(link)).text


async def test_a_form_that_was_left_does_not_come_back_by_the_same_link(phone, new_link, token_of):
    link = await new_link()
    await phone.post(f"{link}/proof", data={"id_token": token_of()})
    await phone.post(f"{link}/agree")
    await phone.post(link, data={"story": STORY})
    await phone.post(f"{link}/leave")
    for _ in range(2):
        answer = await phone.post(f"{link}/proof", data={"id_token": token_of()})
        assert (answer.status_code, answer.headers["location"]) == (303, EXIT)
        assert not phone.cookies
        assert (await phone.get(link)).headers["location"] == EXIT


async def test_a_plain_browser_is_refused_kindly(phone, new_link):
    link = await new_link()
    page = await phone.get(link)
    assert page.status_code == 404
    assert "トークにもどって" in page.text
    assert (await phone.post(f"{link}/agree")).status_code == 404


async def test_another_persons_token_opens_nothing(database_url, phone, new_link, token_of):
    link = await new_link()
    answer = await phone.post(f"{link}/proof", data={"id_token": token_of("U2")})
    assert answer.status_code == 404
    assert not phone.cookies
    assert sql(database_url, "SELECT browser_hash FROM forms") == [(None,)]


async def test_the_same_person_takes_the_form_along_to_another_window(open_browser, phone, new_link, token_of):
    link = await new_link()
    await phone.post(f"{link}/proof", data={"id_token": token_of()})
    await phone.post(f"{link}/agree")
    await phone.post(link, data={"story": STORY})
    window = open_browser()
    await window.post(f"{link}/proof", data={"id_token": token_of()})
    assert STORY in (await window.get(link)).text
    assert (await phone.get(link)).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [{"iss": "https://evil.example"}, {"aud": "1"}, {"exp": 1}, {"exp": None}, {"exp": "9999999999"}, {"sub": None}],
)
async def test_each_claim_is_looked_at_again(liff, token_of, clock, monkeypatch, changes):
    claims = id_claims("U1", "名", CHANNEL, None, clock().timestamp()) | changes

    async def answered(*_: object) -> dict[str, object]:
        return claims

    monkeypatch.setattr("bot.form.liff._claims", answered)
    assert not await proves(liff, "token", "U1", clock())


async def test_a_token_of_another_channel_or_none_is_refused(liff, token_of, clock):
    assert await proves(liff, token_of(), "U1", clock())
    assert not await proves(liff, token_of(channel="2"), "U1", clock())
    assert not await proves(liff, "made up", "U1", clock())
    assert not await proves(liff, "", "U1", clock())
    assert not await proves(liff, "x" * 5000, "U1", clock())


async def test_a_line_that_does_not_answer_says_nothing_of_the_token(liff, clock):
    with pytest.raises(LineAway):
        await proves(replace(liff, api_base="http://127.0.0.1:9"), "token", "U1", clock())


async def test_while_line_is_away_nobody_is_let_in(database, build_form, liff, open_browser, new_link):
    away = replace(liff, api_base="http://127.0.0.1:9")
    link = await new_link()
    answer = await open_browser(build_form(database, liff=away)).post(f"{link}/proof", data={"id_token": "t"})
    assert answer.status_code == 503


async def test_without_liff_its_pages_are_not_there(database, build_form, open_browser, new_link):
    browser = open_browser(build_form(database))
    assert (await browser.get("/form")).status_code == 404
    assert (await browser.post(f"{await new_link()}/proof", data={"id_token": "t"})).status_code == 404


def test_the_link_goes_through_line_where_there_is_liff():
    assert address("https://city.example/", "t0") == "https://city.example/form/t0"
    assert address("https://city.example", "t0", "1-a") == "https://liff.line.me/1-a?form=t0"
