import base64
import hashlib
import hmac
import json
import re
import time
from typing import Any

import pytest

from tests.deploy.simulator.conftest import SECRET, Line

ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def signature_of(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


async def test_every_webhook_is_signed_over_its_raw_body(line: Line) -> None:
    person = await line.friend()
    await line.event(person, "「気になる人」🍎")
    for body, headers in zip(line.bot.bodies, line.bot.headers, strict=True):
        assert headers["x-line-signature"] == signature_of(body)
        assert headers["x-line-signature"] != signature_of(body, "another secret")


async def test_the_event_has_the_shape_of_the_description(line: Line) -> None:
    person = await line.friend()
    event = await line.event(person, "やあ")
    envelope = json.loads(line.bot.bodies[-1])
    assert envelope["destination"] == line.world.bot_id
    assert re.fullmatch(r"U[0-9a-f]{32}", envelope["destination"])
    assert event["type"] == "message"
    assert event["mode"] == "active"
    assert event["timestamp"] == int(line.clock.now() * 1000)
    assert event["source"] == {"type": "user", "userId": person.id}
    assert ULID.fullmatch(event["webhookEventId"])
    assert event["deliveryContext"] == {"isRedelivery": False}
    assert re.fullmatch(r"[0-9a-f]{32}", event["replyToken"])
    assert event["message"].items() >= {"type": "text", "text": "やあ"}.items()
    assert event["message"]["id"].isdigit()
    assert event["message"]["quoteToken"]


async def test_the_ulid_carries_the_time_of_the_event(line: Line) -> None:
    event = await line.event(await line.friend())
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = 0
    for letter in event["webhookEventId"]:
        number = number * 32 + alphabet.index(letter)
    assert number >> 80 == event["timestamp"]


async def test_a_failed_webhook_is_sent_again_with_the_same_ids(line: Line) -> None:
    person = await line.friend()
    await line.client.settings(redelivery=True, redelivery_interval=0.01)
    line.bot.statuses = [500, 503]
    line.bot.events.clear()
    await line.client.say(person, "やあ")
    assert await line.client.idle()
    first, second, third = line.bot.events
    assert [event["deliveryContext"]["isRedelivery"] for event in line.bot.events] == [False, True, True]
    assert first | {"deliveryContext": {}} == second | {"deliveryContext": {}} == third | {"deliveryContext": {}}
    assert (await line.bot.reply(third, "おまたせ")).status_code == 200


async def test_without_redelivery_a_failed_webhook_is_lost(line: Line) -> None:
    person = await line.friend()
    line.bot.statuses = [500]
    await line.event(person)
    talk = await line.client.talk(person)
    assert (talk.items[-1].delivery, talk.items[-1].read) == ("failed", False)
    assert (await line.client.statistics())["error_status_code"] == 1


async def test_redelivery_ends(line: Line) -> None:
    person = await line.friend()
    await line.client.settings(redelivery=True, redelivery_interval=0, redelivery_limit=2)
    line.bot.statuses = [500] * 10
    await line.event(person)
    assert len([call for call in await line.client.webhooks() if call.outcome == "error_status_code"]) == 3


async def test_a_bot_that_answers_too_late_is_a_timeout_though_it_has_the_event(line: Line) -> None:
    person = await line.friend()
    await line.client.settings(webhook_timeout=0.1)
    line.bot.delay = 0.3
    began = time.monotonic()
    await line.event(person)
    assert time.monotonic() - began < 0.3
    assert (await line.client.statistics())["request_timeout"] == 1


async def test_a_bot_that_is_away_is_told_in_the_statistics(line: Line) -> None:
    person = await line.friend()
    await line.client.settings(webhook_url="http://127.0.0.1:9/hook")
    await line.client.say(person, "やあ")
    await line.client.idle()
    assert (await line.client.statistics())["could_not_connect"] == 1


async def test_every_webhook_twice(line: Line) -> None:
    person = await line.friend()
    await line.client.settings(twice=True)
    line.bot.events.clear()
    await line.event(person)
    assert len(line.bot.events) == 2
    assert line.bot.events[0] == line.bot.events[1]


async def test_batched_events_of_several_people_come_in_one_webhook(line: Line) -> None:
    people = [await line.friend(str(number)) for number in range(3)]
    await line.client.settings(batch=True, window=0.1)
    before = len(line.bot.bodies)
    for person in people:
        await line.client.say(person, "やあ")
    await line.client.idle()
    assert len(line.bot.bodies) == before + 1
    sources = {event["source"]["userId"] for event in json.loads(line.bot.bodies[-1])["events"]}
    assert sources == {person.id for person in people}


async def test_shuffled_events_all_arrive_in_another_order(line: Line) -> None:
    person = await line.friend()
    await line.client.settings(shuffle=True, batch=True, window=0.2)
    line.bot.events.clear()
    for number in range(30):
        await line.client.say(person, str(number))
    await line.client.idle()
    heard = [event["message"]["text"] for event in line.bot.events]
    assert sorted(heard, key=int) == [str(number) for number in range(30)]
    assert heard != sorted(heard, key=int)


async def test_standby_gives_no_reply_token(line: Line) -> None:
    person = await line.friend()
    await line.client.settings(mode="standby")
    event = await line.event(person)
    assert event["mode"] == "standby"
    assert "replyToken" not in event


async def test_webhooks_can_be_switched_off(line: Line) -> None:
    person = await line.friend()
    await line.client.settings(webhook_active=False)
    line.bot.events.clear()
    await line.client.say(person, "やあ")
    await line.client.idle()
    assert line.bot.events == []
    assert (await line.client.webhooks())[-1].outcome == "off"


@pytest.mark.parametrize(("given", "right"), [(None, True), ("", False), ("bm8=", False)])
async def test_raw_bytes_can_be_sent_with_any_signature(line: Line, given: str | None, right: Any) -> None:
    body = b'{ "events": [] , "destination": "x" }'
    sent = await line.client.send_raw(body, given)
    assert sent.outcome == "success"
    assert line.bot.bodies[-1] == body
    assert (line.bot.headers[-1]["x-line-signature"] == signature_of(body)) is right
