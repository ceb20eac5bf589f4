"""A talk with the engine, as a person has it. The state goes through JSON before every step, answers are weighed."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from dialogs.effects import Submit
from dialogs.engine import Engine
from dialogs.events import (
    Act,
    Danger,
    Event,
    Facts,
    Followed,
    Heard,
    HelpLine,
    Located,
    Place,
    Said,
    SentOther,
    TalkText,
    Tapped,
    Unsent,
)
from dialogs.measure import graphemes, utf16
from dialogs.screens import Ask, Choice, DangerCard, Say, Screen, Suggested
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


def facts(talk_text: TalkText = "short") -> Facts:
    return Facts(
        city="長野市",
        readers="市の福祉政策課と社会福祉協議会の担当者",
        answer_time="7月2日（木）8時30分ごろ",
        receipt="K7QM-4T2X",
        danger_lines=(FIRE, POLICE),
        talk_text=talk_text,
        lines_by_kind={"suicide": (LIFELINE,)},
    )


def understood(act: Act) -> Heard:
    """What a small stand-in for the routing room hears."""
    if isinstance(act, Located):
        outside = not 36.4 <= act.latitude <= 36.9
        return Heard(places=PLACES["浅川"] if round(act.latitude, 1) == 36.7 else (), outside=outside)
    if not isinstance(act, Said):
        return Heard()
    danger = next((danger for word, danger in DANGERS.items() if word in act.text), None)
    places = next((places for word, places in PLACES.items() if word in act.text), ())
    return Heard(danger, places)


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


@dataclass
class Talk:
    engine: Engine
    talk_text: TalkText = "short"
    now: datetime = datetime(2026, 7, 1, 3, 0, tzinfo=UTC)
    state: State = field(default_factory=State)
    shown: list[tuple[Screen, ...]] = field(default_factory=list)
    effects: list[Submit] = field(default_factory=list)
    acts: int = 0
    messages: int = 0

    def act(self, act: Act, heard: Heard | None = None, *, key: str = "") -> Step:
        self.acts += 1
        stored = json.loads(json.dumps(self.state.to_json(), ensure_ascii=False))
        event = Event(key or f"event-{self.acts}", act, facts(self.talk_text), heard or understood(act))
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

    def send(self, kind: str) -> Step:
        return self.act(SentOther(kind))

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
        case DangerCard(title, text, lines):
            return (title, text, *(line.number for line in lines))
        case Suggested(intro, nothing):
            return (intro, nothing)
