"""Many conversations at once, and the exact comparison of what came of them with an undisturbed run.

What may differ between two runs of the same conversation, and nothing else:

- the receipt code, which is made from the id of the event;
- what depends on the hour (open telephone lines, the day of the answer). The undisturbed run is therefore repeated
  where a difference was found, and a message counts as the expected one when either run has it in that place;
- the danger numbers that the web program answers by itself while PostgreSQL is away (`bot.outage`): said besides.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from bot.texts import text
from deploy.simulator.client import SimulatorClient
from deploy.simulator.views import RunView, WalkView
from tests import demo_house, record
from tests.faults.pieces import Pieces

QUIET_SECONDS = 150.0  # longer than every outage and lease together: who waits that long has lost a message
LONGEST_RUN = 900.0
LOOK_SECONDS = 0.3  # between looks at a run: each costs the simulator some milliseconds
RECEIPT = re.compile(r"KZ-[0-9A-Z]{5}-[0-9A-Z]{5}")


def examples(count: int) -> list[dict[str, Any]]:
    """So many conversations over the example texts, each with an id of its own."""
    texts = demo_house.examples()
    return [{"id": f"{number}", "text": texts[number % len(texts)]["text"]} for number in range(count)]


def texts() -> int:
    """How many different texts there are."""
    return len(demo_house.examples())


def is_said_in_an_outage(message: str) -> bool:
    """Whether the web program said this by itself, because PostgreSQL was away."""
    return text("outage") in message


def patient_walk() -> dict[str, object]:
    """The demo's walk, waiting longer than any outage of a test for an answer."""
    walk: dict[str, object] = yaml.safe_load(demo_house.WALK.read_text(encoding="utf-8"))
    return {**walk, "quiet": QUIET_SECONDS}


class Traffic:
    """Conversations that go on for as long as somebody is still to be killed, and are all carried to their end."""

    def __init__(self, line: SimulatorClient, concurrency: int) -> None:
        self.line = line
        self.concurrency = concurrency
        self.runs: list[RunView] = []

    async def begin(self, count: int) -> None:
        """So many further conversations set out."""
        self.runs.append(await self.line.walk(examples(count), walk=patient_walk(), concurrency=self.concurrency))

    async def keep_up(self) -> None:
        """See that some are under way."""
        if not (await self.line.run(self.runs[-1])).running:
            await self.begin(self.concurrency)

    async def arrived(self, webhooks: int) -> None:
        """Wait until so many further webhooks are answered with 200."""
        wanted = await self._stored() + webhooks
        while await self._stored() < wanted:
            await self.keep_up()
            await asyncio.sleep(LOOK_SECONDS)

    async def _stored(self) -> int:
        return (await self.line.statistics()).get("success", 0)

    async def finish(self) -> list[WalkView]:
        """How each conversation ended, when everybody has arrived or given up and everything on the way has come.

        Raises:
            AssertionError: it hangs.
        """
        return [walk for run in self.runs for walk in (await self._finished(run)).walks]

    async def _finished(self, run: RunView) -> RunView:
        for _ in range(int(LONGEST_RUN / 60)):
            run = await self.line.run(run, wait=60)
            if not run.running:
                assert await self.line.idle(100), "webhooks are under way for ever"
                return run
        raise AssertionError(f"the run hangs: {run.done} done, {run.failed} failed of {run.total}")


@dataclass
class Outcome:
    """How a traffic ended: what each person heard, and what stands in the record."""

    said: list[tuple[str, list[str]]]
    sheets: list[tuple[str, str]]
    """The words of each referral, and all else in it that the words decide."""
    told: set[str]
    """The receipt codes that people heard."""
    kept: Counter[str]
    """The receipt codes in the record."""
    failed: list[str]


async def outcome(pieces: Pieces, moving: Traffic) -> Outcome:
    """Carry the conversations to their end, and read it all out."""
    walks = await moving.finish()
    texts = {example["id"]: example["text"] for example in examples(len(walks))}
    heard = [(texts[walk.id], (await moving.line.talk(walk.person)).texts()) for walk in walks]
    async with pieces.database() as database, database.reading() as reader:
        sheets = await record.sheets(reader)
    return Outcome(
        said=[(story, [RECEIPT.sub("…", message) for message in messages]) for story, messages in heard],
        sheets=[(sheet.noticed.free_text, record.content(sheet)) for sheet in sheets],
        told={code for _, messages in heard for message in messages for code in RECEIPT.findall(message)},
        kept=Counter(sheet.receipt for sheet in sheets),
        failed=[f"{walk.id}: {walk.reason}" for walk in walks if walk.state != "done"],
    )


@dataclass
class Verdict:
    """What differs from the undisturbed run; all zero and no word more is what is promised."""

    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    details: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.reordered or self.details)

    def count(self, what: str, expected: Counter[str], seen: Counter[str]) -> None:
        missing, extra = expected - seen, seen - expected
        self.lost += missing.total()
        self.doubled += extra.total()
        self.details += [f"{what} missing: {words[:60]!r}" for words in missing]
        self.details += [f"{what} too much: {words[:60]!r}" for words in extra]


@dataclass
class Expected:
    """One or more undisturbed runs; the first is the measure, the others tell what the hour may change."""

    said: dict[str, list[str]] = field(default_factory=dict)
    sheets: dict[str, set[str]] = field(default_factory=dict)
    _other_hours: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, run: Outcome) -> None:
        """Take in one more undisturbed run."""
        assert not run.failed, run.failed
        for story, messages in run.said:
            usual = self.said.setdefault(story, messages)
            self._other_hours.update({(story, now): then for now, then in zip(messages, usual, strict=False)})
        for story, written in run.sheets:
            self.sheets.setdefault(story, set()).add(written)

    def judge(self, seen: Outcome, *, besides: Callable[[str], bool]) -> Verdict:
        """Compare. `besides` names messages that may come in addition to the expected ones."""
        verdict = Verdict(details=list(seen.failed))
        for story, messages in seen.said:
            heard = [self._other_hours.get((story, message), message) for message in messages]
            self._judge_talk(verdict, self.said[story], heard, besides)
        verdict.count("referral", Counter(story for story, _ in seen.said), Counter(story for story, _ in seen.sheets))
        verdict.count("receipt", Counter(seen.told), seen.kept)
        strange = {story for story, written in seen.sheets if written not in self.sheets.get(story, ())}
        verdict.details += [f"another referral than expected: {story[:60]!r}" for story in strange]
        return verdict

    @staticmethod
    def _judge_talk(verdict: Verdict, expected: list[str], heard: list[str], besides: Callable[[str], bool]) -> None:
        added = {message for message in heard if message not in expected and besides(message)}
        heard = [message for message in heard if message not in added]
        verdict.count("message", Counter(expected), Counter(heard))
        if Counter(expected) == Counter(heard) and expected != heard:
            verdict.reordered += 1
            verdict.details.append(f"in another order: {[message[:12] for message in heard]}")
