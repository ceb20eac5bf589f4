"""Sign-in: who gets in, what the browser keeps, what the record keeps."""

import asyncio

import httpx2
import pytest

from admin.desk import DemoAccount
from admin.signin.passwords import Passwords
from cases import audit, staff
from cases.staff import signins

PASSWORD = "made-up-password"
OURS = {"Sec-Fetch-Site": "same-origin"}


def _keys(people, actor, password=PASSWORD):
    return {"email": people.email(actor), "password": password}


async def test_the_right_keys_lead_to_where_one_wanted(stranger, people):
    answer = await stranger.post("/signin", data=_keys(people, people.triage) | {"next": "/inbox?tab=mine"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox?tab=mine")
    page = await stranger.get("/inbox")
    assert page.status_code == 200
    assert "受付 花子" in page.text


async def test_full_width_and_capital_letters_are_the_same_address(stranger, people):
    email = people.email(people.triage).upper().replace("@", "＠")
    answer = await stranger.post("/signin", data={"email": f" {email} ", "password": PASSWORD})
    assert answer.status_code == 303


@pytest.mark.parametrize("field", ["email", "password"])
async def test_wrong_account_and_wrong_password_answer_alike(stranger, people, field):
    right = _keys(people, people.triage)
    wrong = await stranger.post("/signin", data=right | {"password": "wrong-password"})
    other = await stranger.post("/signin", data=right | {field: "nobody@example.jp"})
    assert wrong.status_code == other.status_code == 422
    hide = people.email(people.triage)
    assert wrong.text.replace(hide, "") == other.text.replace(hide, "").replace("nobody@example.jp", "")
    assert "メールアドレスかパスワードが違います" in wrong.text
    assert not stranger.cookies


async def test_the_password_never_comes_back(stranger, people):
    answer = await stranger.post("/signin", data=_keys(people, people.triage, "very-secret-guess"))
    assert "very-secret-guess" not in answer.text


@pytest.mark.parametrize("data", [{}, {"email": "a@example.jp"}, {"password": "x"}, {"email": " ", "password": "x"}])
async def test_an_empty_field_is_not_an_attempt(stranger, people, database, data):
    for _ in range(40):
        answer = await stranger.post("/signin", data=data)
    assert answer.status_code == 422
    assert "入力してください" in answer.text


async def test_a_closed_account_is_like_a_wrong_password(stranger, people, database, clock):
    async with database.transaction() as uow:
        await staff.deactivate(uow, people.administrator, people.triage.staff_id, clock())
    answer = await stranger.post("/signin", data=_keys(people, people.triage))
    assert answer.status_code == 422


async def test_the_cookie_is_for_the_server_only(stranger, people):
    answer = await stranger.post("/signin", data=_keys(people, people.triage))
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("kizuki=")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Max-Age" not in cookie
    assert "Domain" not in cookie


async def test_over_https_the_cookie_is_bound_to_the_host(build_app, database, people):
    app = build_app(database, secure_cookies=True)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="https://inbox.example.jp", headers=OURS) as browser:
        answer = await browser.post("/signin", data=_keys(people, people.triage))
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-kizuki=")
        assert "; Secure" in cookie
        assert (await browser.get("/inbox")).status_code == 200


async def test_a_planted_session_id_does_not_survive_sign_in(stranger, people):
    stranger.cookies.set("kizuki", "planted", domain="inbox.example.jp")
    await stranger.post("/signin", data=_keys(people, people.triage))
    ids = {cookie.value for cookie in stranger.cookies.jar}
    assert "planted" not in ids
    stranger.cookies.clear()
    stranger.cookies.set("kizuki", "planted", domain="inbox.example.jp")
    assert (await stranger.get("/inbox")).status_code == 303


async def test_signing_in_again_ends_the_session_before(stranger, people):
    await stranger.post("/signin", data=_keys(people, people.triage))
    first = stranger.cookies["kizuki"]
    await stranger.post("/signin", data=_keys(people, people.triage))
    assert stranger.cookies["kizuki"] != first
    stranger.cookies.clear()
    stranger.cookies.set("kizuki", first, domain="inbox.example.jp")
    assert (await stranger.get("/inbox")).status_code == 303


async def test_signing_out_ends_the_session_at_the_server(triage):
    token = triage.cookies["kizuki"]
    answer = await triage.post("/signout")
    assert answer.status_code == 303
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert "kizuki" not in triage.cookies
    triage.cookies.set("kizuki", token, domain="inbox.example.jp")
    assert (await triage.get("/inbox")).status_code == 303


async def test_signing_out_without_a_session_is_no_error(stranger):
    assert (await stranger.post("/signout")).status_code == 303


async def test_whoever_is_signed_in_is_not_asked_again(triage):
    answer = await triage.get("/signin?next=/referrals/x")
    assert (answer.status_code, answer.headers["location"]) == (303, "/referrals/x")


async def test_guessing_one_account_is_stopped_and_opens_again(stranger, people, clock):
    for _ in range(signins.PER_ACCOUNT):
        assert (await stranger.post("/signin", data=_keys(people, people.triage, "guess"))).status_code == 422
    stopped = await stranger.post("/signin", data=_keys(people, people.triage))
    assert stopped.status_code == 429
    assert "15分ほど待って" in stopped.text
    clock.advance(minutes=16)
    assert (await stranger.post("/signin", data=_keys(people, people.triage))).status_code == 303


async def test_guessing_at_the_same_moment_is_stopped_as_well(stranger, people):
    keys = _keys(people, people.triage, "guess")
    answers = await asyncio.gather(*(stranger.post("/signin", data=keys) for _ in range(15)))
    assert sorted(answer.status_code for answer in answers) == [422] * signins.PER_ACCOUNT + [429] * 10


async def test_an_unknown_account_is_throttled_like_a_known_one(stranger, people):
    data = {"email": "nobody@example.jp", "password": "guess"}
    statuses = [(await stranger.post("/signin", data=data)).status_code for _ in range(signins.PER_ACCOUNT + 1)]
    assert statuses == [422] * signins.PER_ACCOUNT + [429]


async def test_guessing_many_accounts_from_one_address_is_stopped(stranger, people):
    for n in range(signins.PER_ADDRESS):
        await stranger.post("/signin", data={"email": f"a{n}@example.jp", "password": "guess"})
    assert (await stranger.post("/signin", data=_keys(people, people.triage))).status_code == 429


async def test_a_success_forgives_the_slips_before_it(stranger, people):
    for _ in range(3):
        for _ in range(signins.PER_ACCOUNT - 1):
            await stranger.post("/signin", data=_keys(people, people.triage, "slip"))
        assert (await stranger.post("/signin", data=_keys(people, people.triage))).status_code == 303


async def test_success_failure_and_sign_out_are_recorded(stranger, people, database):
    await stranger.post("/signin", data=_keys(people, people.triage, "guess"))
    await stranger.post("/signin", data={"email": "nobody@example.jp", "password": "guess"})
    await stranger.post("/signin", data=_keys(people, people.triage))
    await stranger.post("/signout")
    async with database.reading() as reader:
        known = [row.action for row in await audit.entries(reader, "staff", people.triage.staff_id)]
        unknown = await audit.entries(reader, "staff", "unknown")
        assert await audit.verify(reader) is None
    assert known == ["staff.add", "signin.failed", "signin", "signout"]
    assert [row.action for row in unknown] == ["signin.failed"]
    assert "nobody" not in str(unknown)


async def test_a_weak_hash_becomes_a_strong_one_at_sign_in(build_app, database, people):
    app = build_app(database, passwords=Passwords())
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://inbox.example.jp", headers=OURS) as browser:
        for _ in range(2):
            assert (await browser.post("/signin", data=_keys(people, people.triage))).status_code == 303
    async with database.reading() as reader:
        account = await staff.by_email(reader, people.email(people.triage))
    assert "m=65536" in account.password_hash


async def test_demo_keys_stand_on_the_page_of_the_demo_only(build_app, database, stranger):
    account = DemoAccount("triage@demo.example", "demo-password", "受付 花子", "triage")
    demo = build_app(database, demo=[account])
    transport = httpx2.ASGITransport(app=demo)
    async with httpx2.AsyncClient(transport=transport, base_url="http://inbox.example.jp") as browser:
        assert "demo-password" in (await browser.get("/signin")).text
    page = (await stranger.get("/signin")).text
    assert "体験" not in page
