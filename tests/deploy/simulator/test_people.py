import base64
from typing import Any

import pytest

from deploy.simulator.client import Refusal
from deploy.simulator.models import Json
from tests.deploy.simulator.conftest import Line

PNG = b"\x89PNG\r\n\x1a\n" + bytes(30)


def text_with(*actions: Json) -> Json:
    items = [{"type": "action", "action": action} for action in actions]
    return {"type": "text", "text": "えらんでください", "quickReply": {"items": items}}


def postback(label: str = "はい", **more: Any) -> Json:
    return {"type": "postback", "label": label, "data": f"data:{label}", **more}


async def asked(line: Line, *messages: Json, **more: Any) -> Any:
    """A person whom the bot has just asked something."""
    person = await line.friend(**more)
    await line.bot.reply(await line.event(person), *messages)
    line.bot.events.clear()
    return person


async def test_following_and_blocking(line: Line) -> None:
    person = await line.client.add_person("住民")
    await line.client.follow(person)
    await line.client.block(person)
    await line.client.follow(person)
    await line.client.idle()
    kinds = sorted((event["type"], event.get("follow", {}).get("isUnblocked")) for event in line.bot.events)
    assert kinds == [("follow", False), ("follow", True), ("unfollow", None)]
    unfollow = next(event for event in line.bot.events if event["type"] == "unfollow")
    assert "replyToken" not in unfollow


async def test_nobody_writes_to_an_account_they_do_not_follow(line: Line) -> None:
    person = await line.client.add_person("住民")
    with pytest.raises(Refusal, match="409"):
        await line.client.say(person, "やあ")


async def test_what_people_send_comes_in_lines_shapes(line: Line) -> None:
    person = await line.friend()
    line.bot.events.clear()
    await line.client.send_sticker(person, sticker_id="3", keywords=["ok"])
    await line.client.send_location(person, 36.66, 138.19, title="善光寺")
    await line.client.act(person, "media", kind="file", name="a.pdf", size=10)
    await line.client.send_image(person)
    await line.client.idle()
    by_type = {event["message"]["type"]: event["message"] for event in line.bot.events}
    assert by_type["sticker"].items() >= {"packageId": "900001", "stickerId": "3", "keywords": ["ok"]}.items()
    assert by_type["sticker"]["stickerResourceType"] == "STATIC"
    assert by_type["location"].items() >= {"latitude": 36.66, "longitude": 138.19, "title": "善光寺"}.items()
    assert "address" not in by_type["location"]
    assert by_type["file"].items() >= {"fileName": "a.pdf", "fileSize": 10}.items()
    assert by_type["image"]["contentProvider"] == {"type": "line"}


async def test_several_pictures_are_one_set_in_several_events(line: Line) -> None:
    person = await line.friend()
    line.bot.events.clear()
    await line.client.send_image(person, count=3)
    await line.client.idle()
    sets = [event["message"]["imageSet"] for event in line.bot.events]
    assert sorted(one["index"] for one in sets) == [1, 2, 3]
    assert {(one["id"], one["total"]) for one in sets} == {(sets[0]["id"], 3)}


async def test_a_picture_can_be_fetched_until_it_is_taken_back(line: Line) -> None:
    person = await line.friend()
    outcome = await line.client.act(person, "image", data=base64.b64encode(PNG).decode())
    path = f"/v2/bot/message/{outcome.items[0]}/content"
    answer = await line.api.get(path)
    assert (answer.headers["content-type"], answer.content) == ("image/png", PNG)
    await line.client.unsend(person, outcome.items[0])
    await line.client.idle()
    assert (await line.api.get(path)).status_code == 410
    assert (await line.api.get("/v2/bot/message/1/content")).status_code == 404


async def test_a_picture_must_be_a_picture(line: Line) -> None:
    person = await line.friend()
    with pytest.raises(Refusal, match="neither JPEG nor PNG"):
        await line.client.act(person, "image", data=base64.b64encode(b"<svg/>").decode())


async def test_taking_a_message_back(line: Line) -> None:
    person = await line.friend()
    event = await line.event(person, "ひみつ")
    await line.client.unsend(person, event["message"]["id"])
    await line.client.idle()
    unsend = line.bot.events[-1]
    assert unsend["unsend"] == {"messageId": event["message"]["id"]}
    assert "replyToken" not in unsend
    (item,) = (await line.client.talk(person)).items
    assert (item.unsent, item.text) == (True, "")
    with pytest.raises(Refusal):
        await line.client.unsend(person, event["message"]["id"])


async def test_a_postback_shows_its_display_text_and_sends_its_data(line: Line) -> None:
    person = await asked(line, text_with(postback(displayText="はい、そうです")))
    await line.client.tap(person, "はい")
    await line.client.idle()
    (event,) = line.bot.events
    assert (event["type"], event["postback"]) == ("postback", {"data": "data:はい"})
    assert (await line.client.talk(person)).texts("person")[-1] == "はい、そうです"


async def test_quick_replies_vanish_when_tapped(line: Line) -> None:
    person = await asked(line, text_with(postback(), postback("いいえ")))
    assert (await line.client.talk(person)).quick_replies == ["はい", "いいえ"]
    await line.client.tap(person, "いいえ")
    assert (await line.client.talk(person)).quick_replies == []
    with pytest.raises(Refusal, match="no such button"):
        await line.client.tap(person, "はい")


async def test_quick_replies_vanish_when_a_message_follows(line: Line) -> None:
    person = await asked(line, text_with(postback()), {"type": "text", "text": "つづき"})
    assert (await line.client.talk(person)).quick_replies == []


async def test_buttons_of_old_bubbles_stay_live(line: Line) -> None:
    card = {"type": "buttons", "text": "a", "actions": [postback("古い")]}
    person = await asked(line, {"type": "template", "altText": "a", "template": card}, {"type": "text", "text": "b"})
    await line.client.say(person, "ほかの話")
    await line.client.tap(person, "古い")
    await line.client.idle()
    assert {"data": "data:古い"} in [event.get("postback") for event in line.bot.events]


async def test_the_nearest_of_two_equal_buttons_is_tapped(line: Line) -> None:
    def card(data: str) -> Json:
        actions = [{"type": "postback", "label": "同じ", "data": data}]
        return {"type": "template", "altText": "a", "template": {"type": "buttons", "text": "a", "actions": actions}}

    person = await asked(line, card("old"), card("new"))
    await line.client.tap(person, "同じ")
    await line.client.idle()
    assert line.bot.events[-1]["postback"]["data"] == "new"


async def test_buttons_inside_flex_are_found(line: Line) -> None:
    inner = {"type": "box", "layout": "horizontal", "contents": [{"type": "button", "action": postback("中")}]}
    body = {"type": "box", "layout": "vertical", "contents": [inner]}
    person = await asked(line, {"type": "flex", "altText": "a", "contents": {"type": "bubble", "body": body}})
    await line.client.tap(person, "中")
    await line.client.idle()
    assert line.bot.events[-1]["postback"]["data"] == "data:中"


async def test_a_message_action_says_its_text(line: Line) -> None:
    person = await asked(line, text_with({"type": "message", "label": "短い", "text": "長いことば"}))
    await line.client.tap(person, "短い")
    await line.client.idle()
    assert line.bot.events[-1]["message"]["text"] == "長いことば"


async def test_links_and_clipboard_open_on_the_phone_only(line: Line) -> None:
    link = {"type": "uri", "label": "電話", "uri": "tel:119"}
    copy = {"type": "clipboard", "label": "番号", "clipboardText": "A-1"}
    person = await asked(line, text_with(link, copy))
    opened = await line.client.tap(person, "電話")
    copied = await line.client.tap(person, "番号")
    assert [(opened.opens, opened.value), (copied.opens, copied.value)] == [("uri", "tel:119"), ("clipboard", "A-1")]
    assert line.bot.events == []


async def test_a_date_is_picked_within_its_limits(line: Line) -> None:
    picker = {"type": "datetimepicker", "label": "日", "data": "d", "mode": "date", "min": "2026-04-01"}
    person = await asked(line, text_with(picker))
    for wrong in (None, "四月", "2026-03-31"):
        with pytest.raises(Refusal):
            await line.client.tap(person, "日", moment=wrong)
    await line.client.tap(person, "日", moment="2026-04-02")
    await line.client.idle()
    assert line.bot.events[-1]["postback"] == {"data": "d", "params": {"date": "2026-04-02"}}


async def test_a_location_button_sends_the_chosen_place(line: Line) -> None:
    person = await asked(line, text_with({"type": "location", "label": "場所"}))
    with pytest.raises(Refusal, match="choose a place"):
        await line.client.tap(person, "場所")
    await line.client.tap(person, "場所", latitude=36.6, longitude=138.2)
    await line.client.idle()
    assert line.bot.events[-1]["message"]["latitude"] == 36.6


async def test_at_a_pc_there_are_no_quick_replies_and_no_camera(line: Line) -> None:
    person = await asked(line, text_with(postback()), device="pc")
    assert (await line.client.talk(person)).quick_replies == []
    picker = {"type": "datetimepicker", "label": "日", "data": "d", "mode": "date"}
    card = {"type": "template", "altText": "a", "template": {"type": "buttons", "text": "a", "actions": [picker]}}
    await line.bot.reply(await line.event(person), card)
    with pytest.raises(Refusal, match="does not exist on a PC"):
        await line.client.tap(person, "日", moment="2026-04-02")


async def test_messages_are_read_when_the_bot_has_them(line: Line) -> None:
    person = await line.friend()
    await line.event(person)
    assert (await line.client.talk(person)).items[-1].read


async def test_with_staff_chat_on_messages_are_read_by_token(line: Line) -> None:
    person = await line.friend()
    await line.client.settings(chat_mode="chat")
    await line.event(person, "一")
    event = await line.event(person, "二")
    assert not any(item.read for item in (await line.client.talk(person)).items)
    token = event["message"]["markAsReadToken"]
    assert (await line.bot.post("/v2/bot/chat/markAsRead", {"markAsReadToken": token})).status_code == 200
    assert all(item.read for item in (await line.client.talk(person)).items)
    assert (await line.bot.post("/v2/bot/chat/markAsRead", {"markAsReadToken": "x"})).status_code == 400


async def test_an_answer_to_an_older_message_names_it(line: Line) -> None:
    person = await line.friend()
    event = await line.event(person, "一")
    await line.client.act(person, "text", text="二", quote=event["message"]["id"])
    await line.client.idle()
    assert line.bot.events[-1]["message"]["quotedMessageId"] == event["message"]["id"]
