"""Everything on one machine: a person's message at the simulator until the bot's reply has arrived there."""

import asyncio
import itertools
from collections.abc import Iterator

from deploy.simulator.client import SimulatorClient
from deploy.simulator.views import ItemView, PersonView
from tests.bench.harness import Row, percentile, progress
from tests.bench.services import SECRET, TOKEN, Services, one
from tests.bench.talk import talks
from tests.processes import Program, free_port

PEOPLE = 60
RATE = 50  # events a second
P95_GOAL_MS = 150
QUIET_SECONDS = 20.0


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
    simulator = Program.start(["deploy.simulator", *itertools.chain(*options.items())]).wait_ready()
    address = simulator.said[0].split()[1]
    environment = services.environment(url, port=port, line_api_base=address)
    ours = Program.start(["deploy.cli.main", "serve"], environment)
    try:
        ours.wait_ready()
        waits, unanswered, replies = asyncio.run(_talked(address))
    finally:
        ours.stop()
        simulator.stop()
    p50, p95 = (percentile(waits, share) for share in (0.5, 0.95))
    measured = f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, longest {max(waits):.0f} ms"
    yield Row(
        f"event → reply at the simulator, {RATE} events/s", measured, f"p95 ≤ {P95_GOAL_MS} ms", p95 <= P95_GOAL_MS
    )
    events, referrals = one(url, "SELECT count(*) FROM inbound"), one(url, "SELECT count(*) FROM referrals")
    answered = f"{len(waits):,} messages answered, {unanswered} not, by {replies:,} replies to {events:,} events"
    told = f"{answered}; {referrals} referrals of {PEOPLE} talks"
    whole = unanswered == 0 and replies == events and referrals == PEOPLE
    yield Row("  none lost, none doubled", told, "all", whole)


async def _talked(address: str) -> tuple[list[float], int, int]:
    """Milliseconds of every answered message, the number of unanswered ones, and of replies that the bot sent."""
    async with SimulatorClient(address) as line:
        people = [await line.add_person(f"ひと{number}") for number in range(PEOPLE)]
        for person in people:
            followed = await line.follow(person)
            await line.hear(person, followed.n, wait=QUIET_SECONDS)
        await _said(line, people)
        talks_then = [await _settled(line, person) for person in people]
        calls = await line.api_calls()
    pairs = [pair for items in talks_then for pair in _answers(items)]
    waits = [float(answer) for answer in pairs if answer is not None]
    return waits, len(pairs) - len(waits), sum(call.status == 200 for call in calls if call.name in {"reply", "push"})


async def _said(line: SimulatorClient, people: list[PersonView]) -> None:
    """Everybody says the next words in turn, at `RATE`, whether or not the bot keeps up."""
    clock, said = asyncio.get_running_loop(), talks(len(people))
    start, number = clock.time(), itertools.count()
    async with asyncio.TaskGroup() as group:
        for place in range(len(said[0])):
            for person, words in zip(people, said, strict=True):
                await asyncio.sleep(max(0.0, start + next(number) / RATE - clock.time()))
                group.create_task(line.say(person, words[place]))


async def _settled(line: SimulatorClient, person: PersonView) -> list[ItemView]:
    """The person's whole talk, once the last message in it has been answered or the patience is over."""
    talk = await line.talk(person)
    mine = max(item.n for item in talk.items if item.sender == "person")
    await line.talk(person, after=mine, wait=QUIET_SECONDS, sender="bot")
    return (await line.talk(person)).items


def _answers(items: list[ItemView]) -> Iterator[int | None]:
    """For every message of the person, the milliseconds until the bot's next one, or None."""
    for place, item in enumerate(items):
        if item.sender == "person":
            following = items[place + 1 : place + 2]
            yield following[0].at - item.at if following and following[0].sender == "bot" else None
