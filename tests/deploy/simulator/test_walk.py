"""The walker against a tiny scripted bot."""

from collections import Counter
from typing import Any

import pytest

from deploy.simulator.client import Refusal
from deploy.simulator.models import Json
from deploy.simulator.views import RunView
from deploy.simulator.walk import ExamplesError, parse_examples
from tests.deploy.simulator.conftest import Bot, Line

WALK = {
    "done": r"受付番号\s*([A-Z0-9-]+)",
    "failed": "受け付けられません",
    "quiet": 2.0,
    "settle": 0.0,
    "turns": 8,
    "rules": [
        {"when": "送りますか", "tap": "^送る$"},
        {"when": "気づいたこと", "story": True},
        {"tap": "^わからない$", "times": 2},
        {"when": "合言葉", "say": "やま"},
        {"tap": "^はじめる$"},
    ],
}
EXAMPLES = [{"id": f"e{number}", "text": f"例文{number}"} for number in range(5)]


def ask(text: str, *labels: str) -> Json:
    actions = [{"type": "postback", "label": label, "data": label, "displayText": label} for label in labels]
    quick = {"items": [{"type": "action", "action": action} for action in actions]}
    return {"type": "text", "text": text, **({"quickReply": quick} if labels else {})}


class Script:
    """Asks five things in turn, then gives a receipt with what it was told."""

    def __init__(self) -> None:
        self.steps: Counter[str] = Counter()
        self.stories: list[str] = []

    async def answer(self, bot: Bot, event: Json) -> None:
        who = event["source"]["userId"]
        step = self.steps[who]
        self.steps[who] += 1
        told = event.get("message", {}).get("text", "")
        if told.startswith("例文"):
            self.stories.append(told)
        questions = [
            ask("ようこそ", "はじめる"),
            ask("合言葉は"),
            ask("どこですか", "もどる", "わからない"),
            ask("気づいたことを書いてください"),
            ask("送りますか", "なおす", "送る"),
        ]
        message = questions[step] if step < len(questions) else ask(f"受付番号 K-{len(self.stories)}")
        await bot.reply(event, message)


async def walked(line: Line, walk: dict[str, Any], **more: Any) -> RunView:
    run = await line.client.walk(EXAMPLES, walk=walk, **more)
    return await line.client.run(run, wait=20)


async def test_every_example_arrives_with_its_receipt_and_its_own_person(line: Line) -> None:
    script = Script()
    line.bot.answer = script.answer
    run = await walked(line, WALK, concurrency=2)
    assert (run.running, run.done, run.failed) == (False, 5, 0)
    assert sorted(script.stories) == [example["text"] for example in EXAMPLES]
    assert all(walk.captured.startswith("K-") for walk in run.walks)
    assert [walk.turns for walk in run.walks] == [5] * 5
    assert len({walk.person for walk in run.walks}) == 5
    talk = await line.client.talk(run.walks[0].person)
    assert talk.texts("person") == ["はじめる", "やま", "わからない", EXAMPLES[0]["text"], "送る"]


async def test_a_limit_takes_the_first_examples(line: Line) -> None:
    line.bot.answer = Script().answer
    assert (await walked(line, WALK, limit=2)).total == 2


async def test_a_walk_without_a_fitting_rule_quotes_the_bot(line: Line) -> None:
    async def answer(bot: Bot, event: Json) -> None:
        await bot.reply(event, ask("なぞなぞです", "こたえ"))

    line.bot.answer = answer
    run = await walked(line, {**WALK, "quiet": 0.1})
    assert [walk.state for walk in run.walks] == ["failed"] * 5
    assert run.walks[0].reason == "no rule fits: なぞなぞです"


async def test_a_silent_bot_fails_the_walk(line: Line) -> None:
    run = await walked(line, {**WALK, "quiet": 0.1})
    assert run.walks[0].reason == "no answer within 0.1 s"


async def test_a_bot_that_turns_in_circles_fails_the_walk(line: Line) -> None:
    async def answer(bot: Bot, event: Json) -> None:
        await bot.reply(event, ask("もういちど", "はじめる"))

    line.bot.answer = answer
    rules = [{"tap": "はじめる", "times": 100}, {"story": True}]
    run = await walked(line, {**WALK, "rules": rules, "turns": 4})
    assert run.walks[0].reason.startswith("not done after 4 turns")


async def test_words_that_mean_failure_end_the_walk(line: Line) -> None:
    async def answer(bot: Bot, event: Json) -> None:
        await bot.reply(event, ask("いまは受け付けられません", "はじめる"))

    line.bot.answer = answer
    run = await walked(line, WALK)
    assert run.walks[0].reason == "the bot said: いまは受け付けられません"


async def test_every_webhook_twice_and_shuffled_changes_nothing_for_a_careful_bot(line: Line) -> None:
    script = Script()
    seen: set[str] = set()

    async def answer(bot: Bot, event: Json) -> None:
        if event["webhookEventId"] not in seen:
            seen.add(event["webhookEventId"])
            await script.answer(bot, event)

    line.bot.answer = answer
    await line.client.settings(twice=True, shuffle=True, window=0.02)
    run = await walked(line, WALK)
    assert (run.done, len(script.stories)) == (5, 5)


async def test_a_run_can_be_stopped(line: Line) -> None:
    run = await line.client.walk(EXAMPLES, walk={**WALK, "quiet": 60})
    await line.api.delete(f"/sim/walks/{run.id}")
    ended = await line.client.run(run)
    assert not ended.running
    assert {walk.reason for walk in ended.walks} == {"stopped"}


async def test_without_walk_or_examples_nothing_starts(line: Line) -> None:
    with pytest.raises(Refusal, match="no walk file"):
        await line.client.walk(EXAMPLES)
    with pytest.raises(Refusal, match="no examples"):
        await line.client.walk(walk=WALK)
    with pytest.raises(Refusal, match="422"):
        await line.client.walk(EXAMPLES, walk={"done": "("})


def test_examples_are_read_and_further_fields_left_aside() -> None:
    lines = '{"id": "a", "text": "一", "why": "x"}\n\n{"id": "b", "text": "二"}\n'
    assert [(one.id, one.text) for one in parse_examples(lines)] == [("a", "一"), ("b", "二")]


@pytest.mark.parametrize("line_", ['{"id": "a"}', "not json", '{"id": "a", "text": ""}'])
def test_a_broken_line_is_named(line_: str) -> None:
    with pytest.raises(ExamplesError, match="line 2"):
        parse_examples('{"id": "a", "text": "一"}\n' + line_)
