"""A talk with the engine, as a person has it. The state goes through JSON before every step, answers are weighed."""

import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dialogs.effects import Submit
from dialogs.engine import Engine
from dialogs.events import (
    Act,
    Danger,
    Event,
    Facts,
    Followed,
    FormDone,
    Heard,
    HelpLine,
    Located,
    Place,
    Said,
    SentOther,
    TalkText,
    Tapped,
    Timing,
    Unsent,
)
from dialogs.measure import graphemes, utf16
from dialogs.screens import Ask, Choice, DangerCard, FormLink, Say, Screen, Suggested
from dialogs.state import State, Step

POLICE = HelpLine("警察", "110", "110")
FIRE = HelpLine("救急・消防", "119", "119")
LIFELINE = HelpLine("よりそいホットライン", "0120-279-338", "0120279338", "24時間")
CHILDREN = HelpLine("児童相談所", "189", "189", "24時間")

DANGERS = {
    "倒れて": Danger("now", ("life",), (FIRE, POLICE)),
    "もう死ぬ": Danger("now", ("suicide",), (FIRE, LIFELINE)),
    "殴られ": Danger("now", ("dv",), (POLICE,)),
    "燃えて": Danger("now", ("life",), (FIRE,)),
    "死にたい": Danger("soon", ("suicide",), (LIFELINE,)),
    "なぐられ": Danger("now", ("dv",), (POLICE,)),
    "泣き声": Danger("soon", ("child",), (CHILDREN,)),
    "死ぬほど": Danger("quiet", ("suicide",), (LIFELINE,)),
}
PLACES = {
    "浅川": (Place("asakawa", "浅川地区", ("浅川", "あさかわ")),),
    "あさかわ": (Place("asakawa", "浅川地区", ("浅川", "あさかわ")),),
    "三輪": (Place("miwa", "三輪地区"), Place("yoshida", "吉田地区")),
}
_PERSONAL = {"name": re.compile("田中|佐藤(?=さん)"), "phone": re.compile(r"0\d{1,2}-?\d{3,4}-?\d{4}")}
_MASKS = {"name": "〇〇", "phone": "〇〇（電話番号）"}


def facts(talk_text: TalkText = "short", *, has_form: bool = False) -> Facts:
    return Facts(
        city="長野市",
        readers="市の福祉政策課と社会福祉協議会の担当者",
        answer_time="7月2日（木）8時30分ごろ",
        receipt="K7QM-4T2X",
        danger_lines=(FIRE, POLICE),
        talk_text=talk_text,
        lines_by_kind={"suicide": (LIFELINE,)},
        has_form=has_form,
    )


def understood(act: Act) -> Heard:
    """What a small stand-in for the routing room hears."""
    if isinstance(act, Located):
        outside = not 36.4 <= act.latitude <= 36.9
        return Heard(places=PLACES["浅川"] if round(act.latitude, 1) == 36.7 else (), outside=outside)
    if isinstance(act, FormDone):
        heard = _understood(f"{act.story}\n{act.landmark}\n{act.address}")
        return replace(heard, personal=(), masked="")
    return _understood(act.text) if isinstance(act, Said) else Heard()


def _understood(text: str) -> Heard:
    danger = next((danger for word, danger in DANGERS.items() if word in text), None)
    places = next((places for word, places in PLACES.items() if word in text), ())
    personal = tuple(kind for kind, pattern in _PERSONAL.items() if pattern.search(text))
    masked = text
    for kind in personal:
        masked = _PERSONAL[kind].sub(_MASKS[kind], masked)
    return Heard(danger, places, personal=personal, masked=masked if personal else "")


def weigh(screens: tuple[Screen, ...]) -> None:
    """Every answer is within LINE's limits, and a question ends it."""
    assert len(screens) <= 5
    if screens:
        assert isinstance(screens[-1], Ask)
    assert sum(isinstance(screen, Ask) for screen in screens) <= 1
    for screen in screens:
        if isinstance(screen, Ask):
            listed = "\n".join([screen.text, *(f"{n}. {choice.label}" for n, choice in enumerate(screen.choices, 1))])
            assert utf16(listed) <= 4_900
            assert screen.choices or screen.more
            assert len(screen.choices) + len(screen.more) + screen.location <= 13
            for choice in (*screen.choices, *screen.more):
                assert 1 <= graphemes(choice.label) <= 20
                assert utf16(choice.data) <= 300
        elif isinstance(screen, Say):
            assert 0 < utf16(screen.text) <= 5_000
        elif isinstance(screen, DangerCard):
            assert screen.lines
        elif isinstance(screen, FormLink):
            assert 1 <= graphemes(screen.label) <= 20
            assert 0 < graphemes(screen.text) <= 600


@dataclass
class Talk:
    engine: Engine
    talk_text: TalkText = "short"
    has_form: bool = False
    now: datetime = datetime(2026, 7, 1, 3, 0, tzinfo=UTC)
    state: State = field(default_factory=State)
    shown: list[tuple[Screen, ...]] = field(default_factory=list)
    effects: list[Submit] = field(default_factory=list)
    acts: int = 0
    messages: int = 0

    def act(
        self,
        act: Act,
        heard: Heard | None = None,
        *,
        key: str = "",
        at: datetime | None = None,
        soon: bool = False,
        timing: Timing = "present",
    ) -> Step:
        """One act, ten seconds after the last one, or at the same moment (`soon`)."""
        self.acts += 1
        self.now += timedelta(seconds=0 if soon else 10)
        stored = json.loads(json.dumps(self.state.to_json(), ensure_ascii=False))
        about = facts(self.talk_text, has_form=self.has_form)
        heard = heard or understood(act)
        if self.talk_text != "short":
            heard = replace(heard, personal=(), masked="")
        event = Event(key or f"event-{self.acts}", act, about, heard, at, timing)
        step = self.engine.advance(State.from_json(stored), event, self.now)
        weigh(step.screens)
        self.state = step.state
        self.shown.append(step.screens)
        self.effects.extend(step.effects)
        return step

    def say(self, *texts: str) -> Step:
        for text in texts:
            self.messages += 1
            step = self.act(Said(text, f"m{self.messages}"))
        return step

    def late(self, text: str, timing: Timing = "late", *, ago: float = 7200) -> Step:
        """A message that LINE brings so many seconds after it was written."""
        self.messages += 1
        written = self.now - timedelta(seconds=ago)
        return self.act(Said(text, f"m{self.messages}"), at=written, timing=timing)

    def tap(self, *labels: str) -> Step:
        for label in labels:
            step = self.act(Tapped(self.button(label).data))
        return step

    def button(self, label: str, *, old: bool = False) -> Choice:
        """The button of the present question with `label`, or the last one of an earlier question."""
        asks = [screens[-1] for screens in self.shown if screens]
        for ask in reversed(asks[:-1] if old else asks[-1:]):
            assert isinstance(ask, Ask)
            for choice in (*ask.choices, *ask.more):
                if choice.label == label:
                    return choice
        raise AssertionError(f"no button {label}")

    def menu(self, item: str) -> Step:
        return self.act(Tapped(f"menu:{item}"))

    def follow(self) -> Step:
        return self.act(Followed())

    def unsend(self, message: int) -> Step:
        return self.act(Unsent(f"m{message}"))

    def send(self, kind: str, group: str = "", *, soon: bool = False) -> Step:
        return self.act(SentOther(kind, group), soon=soon)

    def fill(self, **fields: Any) -> Step:
        """The 安心フォーム, filled in and confirmed."""
        return self.act(FormDone(**fields))

    def locate(self, latitude: float, longitude: float) -> Step:
        self.messages += 1
        return self.act(Located(latitude, longitude, "長野市浅川1-2-3", f"m{self.messages}"))

    def wait(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    @property
    def words(self) -> str:
        """All that the last answer said."""
        return "\n".join(text for screen in self.shown[-1] for text in texts_of(screen))

    @property
    def question(self) -> str:
        """The last line of the present question."""
        return self.ask.text

    @property
    def ask(self) -> Ask:
        ask = self.shown[-1][-1]
        assert isinstance(ask, Ask)
        return ask

    @property
    def labels(self) -> list[str]:
        return [choice.label for choice in self.ask.choices]

    def to(self, step: str) -> "Talk":
        """On to `step` of the path, by the plainest answers."""
        answers = {
            "": lambda: self.menu("notice"),
            "terms": lambda: self.tap("わかりました"),
            "who": lambda: self.tap("近所の人"),
            "where": lambda: (self.say("浅川"), self.tap("はい")),
            "noticed": lambda: (self.say("新聞がたまっています"), self.tap("これでよい")),
            "since": lambda: self.tap("この数日"),
            "danger": lambda: self.tap("いいえ"),
            "household": lambda: self.tap("ひとりで"),
            "contact": lambda: self.tap("電話で" if step == "phone" else "このLINEで"),
        }
        while self.state.step != step:
            answers[self.state.step]()
        return self


def texts_of(screen: Screen) -> tuple[str, ...]:
    match screen:
        case Say(text) | Ask(text):
            return (text,)
        case FormLink(text, label):
            return (text, label)
        case DangerCard(title, text, lines):
            return (title, text, *(line.number for line in lines))
        case Suggested(intro, nothing):
            return (intro, nothing)
