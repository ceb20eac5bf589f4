"""LINE, PostgreSQL and Redis fail while people talk: nothing is lost, nothing is said twice, all recovers by itself."""

import asyncio
import time
from collections.abc import AsyncIterator

import httpx2
import pytest

from deploy.simulator.client import SimulatorClient
from deploy.simulator.settings import FaultKind, FaultTarget
from tests.faults import matrix as of
from tests.faults import traffic
from tests.faults.matrix import Matrix
from tests.faults.pieces import LONGEST_WAIT, TOKEN, Pieces
from tests.faults.traffic import Traffic

PEOPLE = 16
AWAY_SECONDS = 6.0
FAULTS: tuple[FaultKind, ...] = ("error", "drop", "cut", "empty", "rate", "slow")
SLOW_SECONDS = 10.0  # longer than we wait for an answer
FOREIGN = "ほかのプログラムです"


@pytest.fixture
async def house(matrix: Matrix) -> AsyncIterator[tuple[Pieces, SimulatorClient]]:
    async with matrix.house(None) as running:
        yield running


async def go_wrong(line: SimulatorClient, target: FaultTarget, times: int) -> None:
    """The next calls of LINE fail in every way, so many times each."""
    for kind in FAULTS:
        await line.fault(target, kind, count=times, seconds=SLOW_SECONDS)


async def test_replies_that_fail_in_every_way_are_said_once(
    matrix: Matrix, house: tuple[Pieces, SimulatorClient]
) -> None:
    pieces, line = house
    # All people are there at once, so that the failures meet many rows, and no row four times: it would be given up.
    await go_wrong(line, "reply", 2)
    moving = Traffic(line, PEOPLE)
    await moving.begin(PEOPLE)
    await moving.arrived(PEOPLE * of.EVENTS_EACH // 3)
    await go_wrong(line, "reply", 2)
    verdict = await matrix.judge(pieces, await traffic.outcome(pieces, moving))
    met = {call.fault for call in await line.api_calls("reply")}
    assert met >= set(FAULTS)
    assert verdict.details == []
    assert verdict.is_clean


async def test_pushes_that_fail_in_every_way_arrive_once(matrix: Matrix) -> None:
    async with matrix.house("worker") as (pieces, line):
        people = [await line.add_person(f"ひと{number}", follow=True) for number in range(len(FAULTS))]
        assert await line.idle(100)
        await use_up_tokens(line, pieces.simulator_url)
        await go_wrong(line, "push", 2)
        await asyncio.to_thread(pieces.worker)
        await until_all_is_said(pieces)
        talks = [(await line.talk(person)).texts() for person in people]
        met = {call.fault for call in await line.api_calls("push")}
    welcome = talks[0][1:]
    assert met >= set(FAULTS)
    assert len(welcome) == len(set(welcome)) > 0
    assert talks == [[FOREIGN, *welcome]] * len(people)


async def use_up_tokens(line: SimulatorClient, api: str) -> None:
    """Another program on the same account answers every event before us."""
    tokens = [event["replyToken"] for call in await line.webhooks() for event in call.events if "replyToken" in event]
    async with httpx2.AsyncClient(base_url=api, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False) as other:
        for token in tokens:
            words = {"replyToken": token, "messages": [{"type": "text", "text": FOREIGN}]}
            assert (await other.post("/v2/bot/message/reply", json=words)).status_code == 200


async def until_all_is_said(pieces: Pieces) -> None:
    until = time.monotonic() + LONGEST_WAIT
    while left := of.leftovers(pieces) or pieces.count("SELECT count(*) FROM outbox") == 0:
        assert time.monotonic() < until, left
        await asyncio.sleep(traffic.LOOK_SECONDS)


async def test_without_postgres_line_hears_no_and_everything_comes_by_redelivery(
    matrix: Matrix, house: tuple[Pieces, SimulatorClient]
) -> None:
    pieces, line = house
    moving = Traffic(line, PEOPLE)
    await moving.begin(PEOPLE)
    await moving.arrived(PEOPLE * of.EVENTS_EACH // 3)
    matrix.ground.kill_postmaster()
    await asyncio.sleep(1.0)  # until the last of its connections has noticed
    away_from = time.time() * 1000
    await asyncio.sleep(AWAY_SECONDS)
    back_at = time.time() * 1000
    await asyncio.to_thread(matrix.ground.revive)
    verdict = await matrix.judge(pieces, await traffic.outcome(pieces, moving))
    meanwhile = {call.status for call in await line.webhooks() if away_from < call.at < back_at}
    assert 503 in meanwhile
    assert 200 not in meanwhile
    assert verdict.details == []
    assert verdict.is_clean


async def test_without_redis_from_the_first_word_to_the_last_everything_is_answered(matrix: Matrix) -> None:
    matrix.ground.kill_redis()
    try:
        async with matrix.house(None) as (pieces, line):
            moving = Traffic(line, PEOPLE)
            await moving.begin(PEOPLE)
            seen = await traffic.outcome(pieces, moving)
            verdict = await matrix.judge(pieces, seen)
    finally:
        await asyncio.to_thread(matrix.ground.revive)
    assert verdict.details == []
