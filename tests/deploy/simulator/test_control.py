import asyncio
import json

import httpx2
import pytest

from deploy.simulator.client import Refusal
from tests.deploy.simulator.conftest import Line


async def test_waiting_for_the_bot_ends_when_it_speaks(line: Line) -> None:
    person = await line.friend()
    event = await line.event(person)
    waiting = asyncio.create_task(line.client.hear(person, 1, wait=5))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await line.bot.reply(event, "やあ")
    assert (await waiting).texts() == ["やあ"]


async def test_waiting_in_vain_says_so(line: Line) -> None:
    person = await line.friend()
    with pytest.raises(AssertionError, match="said nothing"):
        await line.client.hear(person, 0, wait=0.05)


async def test_settings_change_together_or_not_at_all(line: Line) -> None:
    with pytest.raises(Refusal, match="422"):
        await line.client.settings(twice=True, delay=-1)
    with pytest.raises(Refusal, match="422"):
        await line.client.settings(unknown=1)
    assert not (await line.client.settings()).twice
    assert (await line.client.settings(twice=True, delay=0.1)).twice


async def test_reset_empties_the_world(line: Line) -> None:
    person = await line.friend()
    await line.client.settings(twice=True)
    await line.client.fault("reply", "error")
    await line.client.reset()
    assert await line.client.people() == []
    assert not (await line.client.settings()).twice
    assert await line.client.webhooks() == []
    with pytest.raises(Refusal, match="404"):
        await line.client.talk(person)


async def test_news_come_as_server_sent_events(line: Line) -> None:
    async with line.api.stream("GET", "/sim/events") as stream:
        lines = stream.aiter_lines()
        assert json.loads((await anext(lines)).removeprefix("data: ")) == {"kind": "hello"}
        person = await line.client.add_person("住民")
        await line.client.follow(person)
        heard = []
        while "talk" not in heard:
            news = await anext(lines)
            if news:
                heard.append(json.loads(news.removeprefix("data: "))["kind"])
    assert heard[0] == "people"


async def test_other_web_pages_cannot_act(line: Line) -> None:
    body = {"name": "だれか"}
    foreign = await line.api.post("/sim/people", json=body, headers={"sec-fetch-site": "cross-site"})
    own = await line.api.post("/sim/people", json=body, headers={"sec-fetch-site": "same-origin"})
    assert (foreign.status_code, own.status_code) == (403, 201)


async def test_the_device_of_a_person_can_change(line: Line) -> None:
    person = await line.friend()
    assert (await line.client.set_device(person, "pc")).device == "pc"


async def test_unknown_acts_are_refused(line: Line) -> None:
    person = await line.friend()
    with pytest.raises(Refusal, match="422"):
        await line.client.act(person, "shout")
    with pytest.raises(Refusal, match="422"):
        await line.client.say(person, "")


async def test_a_client_closes_its_connections(line: Line) -> None:
    await line.client.people()
    async with httpx2.AsyncClient(base_url=line.address, trust_env=False) as other:
        assert (await other.get("/sim/state")).json()["people"] == []
