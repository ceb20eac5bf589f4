"""LINE's own SDK takes us for LINE: it knows every event and reads every answer."""

import pytest
from linebot.v3 import WebhookParser
from linebot.v3.messaging import (
    ApiException,
    AsyncApiClient,
    AsyncMessagingApi,
    AsyncMessagingApiBlob,
    Configuration,
    PushMessageRequest,
    ReplyMessageRequest,
    ShowLoadingAnimationRequest,
    TextMessage,
)

from tests.deploy.simulator.conftest import SECRET, TOKEN, Line


async def test_the_sdk_knows_every_event(line: Line) -> None:
    person = await line.friend()
    said = await line.client.say(person, "やあ")
    await line.client.send_sticker(person)
    await line.client.send_image(person, count=2)
    await line.client.send_location(person, 36.6, 138.2, title="a", address="b")
    for kind in ("video", "audio", "file"):
        await line.client.act(person, "media", kind=kind)
    await line.client.unsend(person, said.items[0])
    await line.client.block(person)
    await line.client.idle()
    parser = WebhookParser(SECRET)
    for body, headers in zip(line.bot.bodies, line.bot.headers, strict=True):
        for event in parser.parse(body.decode(), headers["x-line-signature"]):
            assert type(event).__name__ != "UnknownEvent"


async def test_the_sdk_reads_every_answer(line: Line) -> None:
    person = await line.friend()
    event = await line.event(person)
    photo = await line.client.send_image(person)
    async with AsyncApiClient(Configuration(host=line.address, access_token=TOKEN)) as client:
        api = AsyncMessagingApi(client)
        hello = [TextMessage(text="やあ")]
        replied = await api.reply_message(ReplyMessageRequest(replyToken=event["replyToken"], messages=hello))
        assert replied.sent_messages[0].id == (await line.client.talk(person)).items[-1].id
        key = "123e4567-e89b-12d3-a456-426614174000"
        push = PushMessageRequest(to=person.id, messages=hello)
        await api.push_message(push, x_line_retry_key=key)
        with pytest.raises(ApiException) as again:
            await api.push_message(push, x_line_retry_key=key)
        assert again.value.status == 409
        assert again.value.headers["x-line-accepted-request-id"]
        assert (await api.get_message_quota_consumption()).total_usage == 1
        assert (await api.get_profile(person.id)).display_name == "住民"
        assert (await api.get_bot_info()).chat_mode == "bot"
        await api.show_loading_animation(ShowLoadingAnimationRequest(chatId=person.id, loadingSeconds=5))
        content = await AsyncMessagingApiBlob(client).get_message_content(photo.items[0])
        assert bytes(content).startswith(b"\xff\xd8")
