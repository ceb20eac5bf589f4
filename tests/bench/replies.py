"""Everything on one machine: a person's message at the simulator until the bot's reply has arrived there."""

import asyncio
import itertools
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from deploy.simulator.client import SimulatorClient
from deploy.simulator.views import ItemView, PersonView
from tests.bench.harness import Row, percentile, progress
from tests.bench.services import SECRET, TOKEN, Services, one, started
from tests.bench.talk import talks
from tests.processes import free_port

PEOPLE = 40
RATE = 50  # events a second
P95_GOAL_MS = 150
HEAR_SECONDS = 20.0
SETTLE_SECONDS = 40.0
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
            heard = asyncio.run(_talked(line, url))
    yield from _rows(heard, one(url, "SELECT count(*) FROM referrals"))


def _rows(heard: Sequence[Heard], referrals: int) -> Iterator[Row]:
    waits = [wait for person in heard for wait in person.waits()]
    p50, p95 = (percentile(waits, share) for share in (0.5, 0.95))
    measured = f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, longest {max(waits):.0f} ms"
    goal = f"p95 ≤ {P95_GOAL_MS} ms"
    yield Row(f"event → reply at the simulator, {RATE} events/s", measured, goal, p95 <= P95_GOAL_MS)
    said, replies = sum(len(person.said) for person in heard), sum(len(person.replies) for person in heard)
    told = f"{replies:,} replies to {said:,} messages, {referrals - 1} referrals of {PEOPLE} talks"
    yield Row("  none lost, none doubled", told, "all", replies == said and referrals == PEOPLE + 1)


async def _talked(address: str, url: str) -> list[Heard]:
    """What everybody said and heard at `RATE`, after one talk that warms all programs up."""
    async with SimulatorClient(address) as line:
        people = [await _befriended(line, f"ひと{number}") for number in range(PEOPLE)]
        await _warm_up(line)
        begun = [(await line.talk(person)).last for person in people]
        await _say_all(line, people)
        await _settle(url)
        firsts = {call.response["sentMessages"][0]["id"] for call in await line.api_calls() if call.status == 200}
        talks_then = [(await line.talk(person, after=n)).items for person, n in zip(people, begun, strict=True)]
    return [Heard.of(items, firsts) for items in talks_then]


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
