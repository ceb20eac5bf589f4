"""However LINE brings the events of several people, each person hears each answer once, in the order of their events.

What LINE may do with events (LINE.md §1.2), and what holds here for every mixture of it:

- bring an event again: in the same body, the same body twice, in another body beside other events, at once or much
  later, marked as a redelivery or not. It has its effect once;
- mix people in one body, and cut the events of one person into several bodies;
- bring events in any order **within a short window**. The window is precisely this: events that are open together,
  that is, stored and not yet begun when a worker looks for the person's next event. They are handled in the order in
  which they happened (LINE's timestamp). An event that arrives after a later one of the same person was handled is
  out of the window: it is still handled once, as an answer to what is asked by then if both happened within ten
  seconds, and else as none (`bot.events.timing`; tests/bot/test_step.py).

Meanwhile workers fail and die: `Failed` is an error inside the transaction, which is noted and tried again; `Killed`
ends the worker at a named point without a word, as SIGKILL does, and another begins. One or two workers share the work.
"""

import asyncio
import json
import random
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.worker import Worker
from cases import inbound
from cases.db import Database
from cases.referrals import repository as referrals
from dialogs.engine import Engine
from routing.directory import City
from routing.router import Router
from tests import record
from tests.bot.talking import NOW, Bell, Talk, event, said, tapped

RECEIPT = re.compile(r"KZ-[0-9A-Z]{5}-[0-9A-Z]{5}")
FOLLOW = ""
TALKS = (
    (
        *(FOLLOW, "気になる人がいる", "わかりました", "近所の人", "わからない"),
        *("となりのおばあさんの新聞が四日たまっています", "夜も電気がつきません", "これでよい"),
        *("この数日", "いいえ", "ひとりで", "連絡はいらない（匿名）", "送る"),
    ),
    (
        *(FOLLOW, "気になる人がいる", "わかりました", "家族・親せき", "わからない"),
        *("こどもが学校に行かず、部屋から出てきません", "これでよい"),
        *("もっと前から", "いいえ", "わからない", "このLINEで", "送る"),
    ),
)
MOST_FAILURES = 3  # an event is parked after the fifth; restarts count, too
LONGEST_WORK = 60  # rounds of looking for work

Make = Callable[..., Worker]


class Failed(Exception):  # noqa: N818 - what happens, not what is wrong
    """An error of our own in the middle of a step."""


class Killed(BaseException):
    """The end of a worker, past everything that handles errors."""


@dataclass(frozen=True)
class Turn:
    """What arrives together before the workers look, and what befalls them then."""

    shares: tuple[int, ...]
    """How many further events of each person come."""
    again: int
    """How many of all events so far come once more."""
    bodies: int
    faults: tuple[tuple[str, int, type[BaseException]], ...]
    workers: int
    shuffling: int


_FAULTS = st.one_of(
    st.tuples(st.sampled_from(["after-claim", "before-commit", "after-commit"]), st.integers(1, 6), st.just(Killed)),
    st.tuples(st.sampled_from(["after-claim", "before-commit"]), st.integers(1, 6), st.just(Failed)),
)


def turns(people: int) -> st.SearchStrategy[list[Turn]]:
    turn = st.builds(
        Turn,
        shares=st.tuples(*[st.integers(0, 5)] * people),
        again=st.integers(0, 4),
        bodies=st.integers(1, 4),
        faults=st.lists(_FAULTS, max_size=1).map(tuple),
        workers=st.integers(1, 2),
        shuffling=st.integers(0, 2**32),
    )
    return st.lists(turn, min_size=1, max_size=6)


@dataclass
class Resident:
    """A person on the way through one of the talks."""

    deeds: tuple[str, ...]
    user: str = field(default_factory=lambda: "U" + uuid4().hex)
    done: int = 0
    heard: list[str] = field(default_factory=list)
    buttons: dict[str, str] = field(default_factory=dict)

    def act(self, number: int) -> list[dict[str, Any]]:
        """The next events. What is not the first of them is typed ahead: its buttons are not there yet."""
        began, self.done = self.done, min(self.done + number, len(self.deeds))
        return [self._event(place, is_first=place == began) for place in range(began, self.done)]

    def _event(self, place: int, *, is_first: bool) -> dict[str, Any]:
        deed, at = self.deeds[place], NOW + timedelta(seconds=place)
        if deed == FOLLOW:
            return event("follow", self.user, at=at)
        button = next((data for label, data in self.buttons.items() if label.startswith(deed)), None)
        return tapped(button, self.user, at=at) if is_first and button else said(deed, self.user, at=at)


class Room:
    """Residents, and workers that fail and die, over one database."""

    def __init__(self, database: Database, make: Make, residents: list[Resident]) -> None:
        self.database = database
        self.residents = {resident.user: resident for resident in residents}
        self.make = make
        # Later than every event; the people's clocks go on for some seconds only.
        self.talk = Talk(database, make(), Bell())
        self.talk.now = NOW + timedelta(minutes=2)
        self.delivered: list[dict[str, Any]] = []
        self.failures = 0

    async def take(self, turn: Turn) -> None:
        """Let everything of this turn arrive, in any order, and be handled; everybody hears what is said."""
        order = random.Random(turn.shuffling)
        people = zip(self.residents.values(), turn.shares, strict=True)
        fresh = [one for resident, share in people for one in resident.act(share)]
        self.delivered += fresh
        again = order.choices(self.delivered, k=turn.again) if self.delivered else []
        arriving = [*fresh, *(_redelivered(one, order) for one in again)]
        order.shuffle(arriving)
        bodies = [arriving[start :: turn.bodies] for start in range(turn.bodies)]
        for body in [*bodies, *bodies[: turn.again // 2]]:
            await self.talk.arrive(*body)
        await self.work(turn)
        await self.hear()

    async def finish(self) -> None:
        rest = max(len(resident.deeds) - resident.done for resident in self.residents.values())
        await self.take(Turn((rest,) * len(self.residents), 3, 2, (), 1, 0))
        assert all(resident.done == len(resident.deeds) for resident in self.residents.values())

    async def work(self, turn: Turn) -> None:
        """Work until nothing is open; a worker that dies is followed by another."""
        fate = _Fate(turn.faults[: max(0, MOST_FAILURES - self.failures)])
        self.failures += len(fate.faults)
        for _ in range(LONGEST_WORK):
            await asyncio.gather(*(self._until_death(self.make(sync=fate.sync)) for _ in range(turn.workers)))
            async with self.database.reading() as reader:
                if not await inbound.open_count(reader):
                    return
            self.talk.now += timedelta(seconds=1)  # what failed is tried again after a pause
        raise AssertionError("events stay open")

    async def _until_death(self, worker: Worker) -> None:
        try:
            while await worker.step(self.talk.now):
                pass
        except Killed:
            return

    async def hear(self) -> None:
        for sent in await self.talk.outbox():
            resident = self.residents[sent.to]
            items = (sent.messages[-1].get("quickReply") or {"items": []})["items"]
            resident.buttons = {item["action"]["label"]: item["action"].get("data", "") for item in items}
            resident.buttons = {label: data for label, data in resident.buttons.items() if data}
            resident.heard.append(sent.words)

    async def report(self, resident: Resident) -> list[str]:
        """What stands in the record under every receipt that the person heard."""
        codes = sorted({code for words in resident.heard for code in RECEIPT.findall(words)})
        async with self.database.reading() as reader:
            found = [await referrals.with_number(reader, record.CLERK, code) for code in codes]
            return [record.content(await referrals.get(reader, record.CLERK, one)) for one in found if one]


class _Fate:
    """Strikes whoever passes a point for the n-th time, once."""

    def __init__(self, faults: tuple[tuple[str, int, type[BaseException]], ...]) -> None:
        self.faults = list(faults)
        self._passed: defaultdict[str, int] = defaultdict(int)

    async def sync(self, point: str) -> None:
        self._passed[point] += 1
        for fault in self.faults:
            where, nth, kind = fault
            if where == point and self._passed[point] == nth:
                raise kind


def _redelivered(one: dict[str, Any], order: random.Random) -> dict[str, Any]:
    copied: dict[str, Any] = json.loads(json.dumps(one))
    copied["deliveryContext"]["isRedelivery"] = order.random() < 0.7  # networks double, too
    return copied


@dataclass
class Heard:
    """What one person heard, and what was recorded: all that matters to compare."""

    words: list[str]
    reports: list[str]


async def undisturbed(database: Database, make: Make) -> list[Heard]:
    """Both talks, one event after the other, each brought once."""
    residents = [Resident(deeds) for deeds in TALKS]
    room = Room(database, make, residents)
    for _ in range(max(map(len, TALKS))):
        await room.take(Turn((1,) * len(residents), 0, 1, (), 1, 0))
    return [await outcome(room, resident) for resident in residents]


async def outcome(room: Room, resident: Resident) -> Heard:
    return Heard([RECEIPT.sub("…", words) for words in resident.heard], await room.report(resident))


@pytest.fixture
def make(database: Database, engine: Engine, router: Router, city: City) -> Make:
    """Makes workers over the one database. (A function, because Hypothesis prints what it is handed.)"""

    def made(**more: Any) -> Worker:
        return Worker(database, engine, router, city, Bell(), **more)

    return made


@settings(
    max_examples=25,
    phases=[Phase.generate],  # an example takes a second: making a failing one smaller would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plan=turns(people=3))
async def test_any_mixture_of_deliveries_and_deaths_says_everything_once_and_in_order(
    database: Database, make: Make, plan: list[Turn]
) -> None:
    expected = await undisturbed(database, make)
    for one, deeds in zip(expected, TALKS, strict=True):
        assert (len(one.words), len(one.reports)) == (len(deeds), 1)
    residents = [Resident(TALKS[number % len(TALKS)]) for number in range(3)]
    room = Room(database, make, residents)
    for turn in plan:
        await room.take(turn)
    await room.finish()
    for number, resident in enumerate(residents):
        assert await outcome(room, resident) == expected[number % len(TALKS)]


async def test_an_event_that_comes_when_a_later_one_is_already_handled_is_answered_once_too(
    database: Database, make: Make
) -> None:
    resident = Resident(TALKS[0])
    room = Room(database, make, [resident])
    first, second, third = resident.act(3)
    for arriving in ([first, third], [second], [second, third, _redelivered(second, random.Random(1))]):
        await room.talk.arrive(*arriving)
        await room.work(Turn((), 0, 1, (), 1, 0))
        await room.hear()
    assert len(resident.heard) == 3
