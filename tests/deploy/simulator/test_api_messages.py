import uuid
from typing import Any

import pytest

from deploy.simulator.models import Json
from tests.deploy.simulator.conftest import Line

REPLY, PUSH, MULTICAST = "/v2/bot/message/reply", "/v2/bot/message/push", "/v2/bot/message/multicast"
HELLO: list[Json] = [{"type": "text", "text": "やあ"}]


async def test_a_reply_stands_in_the_talk(line: Line) -> None:
    person = await line.friend()
    event = await line.event(person)
    answer = await line.bot.reply(event, "ようこそ", "どうぞ")
    assert answer.status_code == 200
    assert len(answer.json()["sentMessages"]) == 2
    talk = await line.client.talk(person)
    assert talk.texts() == ["ようこそ", "どうぞ"]
    assert talk.items[-1].road == "reply"
    assert talk.items[-1].id == answer.json()["sentMessages"][1]["id"]


async def test_the_second_reply_with_a_token_is_refused(line: Line) -> None:
    person = await line.friend()
    event = await line.event(person)
    await line.bot.reply(event, "一")
    again = await line.bot.reply(event, "二")
    assert (again.status_code, again.json()) == (400, {"message": "Invalid reply token"})
    assert (await line.client.talk(person)).texts() == ["一"]


async def test_a_reply_after_a_minute_is_refused(line: Line) -> None:
    event = await line.event(await line.friend())
    line.clock.forward(61)
    assert (await line.bot.reply(event, "おそい")).json() == {"message": "Invalid reply token"}


async def test_a_reply_with_a_retry_key_is_refused_and_keeps_the_token(line: Line) -> None:
    event = await line.event(await line.friend())
    body = {"replyToken": event["replyToken"], "messages": HELLO}
    assert (await line.bot.post(REPLY, body, x_line_retry_key=str(uuid.uuid4()))).status_code == 400
    assert (await line.bot.post(REPLY, body)).status_code == 200


async def test_a_wrong_message_is_refused_as_a_whole_and_keeps_the_token(line: Line) -> None:
    person = await line.friend()
    event = await line.event(person)
    refused = await line.bot.reply(event, "よい", "")
    assert refused.status_code == 400
    assert refused.json() == {
        "message": "The request body has 1 error(s)",
        "details": [{"message": "May not be empty", "property": "messages[1].text"}],
    }
    assert (await line.client.talk(person)).texts() == []
    assert (await line.bot.reply(event, "よい")).status_code == 200


async def test_a_push_arrives_and_counts(line: Line) -> None:
    person = await line.friend()
    answer = await line.bot.post(PUSH, {"to": person.id, "messages": HELLO * 2})
    assert answer.status_code == 200
    assert uuid.UUID(answer.headers["x-line-request-id"])
    assert (await line.client.talk(person)).texts() == ["やあ", "やあ"]
    consumption = await line.api.get("/v2/bot/message/quota/consumption")
    assert consumption.json() == {"totalUsage": 1}


async def test_a_retry_key_is_accepted_once(line: Line) -> None:
    person = await line.friend()
    key = str(uuid.uuid4())
    body = {"to": person.id, "messages": HELLO}
    first = await line.bot.post(PUSH, body, x_line_retry_key=key)
    second = await line.bot.post(PUSH, body, x_line_retry_key=key.upper())
    assert (first.status_code, second.status_code) == (200, 409)
    assert second.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert second.json()["sentMessages"] == first.json()["sentMessages"]
    assert len((await line.client.talk(person)).items) == 1


async def test_a_refused_push_does_not_spend_its_retry_key(line: Line) -> None:
    person = await line.friend()
    key = str(uuid.uuid4())
    await line.client.fault("push", "error")
    assert (await line.bot.post(PUSH, {"to": person.id, "messages": HELLO}, x_line_retry_key=key)).status_code == 500
    assert (await line.bot.post(PUSH, {"to": person.id, "messages": HELLO}, x_line_retry_key=key)).status_code == 200


async def test_a_retry_key_that_is_no_uuid_is_refused(line: Line) -> None:
    person = await line.friend()
    assert (await line.bot.post(PUSH, {"to": person.id, "messages": HELLO}, x_line_retry_key="one")).status_code == 400


@pytest.mark.parametrize("unreachable", ["blocked", "stranger", "unknown"])
async def test_a_push_to_nobody_is_200_does_not_arrive_and_does_not_count(line: Line, unreachable: str) -> None:
    person = await line.friend() if unreachable == "blocked" else await line.client.add_person("a")
    if unreachable == "blocked":
        await line.client.block(person)
    to = "U" + "0" * 32 if unreachable == "unknown" else person.id
    assert (await line.bot.post(PUSH, {"to": to, "messages": HELLO})).status_code == 200
    assert (await line.client.talk(person)).texts() == []
    assert line.world.quota.used(line.clock.now()) == 0


async def test_beyond_the_monthly_limit_nothing_is_sent(line: Line) -> None:
    people = [await line.friend(str(number)) for number in range(3)]
    await line.client.settings(quota=3)
    to = [person.id for person in people]
    assert (await line.bot.post(MULTICAST, {"to": to[:2], "messages": HELLO})).status_code == 200
    refused = await line.bot.post(MULTICAST, {"to": to[:2], "messages": HELLO})
    assert (refused.status_code, refused.json()) == (429, {"message": "You have reached your monthly limit."})
    assert (await line.bot.post(PUSH, {"to": to[2], "messages": HELLO})).status_code == 200
    assert (await line.client.talk(people[0])).texts() == ["やあ"]


async def test_a_reply_does_not_count_for_the_month(line: Line) -> None:
    person = await line.friend()
    await line.client.settings(quota=0)
    assert (await line.bot.reply(await line.event(person), "やあ")).status_code == 200
    assert (await line.bot.post(PUSH, {"to": person.id, "messages": HELLO})).status_code == 429


async def test_the_quota_is_shown_by_kind(line: Line) -> None:
    assert (await line.api.get("/v2/bot/message/quota")).json() == {"type": "limited", "value": 200}
    await line.client.settings(quota=None)
    assert (await line.api.get("/v2/bot/message/quota")).json() == {"type": "none"}


async def test_multicast_takes_five_hundred_people_and_no_groups(line: Line) -> None:
    everybody = [f"U{number:032x}" for number in range(501)]
    assert (await line.bot.post(MULTICAST, {"to": everybody[:500], "messages": HELLO})).status_code == 200
    assert (await line.bot.post(MULTICAST, {"to": everybody, "messages": HELLO})).status_code == 400
    assert (await line.bot.post(MULTICAST, {"to": ["C" + "0" * 32], "messages": HELLO})).status_code == 400


@pytest.mark.parametrize("kind", ["reply", "push", "multicast", "narrowcast", "broadcast"])
async def test_validation_checks_without_sending(line: Line, kind: str) -> None:
    assert (await line.bot.post(f"/v2/bot/message/validate/{kind}", {"messages": HELLO})).status_code == 200
    assert (await line.bot.post(f"/v2/bot/message/validate/{kind}", {"messages": []})).status_code == 400


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 400),
        ({"content": b"[]", "headers": {"content-type": "application/json"}}, 400),
        ({"content": b"{}", "headers": {"content-type": "text/plain"}}, 415),
        ({"content": b" " * (2 * 1024 * 1024 + 1), "headers": {"content-type": "application/json"}}, 413),
        ({"json": {"messages": HELLO}}, 400),
        ({"json": {"to": "U1", "messages": HELLO}}, 400),
        ({"json": {"to": "U" + "0" * 32, "messages": HELLO, "notificationDisabled": "no"}}, 400),
    ],
)
async def test_malformed_requests_are_refused(line: Line, request_: dict[str, Any], status: int) -> None:
    answer = await line.api.post(PUSH, **request_)
    assert answer.status_code == status
    assert answer.json()["message"]


async def test_a_wrong_token_is_401_with_a_request_id(line: Line) -> None:
    answer = await line.api.post(PUSH, json={}, headers={"authorization": "Bearer wrong"})
    assert answer.status_code == 401
    assert answer.headers["x-line-request-id"]


async def test_unknown_paths_are_told_as_line_tells_them(line: Line) -> None:
    assert (await line.api.get("/v2/bot/nothing")).json() == {"message": "Not found"}
    assert (await line.api.get(REPLY)).status_code == 405
