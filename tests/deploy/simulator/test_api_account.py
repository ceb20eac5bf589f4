import pytest

from tests.deploy.simulator.conftest import TOKEN, Line


async def test_the_account_tells_of_itself(line: Line) -> None:
    info = (await line.api.get("/v2/bot/info")).json()
    assert info.items() >= {"userId": line.world.bot_id, "chatMode": "bot", "markAsReadMode": "auto"}.items()
    await line.client.settings(chat_mode="chat")
    assert (await line.api.get("/v2/bot/info")).json()["markAsReadMode"] == "manual"


async def test_profiles_of_friends_only(line: Line) -> None:
    person = await line.friend("山田")
    path = f"/v2/bot/profile/{person.id}"
    assert (await line.api.get(path)).json()["displayName"] == "山田"
    await line.client.block(person)
    assert (await line.api.get(path)).status_code == 404
    assert (await line.api.get("/v2/bot/profile/U0")).status_code == 404


async def test_the_loading_animation_ends_by_itself_or_with_a_message(line: Line) -> None:
    person = await line.friend()
    start = {"chatId": person.id, "loadingSeconds": 10}
    assert (await line.bot.post("/v2/bot/chat/loading/start", start)).status_code == 202
    assert (await line.client.talk(person)).loading == 10
    line.clock.forward(11)
    assert (await line.client.talk(person)).loading == 0
    await line.bot.post("/v2/bot/chat/loading/start", start)
    await line.bot.reply(await line.event(person), "はい")
    assert (await line.client.talk(person)).loading == 0


@pytest.mark.parametrize("seconds", [0, 4, 7, 65, "20", True])
async def test_loading_seconds_are_multiples_of_five(line: Line, seconds: object) -> None:
    body = {"chatId": "U" + "0" * 32, "loadingSeconds": seconds}
    assert (await line.bot.post("/v2/bot/chat/loading/start", body)).status_code == 400


async def test_groups_have_no_loading_animation(line: Line) -> None:
    assert (await line.bot.post("/v2/bot/chat/loading/start", {"chatId": "C" + "0" * 32})).status_code == 400


async def test_the_webhook_address_can_be_read_set_and_tried(line: Line) -> None:
    path = "/v2/bot/channel/webhook/endpoint"
    url = (await line.api.get(path)).json()["endpoint"]
    tried = await line.bot.post("/v2/bot/channel/webhook/test", {})
    assert tried.json().items() >= {"success": True, "statusCode": 200, "reason": "OK"}.items()
    assert line.bot.events == []
    assert (await line.api.put(path, json={"endpoint": "https://example.com/hook"})).status_code == 200
    assert (await line.api.get(path)).json() == {"endpoint": "https://example.com/hook", "active": True}
    assert (await line.api.put(path, json={"endpoint": "http://example.com/hook"})).status_code == 400
    assert (await line.api.put(path, json={"endpoint": "https://example.com/".ljust(501, "a")})).status_code == 400
    assert url.startswith("http://127.0.0.1")


async def test_access_tokens_are_verified(line: Line) -> None:
    right = await line.api.get("/oauth2/v2.1/verify", params={"access_token": TOKEN})
    wrong = await line.api.get("/oauth2/v2.1/verify", params={"access_token": "x"})
    assert (right.status_code, wrong.status_code) == (200, 400)
    assert right.json()["expires_in"] > 0


async def test_id_tokens_are_verified_for_their_own_channel_and_hour(line: Line) -> None:
    person = await line.friend()
    token = await line.client.id_token(person, "login-channel", "n1")

    async def verify(**form: str) -> tuple[int, str]:
        answer = await line.api.post("/oauth2/v2.1/verify", data={"id_token": token, **form})
        return answer.status_code, answer.json().get("sub") or answer.json()["error_description"]

    assert await verify(client_id="login-channel", nonce="n1") == (200, person.id)
    assert await verify(client_id="other") == (400, "Invalid IdToken Audience.")
    assert await verify(client_id="login-channel", nonce="n2") == (400, "Invalid IdToken Nonce.")
    line.clock.forward(3601)
    assert await verify(client_id="login-channel") == (400, "IdToken expired.")
