from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from bot.line_admin import Bot, LineAdmin, Quota
from bot.richmenu import draw
from bot.richmenu.sync import sync
from deploy.doctor import line_looks
from deploy.doctor.finding import Patient
from tests.bot.line_simulator import TOKEN, Simulated
from tests.deploy.doctor.conftest import MakePatient, told

LIFF = {"liff_id": "1234567890-abcdefgh", "line_login_channel_id": "1234567890"}


async def test_a_healthy_account_is_told_with_what_cannot_be_seen(patient: MakePatient) -> None:
    found = told(await line_looks.account(patient()))
    assert found == [("ok", "line"), ("ok", "chat_off"), ("note", "auto_reply")]


async def test_chat_that_is_on_is_bad(patient: MakePatient, line: Simulated) -> None:
    await line.client.settings(chat_mode="chat")
    assert ("bad", "chat_on") in told(await line_looks.account(patient()))


@pytest.mark.parametrize(
    ("fault", "key"), [("unauthorized", "line_refused"), ("error", "line_odd"), ("empty", "line_odd")]
)
async def test_an_account_that_does_not_answer_is_bad(
    patient: MakePatient, line: Simulated, fault: str, key: str
) -> None:
    await line.client.fault("any", fault)  # type: ignore[arg-type]
    made = patient()
    [finding] = await line_looks.account(made)
    assert (finding.mark, finding.key) == ("bad", key)
    assert TOKEN not in str(finding)
    assert told(await line_looks.clock(made)) == [("note", "not_asked")]


async def test_a_line_that_cannot_be_reached_is_bad(patient: MakePatient) -> None:
    made = patient(line_api_base="http://127.0.0.1:9")
    async with LineAdmin(access_token=TOKEN, api_base="http://127.0.0.1:9") as nowhere:
        away = Patient(made.settings, made.database, nowhere)
        assert told(await line_looks.account(away)) == [("bad", "line_away")]
        assert told(await line_looks.webhook(away)) == [("worry", "line_silent")]
        assert told(await line_looks.quota(away)) == [("worry", "line_silent")]
        assert told(await line_looks.richmenu(away)) == [("worry", "line_silent")]


async def test_the_account_is_asked_once_for_all_looks(patient: MakePatient, line: Simulated) -> None:
    made = patient()
    await line_looks.account(made)
    assert told(await line_looks.clock(made)) == [("ok", "clock")]
    assert line.calls("info") == ["info"]


@pytest.mark.parametrize(
    ("off", "expected"),
    [(-8, ("bad", "clock_slow")), (0, ("ok", "clock")), (4, ("ok", "clock")), (8, ("bad", "clock_fast"))],
)
def test_a_clock_more_than_five_seconds_wrong_is_bad(off: int, expected: tuple[str, str]) -> None:
    at = datetime(2026, 4, 3, tzinfo=UTC)
    bot = Bot("U", "@x", "x", "bot", at)
    assert told([line_looks._clock(bot, at + timedelta(seconds=off + 0.5))]) == [expected]
    assert told([line_looks._clock(replace(bot, answered_at=None), at)]) == [("note", "clock_unseen")]


async def test_the_webhook_must_be_ours_and_on(patient: MakePatient, line: Simulated) -> None:
    assert told(await line_looks.webhook(patient(port=8000)))[0] == ("ok", "webhook")
    assert told(await line_looks.webhook(patient(base_url="https://other.example"))) == [("bad", "webhook_other")]
    behind = patient(base_url="https://other.example", forwarded_secret="a secret of the vendor")
    assert told(await line_looks.webhook(behind)) == [("note", "webhook_forwarded")]
    await line.client.settings(webhook_active=False)
    assert told(await line_looks.webhook(patient())) == [("bad", "webhook_off")]
    await line.client.settings(webhook_url="")
    assert told(await line_looks.webhook(patient())) == [("bad", "webhook_none")]


async def test_line_itself_calls_the_webhook_and_its_word_is_told(patient: MakePatient, line: Simulated) -> None:
    async def hook(_request: web.Request) -> web.Response:
        return web.Response(status=statuses.pop(0))

    statuses = [200, 401]
    app = web.Application()
    app.router.add_post("/line/webhook", hook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    await line.client.settings(webhook_url=f"{base}/line/webhook")
    made = patient(base_url=base)
    assert told(await line_looks.webhook(made)) == [("ok", "webhook"), ("ok", "webhook_test")]
    [_, refused] = await line_looks.webhook(made)
    assert (refused.mark, refused.values["status"]) == ("bad", 401)
    await runner.cleanup()


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        (Quota(None, 5), ("ok", "quota_free")),
        (Quota(200, 10), ("ok", "quota")),
        (Quota(200, 160), ("worry", "quota_soon")),
        (Quota(200, 200), ("worry", "quota_used_up")),
    ],
)
async def test_the_quota_is_told_before_it_is_used_up(
    patient: MakePatient,
    line: Simulated,
    monkeypatch: pytest.MonkeyPatch,
    quota: Quota,
    expected: tuple[str, str],
) -> None:
    async def seen() -> Quota:
        return quota

    monkeypatch.setattr(line.admin, "quota", seen)
    assert told(await line_looks.quota(patient())) == [expected]


async def test_the_rich_menu_is_a_worry_until_it_is_there(
    patient: MakePatient, line: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(await line_looks.richmenu(patient())) == [("worry", "richmenu_old")]
    await sync(line.admin, line_looks._menus("nagano"))
    assert told(await line_looks.richmenu(patient())) == [("ok", "fine")]
    monkeypatch.setattr(draw, "FONT", draw.FONT.with_name("gone.ttf"))
    assert told(await line_looks.richmenu(patient())) == [("worry", "richmenu_font")]


@pytest.mark.parametrize(
    ("app_status", "own_status", "expected"),
    [
        (200, 200, ("ok", "liff")),
        (302, 400, ("ok", "liff")),
        (404, 200, ("bad", "liff_unknown")),
        (503, 200, ("worry", "liff_silent")),
        (200, 404, ("worry", "liff_endpoint")),
    ],
)
async def test_the_liff_app_and_its_endpoint_are_visited(
    patient: MakePatient, app_status: int, own_status: int, expected: tuple[str, str]
) -> None:
    async def page(request: web.Request) -> web.Response:
        return web.Response(status=own_status if request.path == "/form" else app_status)

    app = web.Application()
    app.router.add_get("/{rest:.*}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    assert told(await line_looks.liff(patient(base_url=base, **LIFF), base)) == [expected]
    await runner.cleanup()


async def test_liff_settings_that_do_not_belong_together_are_bad(patient: MakePatient) -> None:
    assert told(await line_looks.liff(patient())) == [("ok", "liff_none")]
    assert told(await line_looks.liff(patient(**LIFF))) == [("note", "liff_unseen")]
    apart = patient(**{**LIFF, "line_login_channel_id": "9876543210"})
    assert told(await line_looks.liff(apart)) == [("bad", "liff_channel")]


async def test_a_shared_account_is_told_and_a_circle_found(patient: MakePatient) -> None:
    secret = "a secret of sixteen or more"
    assert told(await line_looks.shared(patient())) == [("ok", "shared_none")]
    both = patient(forwarded_secret=secret, forward_url="https://vendor.example/hook", forward_secret=secret)
    assert told(await line_looks.shared(both)) == [("ok", "shared_behind"), ("ok", "shared_before")]
    circle = patient(base_url="https://a.example", forward_url="https://a.example/line/webhook", forward_secret=secret)
    assert told(await line_looks.shared(circle)) == [("bad", "shared_circle")]
