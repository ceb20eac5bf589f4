"""The fault matrix: conversations go on while a program or a service is killed again and again at one point.

Points of the web and of the worker are those of `bot.faults`: the program kills itself with SIGKILL when it passes
them. Services are killed from outside in the course of the traffic, stay away for a moment, and are started again;
after the death of a backend PostgreSQL recovers by itself.

Whoever sends dies again only when all that the last death left in the air has come down. A reply whose sender died
waits for the end of its lease and is then tried again with its token, which lives for a minute. Two deaths in one
minute can outlast it: nobody can know then whether it was said, so it is not repeated (outcome `unknown`), and may be
lost. That is the one limit of "nobody misses a message", and it is LINE's: a reply has no retry key.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from signal import SIGKILL, SIGUSR1

from deploy.simulator.client import SimulatorClient
from tests.faults import traffic
from tests.faults.ground import Ground
from tests.faults.pieces import Kind, Pieces, standing
from tests.faults.traffic import Expected, Outcome, Traffic, Verdict

WEB = ("after-receive", "before-flush", "before-accept-commit", "after-accept-commit")
WORKER = ("after-claim", "before-commit", "after-commit", "before-send", "after-send", "before-mark")
SERVICES = ("redis", "postmaster", "backend")
KILLS = 5
AWAY_SECONDS = 1.5
EVENTS_EACH = 10  # of one conversation, about
DEATH_SECONDS = 300.0
CONCURRENCY = 30


@dataclass(frozen=True)
class Plan:
    """What is done to whom: `points` are passed in turns, one kill each, under at least so many conversations."""

    name: str
    victim: Kind | None
    points: Sequence[str]
    kills: int
    conversations: int


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    plan: Plan
    kills: int
    conversations: int
    verdict: Verdict
    seconds: float

    @property
    def is_clean(self) -> bool:
        return self.verdict.is_clean and self.kills == self.plan.kills


class Matrix:
    """Runs plans on one ground; the undisturbed run is made once, and again when the hour may have changed it."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.expected = Expected()

    async def run(self, plan: Plan) -> Row:
        """Carry the traffic through the kills, and compare."""
        began = time.monotonic()
        async with self.house(plan.victim) as (pieces, line):
            moving = Traffic(line, CONCURRENCY)
            kills = await (self._die if plan.victim else self._kill_services)(plan, pieces, moving)
            seen = await traffic.outcome(pieces, moving)
            verdict = await self.judge(pieces, seen)
        return Row(plan, kills, len(seen.said), verdict, time.monotonic() - began)

    async def judge(self, pieces: Pieces, seen: Outcome) -> Verdict:
        """Compare with the undisturbed run, and with another one of this hour where there is a difference."""
        left = leftovers(pieces)
        if not self.expected.said:
            await self.learn()
        verdict = self.expected.judge(seen, besides=traffic.is_said_in_an_outage)
        if not verdict.is_clean:
            await self.learn()
            verdict = self.expected.judge(seen, besides=traffic.is_said_in_an_outage)
        verdict.details += left
        return verdict

    async def learn(self) -> None:
        """An undisturbed run of every text."""
        async with self.house(None) as (pieces, line):
            moving = Traffic(line, traffic.texts())
            await moving.begin(traffic.texts())
            self.expected.add(await traffic.outcome(pieces, moving))

    @asynccontextmanager
    async def house(self, victim: Kind | None) -> AsyncIterator[tuple[Pieces, SimulatorClient]]:
        """Everything runs but the victim."""
        async with standing(self.ground) as pieces, pieces.line() as line:
            if victim != "web":
                await asyncio.to_thread(pieces.web)
            if victim != "worker":
                await asyncio.to_thread(pieces.worker)
            yield pieces, line

    async def _kill_services(self, plan: Plan, pieces: Pieces, moving: Traffic) -> int:
        """Kill one of the services whenever a further part of the traffic is done."""
        deeds: dict[str, Callable[[], None]] = {
            "redis": self.ground.kill_redis,
            "postmaster": self.ground.kill_postmaster,
            "backend": self.ground.kill_backend,
        }
        part = plan.conversations * EVENTS_EACH // (plan.kills + 2)
        await moving.begin(plan.conversations)
        for number in range(plan.kills):
            point = plan.points[number % len(plan.points)]
            await moving.arrived(part)
            await asyncio.to_thread(deeds[point])
            await asyncio.sleep(AWAY_SECONDS)
            await asyncio.to_thread(self.ground.revive)
            if point != "redis":
                await pieces.settled()
        return plan.kills

    @staticmethod
    async def _die(plan: Plan, pieces: Pieces, moving: Traffic) -> int:
        """One dying program after the other, and a steady one at the end."""
        assert plan.victim is not None
        for number in range(plan.kills):
            point = plan.points[number % len(plan.points)]
            dying = await asyncio.to_thread(pieces.dying, plan.victim, point, nth(plan, number))
            if number == 0:
                await moving.begin(plan.conversations)
            if plan.victim == "worker":
                await pieces.settled()
            dying.process.send_signal(SIGUSR1)
            until = time.monotonic() + DEATH_SECONDS
            while dying.process.poll() is None:
                assert time.monotonic() < until, f"{point} is not passed"
                await moving.keep_up()
                await asyncio.sleep(traffic.LOOK_SECONDS)
            assert dying.process.returncode == -SIGKILL, "".join(dying.complained[-20:])
        await asyncio.to_thread(pieces.steady, plan.victim)
        return plan.kills


def nth(plan: Plan, number: int) -> int:
    """Which passing of the point is the last one: soon, and in the middle of many, in turns.

    The web program stores many events together, so its later points are passed less often than there are events.
    """
    most = plan.conversations * EVENTS_EACH // (plan.kills + 2) // (8 if plan.victim == "web" else 4)
    return max(1, most * (1, 3, 2)[number % 3] // 3)


def leftovers(pieces: Pieces) -> list[str]:
    """What should not be there at the end: every event is done, and nothing waits to be said."""
    counts = {
        "events not done": pieces.count("SELECT count(*) FROM inbound WHERE state <> 'done'"),
        "rows not ended": pieces.count("SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending', 'held')"),
        "rows not sent": pieces.count("SELECT count(*) FROM outbox WHERE state IN ('not_sent', 'cancelled')"),
    }
    return [f"{number} {what}" for what, number in counts.items() if number]
