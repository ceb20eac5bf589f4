"""The numbered hostile inputs of the way out: slow, refusing, cutting LINE; limits; floods."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import pytest

from deploy.simulator.client import SimulatorClient
from tests import demo_house
from tests.demo_house import DemoHouse
from tests.scenarios.neighbours import Neighbours, body, event, text

FLOOD = 60


@pytest.fixture(scope="module")
def house() -> Iterator[DemoHouse]:
    """One of its own: here LINE refuses, the month runs out, and what waits is counted."""
    with demo_house.running() as running:
        yield running


@pytest.fixture
async def town(house: DemoHouse, line: SimulatorClient) -> Neighbours:
    await line.clear_faults()
    await line.settings(quota=None)
    return Neighbours(house, line)


@pytest.mark.line_input(15)
async def test_an_answer_whose_sending_was_cut_midway_is_finished_and_not_repeated(town: Neighbours) -> None:
    person = await town.newcomer()
    place = await town.place(person)
    await town.line.fault("reply", "drop")
    await town.line.say(person, "気になる人がいる")
    heard = await town.hear(person, place)
    assert "はじめてもよいですか" in heard
    assert len((await town.talk(person, place)).texts()) == 1


@pytest.mark.line_input(52)
@pytest.mark.parametrize("kind", ["error", "cut", "slow", "empty"])
async def test_when_nobody_knows_whether_it_arrived_it_is_said_once(town: Neighbours, kind: str) -> None:
    person = await town.newcomer()
    place = await town.place(person)
    await town.line.fault("reply", kind, seconds=12.0)  # type: ignore[arg-type]
    await town.line.say(person, "気になる人がいる")
    await town.line.hear(person, place, wait=60)
    await town.until(lambda: town.house.rows("SELECT count(*) FROM outbox WHERE state = 'sending'") == [(0,)])
    await town.settled()
    assert len((await town.talk(person, place)).texts()) == 1


@pytest.mark.line_input(53)
async def test_a_token_that_another_program_used_leads_to_one_push(town: Neighbours) -> None:
    person = await town.newcomer()
    place = await town.place(person)
    await town.send(text(person.id, "気になる人がいる"))  # its token is not LINE's
    pushes = [call for call in await town.line.api_calls("push") if call.request["to"] == person.id]
    assert [call.status for call in pushes] == [200]
    assert pushes[0].retry_key
    assert len((await town.talk(person, place)).texts()) == 1


@pytest.mark.line_input(54)
async def test_every_message_of_a_whole_talk_passes_lines_own_limits(town: Neighbours) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    await town.say(person, "隣の家のおばあさんが、ごみの中で暮らしていて、食べ物もないようです" * 10)
    await town.to_the_summary(person)
    await town.say(person, "送る")
    assert [
        call.status for call in await town.line.api_calls() if call.status == 400 and "token" not in str(call)
    ] == []


@pytest.mark.line_input(55)
async def test_a_rate_limit_is_waited_for(town: Neighbours) -> None:
    person = await town.newcomer()
    place = await town.place(person)
    await town.line.fault("reply", "rate")
    await town.line.say(person, "気になる人がいる")
    await town.hear(person, place)
    assert len((await town.talk(person, place)).texts()) == 1


@pytest.mark.line_input(55)
async def test_over_the_months_pushes_the_words_wait_for_the_next_token(town: Neighbours) -> None:
    person = await town.newcomer()
    place = await town.place(person)
    await town.line.settings(quota=0)
    await town.send(text(person.id, "気になる人がいる"))
    assert (await town.talk(person, place)).texts() == []
    assert town.house.rows("SELECT count(*) FROM outbox WHERE state = 'held'") == [(1,)]
    assert town.house.rows("SELECT used_up_since IS NOT NULL FROM channel") == [(True,)]
    heard = await town.say(person, "わかりました")
    assert "はじめてもよいですか" in heard
    assert "どなたのこと" in heard
    assert town.house.rows("SELECT count(*) FROM outbox WHERE state = 'held'") == [(0,)]
    await town.line.settings(quota=None)


@pytest.mark.line_input(59)
async def test_a_flood_is_answered_once_with_please_wait_and_delays_nobody(town: Neighbours) -> None:
    flooder, other = await town.newcomer(), await town.newcomer()
    await town.to_the_story(flooder)
    place = await town.place(flooder)
    for number in range(FLOOD):
        await town.line.say(flooder, f"{number}番めのことば、となりの家が心配です")
    assert await town.say(other, "気になる人がいる")
    await asyncio.sleep(7)  # the pause after which the last answer is said
    await town.settled()
    heard = (await town.talk(flooder, place)).texts()
    assert sum("少しお待ちください" in words for words in heard) == 1
    assert len(heard) < FLOOD
    assert "少しお待ちください" not in heard[-1]
    assert town.house.rows("SELECT count(*) FROM inbound WHERE state <> 'done'") == [(0,)]


@pytest.mark.line_input(59)
async def test_ten_thousand_new_friends_are_ten_thousand_greetings(town: Neighbours) -> None:
    people = ["U" + uuid4().hex for _ in range(300)]
    for start in range(0, len(people), 100):
        await town.line.send_raw(_batch(people[start : start + 100]))
    person = await town.newcomer()
    assert await town.say(person, "気になる人がいる")
    await town.until(lambda: town.house.rows("SELECT count(*) FROM inbound WHERE state = 'open'") == [(0,)])


def _batch(people: list[str]) -> bytes:
    return body(*(event("follow", person, follow={"isUnblocked": False}) for person in people))
