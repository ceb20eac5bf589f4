"""Faults on the side of the API: what the bot sees, and what the person got all the same."""

import asyncio
import time

import httpx2
import pytest

from tests.deploy.simulator.conftest import Line


@pytest.mark.parametrize(
    ("kind", "status", "message"),
    [
        ("error", 500, "Internal server error"),
        ("rate", 429, "The API rate limit has been exceeded. Try again later."),
        ("quota", 429, "You have reached your monthly limit."),
    ],
)
async def test_refusing_faults_deliver_nothing_and_keep_the_token(
    line: Line, kind: str, status: int, message: str
) -> None:
    person = await line.friend()
    event = await line.event(person)
    await line.client.fault("reply", kind)  # type: ignore[arg-type]
    answer = await line.bot.reply(event, "やあ")
    assert (answer.status_code, answer.json()["message"]) == (status, message)
    assert (await line.client.talk(person)).texts() == []
    assert (await line.bot.reply(event, "やあ")).status_code == 200


async def test_a_cut_connection_after_the_message_was_delivered(line: Line) -> None:
    person = await line.friend()
    event = await line.event(person)
    await line.client.fault("reply", "cut")
    with pytest.raises(httpx2.TransportError):
        await line.bot.reply(event, "やあ")
    assert (await line.client.talk(person)).texts() == ["やあ"]
    assert (await line.bot.reply(event, "やあ")).status_code == 400


async def test_a_dropped_connection_before_anything_happened(line: Line) -> None:
    person = await line.friend()
    event = await line.event(person)
    await line.client.fault("reply", "drop")
    with pytest.raises(httpx2.TransportError):
        await line.bot.reply(event, "やあ")
    assert (await line.client.talk(person)).texts() == []


async def test_a_slow_answer_comes_after_the_delivery(line: Line) -> None:
    person = await line.friend()
    event = await line.event(person)
    await line.client.fault("reply", "slow", seconds=0.3)
    began = time.monotonic()
    sending = asyncio.create_task(line.bot.reply(event, "やあ"))
    talk = await line.client.hear(person, 1)
    assert talk.texts() == ["やあ"]
    assert (await sending).status_code == 200
    assert time.monotonic() - began >= 0.3


async def test_an_empty_answer_after_the_delivery(line: Line) -> None:
    person = await line.friend()
    event = await line.event(person)
    await line.client.fault("any", "empty")
    answer = await line.bot.reply(event, "やあ")
    assert (answer.status_code, answer.content) == (200, b"")
    assert (await line.client.talk(person)).texts() == ["やあ"]


async def test_faults_are_counted_down_and_hit_only_their_endpoint(line: Line) -> None:
    person = await line.friend()
    await line.client.fault("push", "unauthorized", count=2)
    assert (await line.bot.reply(await line.event(person), "やあ")).status_code == 200
    body = {"to": person.id, "messages": [{"type": "text", "text": "a"}]}
    statuses = [(await line.bot.post("/v2/bot/message/push", body)).status_code for _ in range(3)]
    assert statuses == [401, 401, 200]


async def test_too_many_requests_in_a_second(line: Line) -> None:
    body = {"chatId": "U" + "0" * 32}
    statuses = [(await line.bot.post("/v2/bot/chat/loading/start", body)).status_code for _ in range(101)]
    assert statuses == [202] * 100 + [429]
    await line.client.settings(rate_limits=False)
    assert (await line.bot.post("/v2/bot/chat/loading/start", body)).status_code == 202


async def test_the_log_keeps_calls_without_the_access_token(line: Line) -> None:
    person = await line.friend()
    await line.bot.reply(await line.event(person), "やあ")
    (call,) = await line.client.api_calls("reply")
    assert (call.status, call.request["messages"][0]["text"]) == (200, "やあ")
    assert "access token" not in call.model_dump_json()
