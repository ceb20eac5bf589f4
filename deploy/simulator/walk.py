"""The walker: carries example texts, each by its own person, through a whole conversation."""

import asyncio
import json
import re
import secrets
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deploy.simulator.acts import AnyAct, Follow, Tap, Text
from deploy.simulator.buttons import Button, available
from deploy.simulator.models import Person, Signal
from deploy.simulator.people import Acting, CannotAct
from deploy.simulator.texts import TEXTS
from deploy.simulator.views import RunView, WalkView, words
from deploy.simulator.walk_file import Rule, WalkFile
from deploy.simulator.world import World

SHOWN = 160
"""How much of the bot's last words a failure quotes."""


class Example(BaseModel):
    """One text to carry; further fields of a line are left aside."""

    model_config = ConfigDict(extra="ignore")

    id: str = Field(min_length=1, max_length=100)
    text: str = Field(min_length=1, max_length=10_000)


class ExamplesError(ValueError):
    """A line of the examples cannot be read; the message names it."""


def parse_examples(lines: str) -> list[Example]:
    """Examples from JSON lines.

    Raises:
        ExamplesError: naming the line that is no example.
    """
    found: list[Example] = []
    for number, line in enumerate(lines.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(Example.model_validate(json.loads(line)))
        except (ValueError, ValidationError) as error:
            raise ExamplesError(f"line {number} is no example with id and text") from error
    return found


def load_examples(path: Path) -> list[Example]:
    return parse_examples(path.read_text(encoding="utf-8"))


class Lost(Exception):  # noqa: N818 - the walk's end is data, told in the result
    """The walk cannot go on; the message says why."""


class Walk:
    """One person on the way with one example."""

    def __init__(self, world: World, acting: Acting, plan: WalkFile, example: Example, view: WalkView) -> None:
        self.world = world
        self.acting = acting
        self.plan = plan
        self.example = example
        self.view = view
        self._followed: Counter[int] = Counter()
        self._mark = 0

    async def run(self) -> None:
        """Follow the account, then one deed after another, until `done` is heard or the walk is lost."""
        person = self.world.add_person(TEXTS.walker_name.format(id=self.example.id), walker=True)
        self.view.person, self.view.state = person.id, "walking"
        try:
            self._do(person, Follow())
            while not await self._step(person):
                pass
        except Lost as lost:
            self.view.state, self.view.reason = "failed", str(lost)
        else:
            self.view.state = "done"

    async def _step(self, person: Person) -> bool:
        """One turn; True when the walk has arrived."""
        deed = await self._next_deed(person)
        if deed is None:
            return True
        if self.view.turns >= self.plan.turns:
            raise Lost(f"not done after {self.plan.turns} turns; last heard: {self._heard(person)[-SHOWN:]}")
        self.view.turns += 1
        self._do(person, deed)
        return False

    def _do(self, person: Person, deed: AnyAct) -> None:
        try:
            self._mark = self.acting.act(person, deed).n
        except CannotAct as error:
            raise Lost(str(error)) from error

    def _heard(self, person: Person) -> str:
        items = (item for item in person.items if item.n > self._mark and item.sender == "bot")
        return "\n".join(words(item.message) for item in items)

    async def _next_deed(self, person: Person) -> AnyAct | None:
        """Wait for words of the bot that a rule fits; None when they say that the walk is done."""
        deadline = asyncio.get_running_loop().time() + self.plan.quiet
        while True:
            heard = self._heard(person)
            if heard:
                while await person.changed.wait(self.plan.settle):
                    heard = self._heard(person)
                if self._arrived(heard):
                    return None
                deed = self._choose(person, heard)
                if deed is not None:
                    return deed
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0 or not await person.changed.wait(left):
                what = f"no rule fits: {heard[-SHOWN:]}" if heard else f"no answer within {self.plan.quiet:g} s"
                raise Lost(what)

    def _arrived(self, heard: str) -> bool:
        found = re.search(self.plan.done, heard)
        if found:
            self.view.captured = found[1] if found.re.groups else found[0]
            return True
        if self.plan.failed and re.search(self.plan.failed, heard):
            raise Lost(f"the bot said: {heard[-SHOWN:]}")
        return False

    def _choose(self, person: Person, heard: str) -> AnyAct | None:
        reach = available(self.world, person)
        fresh = {item.id for item in person.items if item.n > self._mark}
        near = [button for button in reach if button.source == "quick" or button.item in fresh]
        menu = [button for button in reach if button.source == "menu"]
        return self._first_fit(heard, near) or self._first_fit(heard, menu)

    def _first_fit(self, heard: str, buttons: Sequence[Button]) -> AnyAct | None:
        """The deed of the first rule that fits what was heard and finds its button among these."""
        for number, rule in enumerate(self.plan.rules):
            if self._followed[number] >= (1 if rule.story else rule.times) or not re.search(rule.when, heard):
                continue
            deed = self._deed(rule, buttons)
            if deed is not None:
                self._followed[number] += 1
                return deed
        return None

    def _deed(self, rule: Rule, buttons: Sequence[Button]) -> AnyAct | None:
        if rule.story:
            return Text(text=self.example.text)
        if rule.say is not None:
            return Text(text=rule.say)
        for button in buttons:
            if button.label and re.search(rule.tap or "", button.label):
                return Tap(source=button.source, item=button.item, index=button.index)
        return None


class Run:
    """A run over many examples, a few at a time."""

    def __init__(self, plan: WalkFile, examples: Sequence[Example]) -> None:
        self.id = secrets.token_hex(4)
        self.plan = plan
        self.examples = examples
        self.walks = [WalkView(id=example.id) for example in examples]
        self.changed = Signal()
        self.task: asyncio.Task[None] | None = None

    def view(self, *, walks: bool = True) -> RunView:
        states = Counter(walk.state for walk in self.walks)
        return RunView(
            id=self.id,
            running=self.task is not None and not self.task.done(),
            total=len(self.walks),
            done=states["done"],
            failed=states["failed"],
            walks=self.walks if walks else [],
        )


class Walks:
    """All runs since the start."""

    def __init__(self, world: World, acting: Acting) -> None:
        self.world = world
        self.acting = acting
        self.runs: dict[str, Run] = {}

    def start(self, plan: WalkFile, examples: Sequence[Example], concurrency: int) -> Run:
        run = Run(plan, examples)
        self.runs[run.id] = run
        run.task = asyncio.create_task(self._go(run, asyncio.Semaphore(concurrency)))
        run.task.add_done_callback(lambda _: self._tell(run))
        return run

    async def _go(self, run: Run, gate: asyncio.Semaphore) -> None:
        async def one(example: Example, view: WalkView) -> None:
            async with gate:
                self._tell(run)
                await Walk(self.world, self.acting, run.plan, example, view).run()
            self._tell(run)

        async with asyncio.TaskGroup() as group:
            for example, view in zip(run.examples, run.walks, strict=True):
                group.create_task(one(example, view))

    def _tell(self, run: Run) -> None:
        run.changed.fire()
        self.world.bus.tell("walk", **run.view(walks=False).model_dump(exclude={"walks"}))

    async def stop(self, run: Run) -> None:
        """End a run; what has arrived stays."""
        if run.task is None or run.task.done():
            return
        run.task.cancel()
        await asyncio.gather(run.task, return_exceptions=True)
        for walk in run.walks:
            if walk.state in ("waiting", "walking"):
                walk.state, walk.reason = "failed", "stopped"

    async def stop_all(self) -> None:
        for run in self.runs.values():
            await self.stop(run)
        self.runs.clear()
