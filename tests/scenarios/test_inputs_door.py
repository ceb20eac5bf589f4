"""The numbered hostile inputs that the door must bear: signatures, bodies, batches, duplicates, other events."""

import asyncio
import gzip
import json
from uuid import uuid4

import httpx2
import pytest

from deploy.simulator.client import SimulatorClient
from tests.demo_house import DemoHouse
from tests.scenarios.neighbours import DESTINATION, Neighbours, body, event, tap, text
from tests.scenarios.test_webhook_door import post, sign


@pytest.fixture
async def town(house: DemoHouse, line: SimulatorClient) -> Neighbours:
    await line.settings(quota=None)
    return Neighbours(house, line)


def signed(house: DemoHouse, content: bytes, **headers: str) -> dict[str, str]:
    return {"x-line-signature": sign(content, house.secrets.channel_secret), **headers}


@pytest.mark.line_input(1, 2)
@pytest.mark.parametrize("given", [None, "", "あ" * 44, "x" * 10_000, "=" * 44])
async def test_without_a_right_signature_nothing_gets_in(town: Neighbours, given: str | None) -> None:
    content = body(text("U" + uuid4().hex, "こんにちは"))
    before = town.house.count("inbound")
    headers = {} if given is None else {"x-line-signature": given.encode()}
    answer = post(town.house, content, headers)
    assert answer.status_code in {400, 401, 431}
    assert answer.content == b"" or answer.status_code == 400
    assert town.house.count("inbound") == before


@pytest.mark.line_input(3)
async def test_the_signature_is_over_the_bytes_as_they_came(town: Neighbours) -> None:
    found = text("U" + uuid4().hex, "こんにちは")
    content = json.dumps({"events": [found], "destination": DESTINATION}, indent=3, ensure_ascii=False).encode()
    assert (await town.raw(content)).status == 200
    assert town.states(found["webhookEventId"]) == ["done"]


@pytest.mark.line_input(4)
@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\xef\xbb\xbf{}", b'{"events": [', b"\x1f\x8b"])
async def test_signed_bytes_that_are_no_json_are_refused_once(town: Neighbours, content: bytes) -> None:
    assert (await town.raw(content)).status == 400
    assert post(town.house, content, {"x-line-signature": "x"}).status_code == 401  # the signature is looked at first


@pytest.mark.line_input(5)
async def test_a_body_without_end_is_cut_off(town: Neighbours) -> None:
    huge = body(text("U" + uuid4().hex, "あ" * 400_000))
    assert len(huge) > 1_000_000
    assert post(town.house, huge, signed(town.house, huge)).status_code == 413

    async def endless() -> object:
        for _ in range(400):
            yield b"x" * 10_000

    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.post(
            f"{town.house.web}/line/webhook", content=endless(), headers={"x-line-signature": "x" * 44}
        )
    assert answer.status_code == 413


@pytest.mark.line_input(5)
async def test_a_compressed_body_is_no_webhook_of_line(town: Neighbours) -> None:
    content = gzip.compress(body(text("U" + uuid4().hex, "こんにちは")))
    answer = post(town.house, content, signed(town.house, content, **{"content-encoding": "gzip"}))
    assert answer.status_code == 400


@pytest.mark.line_input(6)
async def test_the_check_with_no_events_is_answered_and_leaves_nothing(town: Neighbours) -> None:
    before = town.house.count("inbound")
    assert (await town.raw(body(destination=DESTINATION))).status == 200
    assert town.house.count("inbound") == before


@pytest.mark.line_input(7)
async def test_the_old_consoles_made_up_events_are_known_for_what_they_are(town: Neighbours) -> None:
    before = (town.house.count("inbound"), len(await town.line.api_calls()))
    user = "U" + "deadbeef" * 4
    made_up = [
        {"type": "message", "timestamp": 1, "replyToken": "0" * 32, "source": {"type": "user", "userId": user}},
        {"type": "message", "timestamp": 1, "replyToken": "f" * 32, "source": {"type": "user", "userId": user}},
    ]
    assert (await town.raw(body(*made_up))).status == 200
    assert (town.house.count("inbound"), len(await town.line.api_calls())) == before


@pytest.mark.line_input(8)
@pytest.mark.parametrize("content", [b"{}", b'{"events": null}', b"[]", b"5", b'"x"', b"null"])
async def test_signed_but_shapeless_never_loops(town: Neighbours, content: bytes) -> None:
    before = town.house.count("inbound")
    assert (await town.raw(content)).status == 200
    assert town.house.count("inbound") == before


@pytest.mark.line_input(9)
async def test_what_is_no_event_harms_no_neighbour(town: Neighbours) -> None:
    person = await town.newcomer()
    place = await town.place(person)
    await town.send(None, 5, [], {}, {"type": 7}, {"no": "type"}, text(person.id, "気になる人がいる"), "x")
    assert not await town.silent(person, place)


@pytest.mark.line_input(10)
async def test_one_broken_event_among_a_hundred_loses_no_other(town: Neighbours) -> None:
    people = ["U" + uuid4().hex for _ in range(50)]
    events = [text(person, words) for person in people for words in ("こんにちは", "ありがとう")]
    events[37] = {"type": "message", "source": 7, "message": [], "timestamp": {}, "webhookEventId": []}
    await town.send(*events)
    whole = [one["webhookEventId"] for one in events if one["webhookEventId"]]
    assert town.states(*whole) == ["done"] * 99


@pytest.mark.line_input(11)
async def test_the_same_event_twice_in_one_body_acts_once(town: Neighbours) -> None:
    person = await town.newcomer()
    place = await town.place(person)
    once = text(person.id, "気になる人がいる")
    await town.send(once, once)
    assert town.states(once["webhookEventId"]) == ["done"]
    assert len((await town.talk(person, place)).texts()) == 1


@pytest.mark.line_input(12)
async def test_the_same_event_at_the_same_moment_from_everywhere_acts_once(town: Neighbours) -> None:
    person = await town.newcomer()
    place = await town.place(person)
    content = body(text(person.id, "気になる人がいる"), destination=DESTINATION)
    answers = await asyncio.gather(*(town.line.send_raw(content) for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
    await town.settled()
    assert len((await town.talk(person, place)).texts()) == 1


@pytest.mark.line_input(22, 23)
@pytest.mark.parametrize("mode", ["standby", "sleeping", 7])
async def test_while_another_program_leads_we_are_silent_and_keep_no_words(town: Neighbours, mode: object) -> None:
    person = await town.newcomer()
    place = await town.place(person)
    heard = text(person.id, "となりの家のことで", mode=mode, replyToken=...)
    await town.send(heard)
    assert town.states(heard["webhookEventId"]) == ["done"]
    assert await town.silent(person, place)


@pytest.mark.line_input(24)
async def test_events_that_lost_their_ids_are_handled_and_still_known_again(town: Neighbours) -> None:
    person = await town.newcomer()
    place = await town.place(person)
    bare = text(person.id, "気になる人がいる", webhookEventId=..., deliveryContext=...)
    await town.send(bare)
    await town.send(bare)
    assert len((await town.talk(person, place)).texts()) == 1


@pytest.mark.line_input(25)
@pytest.mark.parametrize("timestamp", [1.5, "yesterday", 0, -1, 4_102_444_800_000, None, [], 10**30])
async def test_an_absurd_time_loses_nobodys_words(town: Neighbours, timestamp: object) -> None:
    person = await town.newcomer()
    place = await town.place(person)
    await town.send(text(person.id, "気になる人がいる", timestamp=timestamp))
    assert not await town.silent(person, place)


@pytest.mark.line_input(26)
async def test_who_has_no_id_gets_one_neutral_sentence_and_no_talk(town: Neighbours) -> None:
    people = town.house.count("conversations")
    await town.send(text(None, "こんにちは"), text(None, "こんにちは", source=...))
    assert town.house.count("conversations") == people
    replies = [call for call in await town.line.api_calls("reply") if "スマートフォンの LINE から" in str(call.request)]
    assert len(replies) >= 1


@pytest.mark.line_input(27, 28)
async def test_in_a_group_one_sentence_at_the_door_and_then_silence(town: Neighbours) -> None:
    group = {"type": "group", "groupId": "C" + uuid4().hex}
    person = {**group, "userId": "U" + uuid4().hex}
    before = len(await town.line.api_calls())
    conversations = town.house.count("conversations")
    members = {"joined": {"members": [{"type": "user", "userId": "U" + uuid4().hex}]}}
    await town.send(
        event("join", None, source=group),
        *(event("memberJoined", None, source=group, **members) for _ in range(5)),
        text(None, "近所のことで相談があります", source=person),
        text(None, "いま なぐられている", source=person),
        event("leave", None, source=group, replyToken=...),
    )
    calls = (await town.line.api_calls())[before:]
    assert [call.name for call in calls] == ["reply"]
    assert "1対1" in str(calls[0].request)
    assert town.house.count("conversations") == conversations


@pytest.mark.line_input(57)
async def test_a_body_captured_long_ago_opens_nothing(town: Neighbours) -> None:
    person = await town.newcomer()
    place = await town.place(person)
    old = text(person.id, "気になる人がいる", age=20 * 86_400)
    await town.send(old)
    assert town.states(old["webhookEventId"]) == []
    assert await town.silent(person, place)


@pytest.mark.line_input(58)
async def test_a_webhook_for_another_bot_is_refused(town: Neighbours) -> None:
    person = await town.newcomer()
    place = await town.place(person)
    foreign = text(person.id, "気になる人がいる")
    await town.until(lambda: town.house.rows("SELECT bot_user_id FROM channel") != [(None,)])
    sent = await town.raw(body(foreign, destination="U" + "9" * 32))
    assert sent.status == 403
    assert town.states(foreign["webhookEventId"]) == []
    assert await town.silent(person, place)


@pytest.mark.line_input(61)
async def test_events_that_are_no_talk_are_taken_and_answered_with_nothing(town: Neighbours) -> None:
    person = await town.newcomer()
    place = await town.place(person)
    before = len(await town.line.api_calls())
    await town.send(
        event("beacon", person.id, beacon={"hwid": "d41d8cd98f", "type": "enter"}),
        event("beacon", person.id, beacon={"hwid": "d41d8cd98f", "type": "leave"}),
        event("videoPlayComplete", person.id, videoPlayComplete={"trackingId": "t"}),
        event("membership", person.id, membership={"type": "renewed", "membershipId": 1}),
        event("delivery", None, replyToken=..., delivery={"data": "x"}),
        event("module", None, replyToken=..., module={"type": "attached"}),
        event("activated", None, replyToken=..., chatControl={"expireAt": 1}),
        event("deactivated", None, replyToken=...),
    )
    assert await town.silent(person, place)
    assert len(await town.line.api_calls()) == before


@pytest.mark.line_input(61)
async def test_a_suspended_account_is_an_alarm_until_it_is_resumed(town: Neighbours) -> None:
    await town.send(event("botSuspended", None, replyToken=..., source=...))
    assert town.house.rows("SELECT suspended_at IS NOT NULL FROM channel") == [(True,)]
    await town.send(event("botResumed", None, replyToken=..., source=...))
    assert town.house.rows("SELECT suspended_at IS NOT NULL FROM channel") == [(False,)]


@pytest.mark.line_input(63)
@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000, b'{"events":' * 50_000, b'{"events": [' + b"9" * 500_000 + b"]}"],
    ids=["brackets", "objects", "digits"],
)
async def test_nesting_and_numbers_without_end_are_refused_quickly(town: Neighbours, content: bytes) -> None:
    assert (await town.raw(content)).status in {200, 400}
    assert (await town.raw(body(destination=DESTINATION))).status == 200


@pytest.mark.line_input(64)
async def test_a_clock_that_runs_ahead_or_behind_silences_nobody(town: Neighbours) -> None:
    for age in (-3600.0, 600.0):
        person = await town.newcomer()
        place = await town.place(person)
        await town.send(text(person.id, "気になる人がいる", age=age))
        assert not await town.silent(person, place)


@pytest.mark.line_input(20)
@pytest.mark.parametrize("data", ["", "{}", "😀" * 150, "%7B%22a%22%3A1%7D", "k1:", "k1:::::", None, 7, "menu:nowhere"])
async def test_data_that_is_not_ours_breaks_nothing(town: Neighbours, data: object) -> None:
    person = await town.newcomer()
    heard = tap(person.id, data)
    await town.send(heard)
    assert town.states(heard["webhookEventId"]) == ["done"]
    assert "気になる人がいる" in await town.say(person, "メニュー")
