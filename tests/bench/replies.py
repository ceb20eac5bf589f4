"""Everything on one machine: a person's message at the simulator until the bot's reply has arrived there.

Three times in one run: people at every place of the talk, as in real traffic; everybody at the same place at once,
which real traffic never does; and the first again beside somebody of whom thousands of messages wait already.
"""

import asyncio
import itertools
import statistics
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil

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

RATE = 50  # events a second
TALKING = 40  # people in the middle of a talk at any moment
WAVE = 120  # people who come one after the other
P95_GOAL_MS = 150
FLOOD = 5_000  # messages of one person that wait when the others begin
FAIR_GOAL = 1.5
MEMORY_GOAL_MB = 300
HEAR_SECONDS = 20.0
SETTLE_SECONDS = 90.0
UNDER_WAY = """
    SELECT (SELECT count(*) FROM inbound WHERE state = 'open' AND kind <> 'message.flood')
         + (SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending'))
"""

Waits = Sequence[tuple[int, int]]
"""When each message was said (milliseconds since 1970), and the milliseconds to its reply."""


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

    def waits(self) -> Waits:
        """When each message was said, and the milliseconds to its reply: a person is answered in order."""
        return [(said, reply - said) for said, reply in zip(self.said, self.replies, strict=False)]


@dataclass(frozen=True, slots=True)
class Moment:
    """Who says which word of the talk, and when (seconds from the beginning)."""

    at: float
    person: int
    place: int


def _in_a_wave(people: int, words: int) -> list[Moment]:
    """`TALKING` people at any moment, each at another place of the talk: `RATE` once the first have ended."""
    pace, gap = TALKING / RATE, words / RATE
    moments = [Moment(n * gap + place * pace, n, place) for n in range(people) for place in range(words)]
    return sorted(moments, key=lambda moment: moment.at)


def _in_lock_step(people: int, words: int) -> list[Moment]:
    """Everybody says the first word, then everybody the second, at `RATE`."""
    return [Moment((place * people + n) / RATE, n, place) for place in range(words) for n in range(people)]


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
            yield from asyncio.run(_measured(line, url))


async def _measured(address: str, url: str) -> list[Row]:
    async with SimulatorClient(address) as line:
        await _warm_up(line)
        calm = await _talked(line, url, WAVE, _in_a_wave)
        together = await _talked(line, url, TALKING, _in_lock_step)
        beside = await _talked(line, url, WAVE, _in_a_wave, flood=FLOOD)  # last: it is not over when the others are
    return [
        *_rows(_steady(calm), [wait for person in together for _, wait in person.waits()]),
        _fairness(_steady(calm), _steady(beside)),
        _none_lost([*calm, *beside, *together], one(url, "SELECT count(*) FROM referrals")),
        _memory(),
    ]


def _rows(calm: Waits, together: Sequence[int]) -> Iterator[Row]:
    waits = [wait for _, wait in calm]
    reached = percentile(waits, 0.95) <= P95_GOAL_MS
    yield Row(f"event → reply at the simulator, {RATE} events/s", _told(waits), f"p95 ≤ {P95_GOAL_MS} ms", reached)
    yield Row(f"  the same, {TALKING} people at the same place of the talk", _told(together))


def _fairness(calm: Waits, beside: Waits) -> Row:
    """Of the usual second, because a disk that stops for one would be blamed on the flooder."""
    p95, p95_beside = _usual(calm), _usual(beside)
    told = f"p95 of the usual second {p95:.0f} ms alone, {p95_beside:.0f} ms beside {FLOOD:,} messages of one person"
    reached = p95_beside <= FAIR_GOAL * p95
    return Row("fairness under one flooder", f"{p95_beside / p95:.2f} × ({told})", f"≤ {FAIR_GOAL} ×", reached)


def _usual(waits: Waits) -> float:
    """The median, over all seconds, of the p95 of what was said in that second (milliseconds)."""
    seconds: dict[int, list[int]] = {}
    for said, wait in waits:
        seconds.setdefault(said // 1_000, []).append(wait)
    return statistics.median(percentile(waits, 0.95) for waits in seconds.values())


def _told(waits: Sequence[int]) -> str:
    p50, p95, p99 = (percentile(waits, share) for share in (0.5, 0.95, 0.99))
    return f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms, longest {max(waits):.0f} ms"


def _steady(heard: Sequence[Heard]) -> Waits:
    """When and how long, of a wave while as many began as ended."""
    full, over = min(person.said[-1] for person in heard), max(person.said[0] for person in heard)
    return [(said, wait) for person in heard for said, wait in person.waits() if full <= said <= over]


def _none_lost(everybody: Sequence[Heard], referrals: int) -> Row:
    said, replies = (sum(counts) for counts in zip(*map(_counted, everybody), strict=True))
    told = f"{replies:,} replies to {said:,} messages, {referrals - 1} referrals of {len(everybody)} talks"
    return Row("  none lost, none doubled", told, "all", replies == said and referrals == len(everybody) + 1)


def _memory() -> Row:
    """What web and worker hold after all that, each page counted where it is (shared ones in parts)."""
    programs = {"web": "deploy.cli.main", "worker": "deploy.work"}
    held: dict[str, float] = {}
    for process in psutil.Process().children(recursive=True):
        for name, module in programs.items():
            if module in process.cmdline():
                held[name] = held.get(name, 0) + process.memory_full_info().pss / 1_000_000
    total = sum(held.values())
    told = " + ".join(f"{name} {held[name]:.0f}" for name in programs)
    return Row(
        "memory of web and worker", f"{told} = {total:.0f} MB", f"≤ {MEMORY_GOAL_MB} MB", total <= MEMORY_GOAL_MB
    )


async def _talked(
    line: SimulatorClient, url: str, count: int, plan: Callable[[int, int], list[Moment]], *, flood: int = 0
) -> list[Heard]:
    """What so many people said and heard."""
    people = [await _befriended(line, f"ひと{number}") for number in range(count)]
    begun = [(await line.talk(person)).last for person in people]
    await _flood(url, flood)
    said = talks(count)
    await _say_all(line, people, said, plan(count, len(said[0])))
    await _settle(url)
    calls = [*await line.api_calls("reply"), *await line.api_calls("push")]
    firsts = {call.response["sentMessages"][0]["id"] for call in calls if call.status == 200}
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
            "message.flood",
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


async def _say_all(
    line: SimulatorClient, people: Sequence[PersonView], said: Sequence[Sequence[str]], plan: Sequence[Moment]
) -> None:
    """Everything is said when it is time, whether or not the bot keeps up."""
    clock = asyncio.get_running_loop()
    start = clock.time()
    async with asyncio.TaskGroup() as group:
        for moment in plan:
            await asyncio.sleep(max(0.0, start + moment.at - clock.time()))
            group.create_task(line.say(people[moment.person], said[moment.person][moment.place]))


async def _settle(url: str) -> None:
    """Wait until nothing but the flood is under way any more, or the patience is over."""
    until = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < until and one(url, UNDER_WAY):  # noqa: ASYNC110 - the database rings no event of ours
        await asyncio.sleep(0.1)
