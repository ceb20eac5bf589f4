"""A person who does anything at any time. Nothing raises, nothing breaks LINE, nothing told is lost unasked."""

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dialogs.book import load_book
from dialogs.engine import Engine
from dialogs.events import Act, Followed, FormDone, Located, Said, SentOther, Tapped, Unsent
from dialogs.path import fitted
from dialogs.screens import Ask, Choice, DangerCard
from dialogs.state import State, Step
from tests.dialogs.driver import DANGERS, Talk, texts_of

BOOK = load_book()
ENGINE = Engine(BOOK)
COMMANDS = [
    *(
        "もどる",
        "やめる",
        "あとで",
        "わからない",
        "はじめから",
        "ヘルプ",
        "そのまま",
        "メニュー",
        "緊急",
        "はい",
        "いいえ",
    ),
    *(
        "安心フォームで書く",
        "これでよい",
        "わかりました",
        "送る",
        "つづける",
        "なおす",
        "こんにちは",
        "2",
        "３",
        "⑤",
        "026-224-0000",
    ),
]
SECRET = "ひみつの話"
STORIES = [
    *("新聞がたまっています", "田中さんが来ません", "浅川の団地です", "三輪のあたり", "戻ってこない"),
    *("あ" * 601, "🍎" * 300, *DANGERS),
]
FORGETS = ("told.stopped", "told.declined", "told.expired", "told.unsent", "told.too_many_events")
FORGOTTEN = {BOOK.texts.say(key) for key in FORGETS}


def told_gone(step: Step) -> bool:
    return bool({text for screen in step.screens for text in texts_of(screen)} & FORGOTTEN)


class Person(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.talk = Talk(ENGINE)
        self.old: list[Choice] = []

    @initialize(
        talk_text=st.sampled_from(["off", "short", "short", "full"]), begins=st.booleans(), has_form=st.booleans()
    )
    def begin(self, talk_text: Any, *, begins: bool, has_form: bool) -> None:
        self.talk.talk_text = talk_text
        self.talk.has_form = has_form
        if begins:
            self.do(Tapped("menu:notice"))
            self.do(Tapped(self.talk.button("わかりました").data))

    def do(self, act: Act) -> Step:
        before, asked = self.talk.state, self.talk.shown[-1:]
        step = self.talk.act(act)
        self.remembers(before, step, act, asked)
        assert not any("ひみつ" in text for screen in step.screens for text in texts_of(screen))
        self.old += [choice for screen in step.screens if isinstance(screen, Ask) for choice in screen.choices]
        del self.old[:-40]
        return step

    def remembers(self, before: State, step: Step, act: Act, asked: list[Any]) -> None:
        """What was told stays until its person wants it gone, sends it, takes it back, or a day has passed."""
        if isinstance(act, FormDone):
            assert set(before.of("story", private=False)) <= {*step.state.of("story", private=False)} or told_gone(step)
            return
        lost = set(before.all("story")) - set(step.state.all("story"))
        told = {text for screen in step.screens for text in texts_of(screen)}
        meant_to = before.aside == "fresh" or (isinstance(act, Said | Tapped) and before.step == "noticed")
        assert not lost or step.effects or told & FORGOTTEN or meant_to, (lost, act, asked)

    @rule(data=st.data())
    def tap(self, data: st.DataObject) -> None:
        shown = next((screens[-1] for screens in reversed(self.talk.shown) if screens), None)
        buttons = (*shown.choices, *shown.more) if isinstance(shown, Ask) else ()
        if buttons:
            self.do(Tapped(data.draw(st.sampled_from(buttons)).data))

    @precondition(lambda self: self.talk.shown and self.talk.shown[-1])
    @rule(data=st.data())
    def tap_twice(self, data: st.DataObject) -> None:
        asked = self.talk.ask
        tap = Tapped(data.draw(st.sampled_from((*asked.choices, *asked.more))).data)
        once = self.do(tap)
        twice = self.talk.act(tap, soon=True)
        assert (twice.screens, twice.effects) == ((), ())
        assert replace(twice.state, events=once.state.events, touched=once.state.touched) == once.state

    @rule(
        fields=st.fixed_dictionaries(
            {},
            optional={
                "story": st.sampled_from([SECRET, f"{SECRET}。倒れています"]),
                "name": st.just("ひみつの人"),
                "address": st.sampled_from(["浅川ひみつ", "三輪ひみつ"]),
                "landmark": st.just("ひみつの店"),
                "contact": st.sampled_from(["line", "phone", "none"]),
                "phone": st.just("ひみつ"),
                "photos": st.just(("ひみつ1", "ひみつ2")),
            },
        )
    )
    def fill_in_the_form(self, fields: Any) -> None:
        step = self.do(FormDone(**fields))
        assert not fields or step.state.step or step.state.calm

    @precondition(lambda self: self.old)
    @rule(data=st.data())
    def tap_an_old_button(self, data: st.DataObject) -> None:
        self.do(Tapped(data.draw(st.sampled_from(self.old)).data))

    @rule(
        data=st.text(max_size=40)
        | st.sampled_from([f"menu:{item}" for item in ("notice", "home", "lines", "about", "x")])
    )
    def tap_anything(self, data: str) -> None:
        self.do(Tapped(data))

    @rule(text=st.sampled_from(COMMANDS))
    def say_a_word(self, text: str) -> None:
        self.say(text)

    @rule()
    def answer(self) -> None:
        """The plainest answer, so that the way to its end is walked as well."""
        state = self.talk.state
        plain = {"": "気になる人がいる", "terms": "わかりました", "where": "わからない", "phone": "026-224-0000"}
        told = "これでよい" if state.all("story") or state.all("signs") else "姿を見ない"
        self.say({**plain, "noticed": told, "danger": "いいえ", "summary": "送る"}.get(state.step, "1"))

    @rule(text=st.sampled_from(STORIES) | st.text(max_size=30))
    def tell(self, text: str) -> None:
        shown = self.say(text).screens
        if any(word in text for word, danger in DANGERS.items() if danger.level != "quiet"):
            assert isinstance(shown[0], DangerCard)

    def say(self, text: str) -> Step:
        self.talk.messages += 1
        return self.do(Said(text, f"m{self.talk.messages}"))

    @rule(at=st.integers(0, 40))
    def unsend(self, at: int) -> None:
        self.do(Unsent(f"m{at}"))

    @rule(latitude=st.floats(), longitude=st.floats() | st.just(138.2))
    def locate(self, latitude: float, longitude: float) -> None:
        self.do(Located(latitude, longitude, "", f"m{self.talk.messages}"))

    @rule(kind=st.sampled_from(["sticker", "image", "hologram"]), group=st.sampled_from(["", "a", "b"]))
    def send(self, kind: str, group: str) -> None:
        self.do(SentOther(kind, group))

    @rule()
    def follow(self) -> None:
        self.do(Followed())

    @rule(hours=st.sampled_from([1, 12, 30]))
    def wait(self, hours: int) -> None:
        self.talk.wait(hours=hours)

    @invariant()
    def the_state_fits_and_survives(self) -> None:
        state = self.talk.state
        assert State.from_json(state.to_json()) == state
        assert fitted(state, BOOK, ENGINE._limits) == state

    @invariant()
    def there_is_always_a_way_out(self) -> None:
        """Two words lead out of every place, whatever stands there."""
        aside = Talk(ENGINE, self.talk.talk_text, self.talk.has_form, now=self.talk.now, state=self.talk.state)
        aside.say("やめる", "やめる")
        assert not aside.state.is_draft

    @invariant()
    def a_sent_report_is_whole(self) -> None:
        for submit in self.talk.effects:
            assert submit.report.story or submit.report.signs
            assert submit.report.contact != "phone" or submit.report.phone


TestPerson = Person.TestCase
TestPerson.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
