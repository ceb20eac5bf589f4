from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot import line_admin
from bot.line_admin import LineAdmin, LineAdminError, Webhook, other_host
from deploy.simulator.richmenus import RichMenu
from deploy.simulator.settings import FaultKind
from tests.bot.line_simulator import TOKEN, Simulated, simulated
from tests.processes import free_port


@pytest.fixture
async def line() -> AsyncIterator[Simulated]:
    async with simulated() as started:
        yield started


async def test_the_account_tells_its_chat_mode_and_line_s_time(line: Simulated) -> None:
    bot = await line.admin.bot()
    assert (bot.user_id, bot.chat_mode) == (line.world.bot_id, "bot")
    assert bot.answered_at is not None
    assert abs(datetime.now(UTC) - bot.answered_at) < timedelta(minutes=1)
    await line.client.settings(chat_mode="chat")
    assert (await line.admin.bot()).chat_mode == "chat"


@pytest.mark.parametrize("limit", [200, None])
async def test_the_quota_is_what_line_says(line: Simulated, limit: int | None) -> None:
    await line.client.settings(quota=limit)
    seen = await line.admin.quota()
    assert (seen.limit, seen.used) == (limit, 0)


async def test_the_webhook_is_read_set_and_tested(line: Simulated) -> None:
    url = f"http://127.0.0.1:{free_port()}/line/webhook"
    await line.admin.set_webhook(url)
    assert await line.admin.webhook() == Webhook(url, active=True)
    tested = await line.admin.test_webhook()
    assert not tested.success
    assert "CONNECT" in tested.reason
    await line.client.settings(webhook_url="")
    assert await line.admin.webhook() is None


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("error", "line_failed"),
        ("rate", "rate_limit"),
        ("unauthorized", "unauthorised"),
        ("empty", "strange"),
        ("cut", "strange"),
        ("slow", "late"),
    ],
)
async def test_every_way_a_call_fails_has_a_word(
    line: Simulated, monkeypatch: pytest.MonkeyPatch, fault: FaultKind, reason: str
) -> None:
    monkeypatch.setattr(line_admin, "SECONDS", 0.5)
    await line.client.fault("any", fault, count=5, seconds=2)  # a cut GET is tried again below us
    with pytest.raises(LineAdminError) as refused:
        await line.admin.bot()
    assert refused.value.reason == reason
    assert TOKEN not in str(refused.value) + refused.value.said


async def test_a_wrong_token_and_a_closed_door_are_told_apart(line: Simulated) -> None:
    async with LineAdmin(access_token="another token", api_base=line.address) as stranger:
        with pytest.raises(LineAdminError) as refused:
            await stranger.bot()
    async with LineAdmin(access_token=TOKEN, api_base=f"http://127.0.0.1:{free_port()}") as nowhere:
        with pytest.raises(LineAdminError) as away:
            await nowhere.bot()
    assert (refused.value.reason, refused.value.status, away.value.reason) == ("unauthorised", 401, "not_reached")


async def test_a_menu_of_somebody_else_that_the_sdk_cannot_read_hides_no_other(line: Simulated) -> None:
    odd = {"size": {"width": 800, "height": 400}, "name": "vendor", "areas": [{"action": {"type": "hologram"}}]}
    line.world.menus.menus["richmenu-odd"] = RichMenu("richmenu-odd", odd)
    assert [(menu.id, menu.name) for menu in await line.admin.menus()] == [("richmenu-odd", "vendor")]


async def test_what_the_sdk_itself_refuses_never_reaches_line(line: Simulated) -> None:
    with pytest.raises(LineAdminError) as refused:
        await line.admin.create_menu({"chatBarText": "長" * 15})
    assert (refused.value.reason, line.calls("richmenu_create")) == ("refused", [])


def test_line_s_own_two_hosts_are_left_to_the_sdk() -> None:
    """Pictures go to api-data.line.me: a host given to the SDK would replace that one too."""
    assert other_host("https://api.line.me/") is None
    assert other_host("http://127.0.0.1:8001/") == "http://127.0.0.1:8001"
