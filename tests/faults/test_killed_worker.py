"""kill -9 of the worker under traffic: nothing is lost or doubled; everybody sees each answer once, in order."""

import signal

import psycopg
import pytest
import yaml

from deploy.simulator.client import SimulatorClient
from deploy.simulator.views import RunView
from tests import demo_house
from tests.faults.conftest import Pieces

POINTS = ("after-claim", "before-commit", "after-commit", "before-send", "after-send", "before-mark")
NTH = 9  # in the middle of several conversations
PEOPLE = 6
LEASE_SECONDS = 15.0  # a row that a killed sender held is free again after this


def patient_walk() -> dict[str, object]:
    """The demo's walk, waiting longer than the lease for an answer."""
    walk: dict[str, object] = yaml.safe_load(demo_house.WALK.read_text(encoding="utf-8"))
    return {**walk, "quiet": LEASE_SECONDS * 3}


async def said_to(line: SimulatorClient, run: RunView) -> dict[str, list[str]]:
    """What the bot said to each person, in order, without what differs by person (receipt code and hour)."""
    talks = {walk.id: (await line.talk(walk.person), walk.captured) for walk in run.walks}
    return {
        name: [text.replace(receipt, "…") for text in talk.texts()] if receipt else talk.texts()
        for name, (talk, receipt) in talks.items()
    }


async def carry(line: SimulatorClient) -> RunView:
    run = await line.walk(demo_house.examples()[:PEOPLE], walk=patient_walk(), concurrency=PEOPLE)
    return await line.run(run, wait=0.5)


async def finish(line: SimulatorClient, run: RunView) -> RunView:
    for _ in range(3):
        run = await line.run(run, wait=100)
        if not run.running:
            return run
    return run


@pytest.mark.parametrize("point", POINTS)
async def test_a_worker_killed_at_any_point_changes_nothing(pieces: Pieces, point: str) -> None:
    async with SimulatorClient(pieces.simulator_url) as line:
        dying = pieces.dying_worker(point, NTH)
        run = await carry(line)
        assert dying.process.wait(60) == -signal.SIGKILL
        pieces.worker()
        run = await finish(line, run)
        disturbed = await said_to(line, run)
        again = await finish(line, await carry(line))
        undisturbed = await said_to(line, again)
    assert [(walk.id, walk.reason) for walk in run.walks if walk.state != "done"] == []
    assert disturbed == undisturbed
    assert count(pieces, "SELECT count(*) FROM referrals") == 2 * PEOPLE
    assert count(pieces, "SELECT count(*) FROM inbound WHERE state <> 'done'") == 0
    assert count(pieces, "SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending')") == 0


def count(pieces: Pieces, query: str) -> int:
    with psycopg.connect(pieces.database_url) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])
