"""Everything on one machine: a person's message at the simulator until the bot's reply has arrived there.

Twice in one run: among themselves, and beside somebody of whom thousands of messages wait already.
"""

import asyncio
import itertools
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cases import inbound
from cases.crypto import Keyring
from cases.db import Database
from cases.inbound import Arrived
from deploy.simulator.client import SimulatorClient
from deploy.simulator.views import ItemView, PersonView
from tests.bench.harness import Row, percentile, progress
from tests.bench.services import KEYS, SECRET, TOKEN, Services, one, started
from tests.bench.talk import talks
from tests.bench.webhooks import text_event, user_id
from tests.processes import free_port

PEOPLE = 40
RATE = 50  # events a second
P95_GOAL_MS = 150
FLOOD = 5_000  # messages of one person that wait when the others begin
FAIR_GOAL = 1.5
HEAR_SECONDS = 20.0
SETTLE_SECONDS = 90.0
UNDER_WAY = """
    SELECT (SELECT count(*) FROM inbound WHERE state = 'open')
         + (SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending'))
"""


@dataclass(frozen=True, slots=True)
class Heard:
    """When a person's messages were said, and when replies arrived (milliseconds since 1970)."""

    said: list[int]
    replies: list[int]

    @classmethod
    def of(cls, items: Sequence[ItemView], firsts: Collection[str]) -> "Heard":
        """A talk; `firsts` are the ids of the messages that began a reply, which may have several."""
        said = [item.at for item in items if item.sender == "person"]
        return cls(said, [item.at for item in items if item.id in firsts])

    def waits(self) -> list[int]:
        """Milliseconds from each message to its reply. A person's messages are answered in their order."""
        return [reply - said for said, reply in zip(self.said, self.replies, strict=False)]


def _counted(heard: Heard) -> tuple[int, int]:
    return len(heard.said), len(heard.replies)


def measure(services: Services) -> Iterator[Row]:
    progress(f"event to reply at {RATE} events/s")
    url = services.database("replies")
    port = free_port()
    options = {
        "--port": "0",
        "--webhook-url": f"http://127.0.0.1:{port}/line/webhook",
        "--channel-secret": SECRET,
        "--access-token": TOKEN,
    }
    with started(["deploy.simulator", *itertools.chain(*options.items())]) as line:
        environment = services.environment(url, port=port, line_api_base=line)
        with started(["deploy.cli.main", "serve"], environment):
            calm, beside = asyncio.run(_both(line, url))
    yield from _rows(calm, beside, one(url, "SELECT count(*) FROM referrals"))


def _rows(calm: Sequence[Heard], beside: Sequence[Heard], referrals: int) -> Iterator[Row]:
    waits, waits_beside = ([wait for person in heard for wait in person.waits()] for heard in (calm, beside))
    p50, p95, p99 = (percentile(waits, share) for share in (0.5, 0.95, 0.99))
    measured = f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms, longest {max(waits):.0f} ms"
    goal = f"p95 ≤ {P95_GOAL_MS} ms"
    yield Row(f"event → reply at the simulator, {RATE} events/s", measured, goal, p95 <= P95_GOAL_MS)
    p95_beside = percentile(waits_beside, 0.95)
    measured = f"p95 {p95_beside:.0f} ms beside {FLOOD:,} messages of one person: {p95_beside / p95:.2f} ×"
    yield Row("fairness under one flooder", measured, f"≤ {FAIR_GOAL} ×", p95_beside <= FAIR_GOAL * p95)
    everybody = [*calm, *beside]
    said, replies = (sum(counts) for counts in zip(*map(_counted, everybody), strict=True))
    told = f"{replies:,} replies to {said:,} messages, {referrals - 1} referrals of {len(everybody)} talks"
    yield Row("  none lost, none doubled", told, "all", replies == said and referrals == len(everybody) + 1)


async def _both(address: str, url: str) -> tuple[list[Heard], list[Heard]]:
    """What was heard among themselves, and beside a flooder."""
    async with SimulatorClient(address) as line:
        await _warm_up(line)
        calm = await _talked(line, url)
        return calm, await _talked(line, url, flood=FLOOD)


async def _talked(line: SimulatorClient, url: str, *, flood: int = 0) -> list[Heard]:
    """What everybody said and heard at `RATE`."""
    people = [await _befriended(line, f"ひと{number}") for number in range(PEOPLE)]
    begun = [(await line.talk(person)).last for person in people]
    await _flood(url, flood)
    await _say_all(line, people)
    await _settle(url)
    firsts = {call.response["sentMessages"][0]["id"] for call in await line.api_calls() if call.status == 200}
    talks_then = [(await line.talk(person, after=n)).items for person, n in zip(people, begun, strict=True)]
    return [Heard.of(items, firsts) for items in talks_then]


async def _flood(url: str, count: int) -> None:
    """So many messages of one person wait before anybody else speaks."""
    now, user = datetime.now(UTC), user_id()
    at_ms = int(now.timestamp() * 1_000) - count
    events = [text_event(user, f"話{number}", at_ms + number) for number in range(count)]
    rows = [
        Arrived(
            event["webhookEventId"],
            user,
            "message.text",
            datetime.fromtimestamp(event["timestamp"] / 1_000, UTC),
            event,
        )
        for event in events
    ]
    database = Database(url, Keyring.parse(KEYS))
    async with database.transaction() as uow:
        await inbound.accept(uow, rows, now)
    await database.close()


async def _befriended(line: SimulatorClient, name: str) -> PersonView:
    person = await line.add_person(name)
    followed = await line.follow(person)
    await line.hear(person, followed.n, wait=HEAR_SECONDS)
    return person


async def _warm_up(line: SimulatorClient) -> None:
    person = await _befriended(line, "ひと")
    for words in talks(1)[0]:
        said = await line.say(person, words)
        await line.hear(person, said.n, wait=HEAR_SECONDS)


async def _say_all(line: SimulatorClient, people: list[PersonView]) -> None:
    """Everybody says the next words in turn, at `RATE`, whether or not the bot keeps up."""
    clock, said = asyncio.get_running_loop(), talks(len(people))
    start, number = clock.time(), itertools.count()
    async with asyncio.TaskGroup() as group:
        for place in range(len(said[0])):
            for person, words in zip(people, said, strict=True):
                await asyncio.sleep(max(0.0, start + next(number) / RATE - clock.time()))
                group.create_task(line.say(person, words[place]))


async def _settle(url: str) -> None:
    """Wait until nothing is under way any more, or the patience is over."""
    until = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < until and one(url, UNDER_WAY):  # noqa: ASYNC110 - the database rings no event of ours
        await asyncio.sleep(0.1)
