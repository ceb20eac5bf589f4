"""Golden transcripts: a talk as plain text. Lines beginning with 「人> 」 are the person, the rest is what came back.

What a person can do in a transcript:

    人> ことば            a message            人> <友だち追加>        人> <スタンプ> <写真>
    人> [ボタン]           a tap                人> <位置 36.65,138.19>  人> <取消 2> (the second message)
    人> [[ボタン]]         an old button        人> <待つ 25> (hours)    人> <メニュー notice>
    人> <長文 700>         so many letters      人> <押す k1:x:y:z>      人> <二度 [ボタン]> (a double tap)
    人> <写真 a>           (one of the set a)     人> <フォーム story=… phone=…>   人> <三枚> (three photos at once)
    人> <おそく ことば>    two hours late       人> <追いこされて ことば>  (LINE brings it when its person has gone on)
    % talk_text off       what the city takes in the talk, before the first act
    % form                there is the 安心フォーム
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

from dialogs.effects import Report, Submit
from dialogs.engine import Engine
from dialogs.events import Tapped
from dialogs.screens import Ask, DangerCard, FormLink, Say, Screen, Suggested
from dialogs.state import Step
from tests.dialogs.driver import Talk

PERSON = "人> "
_COMMAND = re.compile(r"<(\S+?)(?: (.*))?>")


def played(text: str, engine: Engine) -> str:
    """The transcript with the answers that the engine gives to its acts."""
    talk = Talk(engine)
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith(("#", "%")):
            lines.append(line)
            if line.startswith("% talk_text "):
                talk.talk_text = line.removeprefix("% talk_text ")  # type: ignore[assignment]
            talk.has_form = talk.has_form or line == "% form"
        elif line.startswith(PERSON):
            lines += ["", line]
            step = _acted(talk, line.removeprefix(PERSON))
            if step:
                lines += _shown(step)
    return "\n".join(lines) + "\n"


def _acted(talk: Talk, act: str) -> Step | None:
    if act.startswith("[["):
        return talk.act(Tapped(talk.button(act[2:-2], old=True).data))
    if act.startswith("["):
        return talk.tap(act[1:-1])
    found = _COMMAND.fullmatch(act)
    return _COMMANDS[found[1]](talk, found[2] or "") if found else talk.say(act)


def _twice(talk: Talk, button: str) -> Step:
    data = talk.button(button[1:-1]).data
    first = talk.act(Tapped(data))
    second = talk.act(Tapped(data), soon=True)
    return Step(second.state, (*first.screens, *second.screens), (*first.effects, *second.effects))


def _three(talk: Talk, _: str) -> Step:
    steps = [talk.send("image", soon=bool(at)) for at in range(3)]
    return Step(steps[-1].state, tuple(screen for step in steps for screen in step.screens))


def _filled(talk: Talk, fields: str) -> Step:
    told: dict[str, Any] = dict(field.split("=", 1) for field in fields.split())
    if "photos" in told:
        told["photos"] = tuple(told["photos"].split(","))
    return talk.fill(**told)


_COMMANDS: dict[str, Callable[[Talk, str], Step | None]] = {
    "待つ": lambda talk, value: talk.wait(hours=float(value)),
    "友だち追加": lambda talk, _: talk.follow(),
    "スタンプ": lambda talk, _: talk.send("sticker"),
    "写真": lambda talk, value: talk.send("image", value),
    "三枚": _three,
    "フォーム": _filled,
    "位置": lambda talk, value: talk.locate(*(float(part) for part in value.split(","))),
    "取消": lambda talk, value: talk.unsend(int(value)),
    "メニュー": lambda talk, value: talk.menu(value),
    "おそく": lambda talk, value: talk.late(value),
    "追いこされて": lambda talk, value: talk.late(value, "overtaken", ago=60),
    "長文": lambda talk, value: talk.say("あ" * int(value)),
    "押す": lambda talk, value: talk.act(Tapped(value)),
    "二度": _twice,
}


def _shown(step: Step) -> Iterator[str]:
    for screen in step.screens:
        yield from _screen(screen)
    for effect in step.effects:
        yield from _effect(effect)
    if not step.screens:
        yield "（返事なし）"


def _screen(screen: Screen) -> Iterator[str]:
    match screen:
        case Say(text):
            yield from _indented("窓> ", text)
        case DangerCard(title, text, lines):
            yield from _indented("☎> ", f"{title}\n{text}")
            yield from (f"    {line.name} {line.number} {line.note}".rstrip() for line in lines)
        case FormLink(text, label):
            yield from _indented("窓> ", text)
            yield f"    〔{label}〕"
        case Suggested(intro, _, story, district):
            yield from _indented("窓> ", intro)
            yield f"    〈相談先: 「{_short(story)}」 地区 {district}〉"
        case Ask(text, choices, more, location):
            yield from _indented("窓> ", text)
            yield from (f"    {number}. {choice.label}" for number, choice in enumerate(choices, 1))
            ways = [f"[{choice.label}]" for choice in more] + ["[位置情報]"] * location
            if ways:
                yield "    " + " ".join(ways)


def _indented(head: str, text: str) -> Iterator[str]:
    for at, line in enumerate(text.splitlines()):
        yield (head if at == 0 else "    ") + _short(line)


def _short(text: str) -> str:
    return text if len(text) <= 300 else f"{text[:20]}…（{len(text)}文字）"


def _effect(effect: Submit) -> Iterator[str]:
    yield f"★ 送信 {effect.receipt} {effect.script} {effect.script_version}"
    empty = Report()
    for slot in fields(Report):
        value = getattr(effect.report, slot.name)
        if value != getattr(empty, slot.name):
            yield f"    {slot.name}: {_short(str(value))}"
