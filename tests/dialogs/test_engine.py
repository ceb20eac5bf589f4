"""The engine as a whole: what an act of each kind does, where it stands, and what it can never do."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.book import Book, load_book
from dialogs.engine import Engine
from dialogs.events import Event, Followed, Said, Tapped
from dialogs.limits import Limits
from dialogs.screens import Ask, Say
from dialogs.state import Entry, State
from tests.dialogs.driver import Talk, facts

ENGINE = Engine(load_book())


def test_the_same_event_gives_the_same_step(talk: Talk, engine: Engine) -> None:
    talk.to("where")
    event = Event("key", Said("浅川", "m9"), facts())
    assert engine.advance(talk.state, event, talk.now) == engine.advance(talk.state, event, talk.now)


def test_a_question_asked_again_keeps_its_buttons(talk: Talk) -> None:
    talk.to("who")
    data = talk.button("近所の人").data
    talk.send("sticker")
    assert talk.button("近所の人").data == data


def test_an_answer_makes_the_buttons_before_it_old(talk: Talk) -> None:
    talk.to("who")
    old = talk.button("近所の人").data
    talk.tap("家族・親せき")
    talk.act(Tapped(old))
    assert "前の質問のボタン" in talk.words
    assert talk.state.get("reporter_type") == "family"
    assert talk.state.step == "where"


def test_a_button_of_a_draft_that_is_gone_is_explained(engine: Engine, talk: Talk) -> None:
    talk.to("who")
    old = talk.button("近所の人").data
    later = Talk(engine)
    later.act(Tapped(old))
    assert "24時間" in later.words


def test_a_forged_value_in_a_fresh_button_does_nothing(talk: Talk) -> None:
    talk.to("who")
    session, nonce = talk.state.session, talk.state.nonce
    for value in ("send", "fix", ".keep", "page-house", "yes", "", ":", "k1", "neighbour:x"):
        talk.act(Tapped(f"k1:{session}:{nonce}:{value}"))
        assert talk.state.step == "who"


def test_a_second_send_is_answered_kindly_and_sends_nothing(talk: Talk) -> None:
    talk.to("summary")
    send = talk.button("送る").data
    talk.act(Tapped(send))
    talk.act(Tapped(send))
    assert "もう送りました。受付番号は K7QM-4T2X" in talk.words
    assert len(talk.effects) == 1


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("送る", "もう送りました。受付番号は K7QM-4T2X"),
        ("なおす", "送ったあとは"),
        ("ありがとうございました。", "こちらこそ"),
        ("わかりました、ありがとう", "こちらこそ"),
        ("よろしくお願いします", ""),
        ("これでよい", ""),
    ],
)
def test_a_word_after_sending_begins_nothing(talk: Talk, text: str, answer: str) -> None:
    talk.to("summary").say("送る", text)
    assert answer in talk.words
    assert not talk.state.is_draft
    assert len(talk.effects) == 1


def test_words_in_another_writing_get_a_sentence_in_english_once(talk: Talk) -> None:
    talk.say("My neighbor does not answer")
    assert "Japanese only" in talk.words
    assert "日本語だけ" in talk.words
    assert talk.state.all("story") == ("My neighbor does not answer",)
    talk.say("She is old")
    assert "Japanese only" not in talk.words


@pytest.mark.parametrize("step", ["", "who", "noticed", "summary"])
def test_who_wants_to_talk_to_somebody_is_told_who_reads(talk: Talk, step: str) -> None:
    talk.to(step).say("担当者と話したいです")
    assert "職員が読みます" in talk.words
    assert talk.state.step == step
    assert "担当者と話したいです" not in talk.state.all("story")


def test_nothing_of_a_sent_report_stays_in_the_state(talk: Talk) -> None:
    talk.to("summary").tap("送る")
    assert not talk.state.is_draft
    assert talk.state.entries == ()
    assert "新聞" not in str(talk.state.to_json())


def test_the_notice_is_read_once(talk: Talk) -> None:
    talk.to("summary").tap("送る")
    talk.menu("notice")
    assert talk.state.step == "who"


def test_a_new_friend_is_told_what_this_is(talk: Talk) -> None:
    talk.follow()
    for word in ("長野市", "社会福祉協議会", "119", "110", "急ぎの窓口ではありません"):
        assert word in talk.words
    assert talk.labels == ["気になる人がいる", "緊急の電話", "使い方とプライバシー"]


def test_following_again_keeps_the_draft(talk: Talk) -> None:
    talk.to("noticed").follow()
    assert talk.labels == ["つづきから", "はじめから"]
    talk.tap("つづきから")
    assert talk.state.step == "noticed"
    assert talk.state.get("reporter_type") == "neighbour"


@pytest.mark.parametrize("item", ["notice", "home", "lines", "about", "tomorrow"])
@pytest.mark.parametrize("step", ["terms", "where", "noticed", "phone", "summary"])
def test_the_menu_never_loses_a_draft(talk: Talk, step: str, item: str) -> None:
    talk.to(step)
    entries = talk.state.entries
    talk.menu(item)
    assert talk.labels == ["つづきから", "はじめから"]
    talk.tap("つづきから")
    assert (talk.state.step, talk.state.entries) == (step, entries)


@pytest.mark.parametrize("kind", ["sticker", "image", "video", "audio", "file", "hologram", ""])
def test_what_is_not_words_is_asked_again(talk: Talk, kind: str) -> None:
    talk.to("since").send(kind)
    assert talk.state.step == "since"
    assert "番号か、ボタンで" in talk.words


@pytest.mark.parametrize("text", ["", " ", "\u200b\u200d", "\x00", "\ud83d", "\u3164"])
def test_a_message_without_letters_is_asked_again(talk: Talk, text: str) -> None:
    talk.to("noticed").say(text)
    assert "文字が見えません" in talk.words
    assert not talk.state.all("story")


def test_strange_letters_are_kept_out_of_the_state(talk: Talk) -> None:
    talk.to("noticed").say("新聞\x00が\ud83dたまって\u202eいます")
    assert talk.state.all("story") == ("新聞がたまっています",)


def test_a_draft_expires_and_its_person_is_told_once(talk: Talk) -> None:
    talk.to("since")
    talk.wait(hours=24)
    talk.tap("この数日")
    assert "書きかけの内容は消えました" in talk.words
    assert not talk.state.is_draft
    talk.say("こんにちは")
    assert "消えました" not in talk.words


def test_nothing_is_told_when_no_draft_expired(talk: Talk) -> None:
    talk.follow()
    talk.wait(days=3)
    talk.say("こんにちは")
    assert "消えました" not in talk.words


def test_an_expired_draft_does_not_swallow_new_words(talk: Talk) -> None:
    talk.to("since")
    talk.wait(hours=30)
    talk.say("新しい心配があります")
    assert "書きかけの内容は消えました" in talk.words
    assert talk.state.all("story") == ("新しい心配があります",)


def test_danger_after_the_draft_expired_still_comes_first(talk: Talk) -> None:
    talk.to("since")
    talk.wait(hours=30)
    talk.say("人が倒れています")
    assert talk.shown[-1][0].title == "いま命があぶないときは、電話を"


def test_a_session_ends_kindly_after_too_many_events(book: Book) -> None:
    talk = Talk(Engine(book, Limits(events_per_session=5))).to("noticed")
    for _ in range(5):
        talk.send("sticker")
    assert "とても長くなった" in "".join(screen.text for screens in talk.shown for screen in screens)
    assert not talk.state.is_draft


def test_a_long_idle_talk_is_not_told_of_limits(book: Book) -> None:
    talk = Talk(Engine(book, Limits(events_per_session=3)))
    for _ in range(8):
        talk.say("こんにちは")
    assert "長くなった" not in talk.words


def test_a_script_too_long_for_one_act_restarts_kindly(book: Book) -> None:
    talk = Talk(Engine(book, Limits(steps_per_event=4))).to("where")
    talk.say("わからない", "新聞", "これでよい")
    assert "はじめの画面にもどりました" in talk.words
    assert not talk.state.is_draft


def test_no_answer_has_more_screens_than_allowed(book: Book) -> None:
    talk = Talk(Engine(book, Limits(screens_per_step=2))).to("summary")
    step = talk.tap("送る")
    assert len(step.screens) == 2
    assert isinstance(step.screens[-1], Ask)
    assert isinstance(step.screens[0], Say)


def test_an_unreadable_state_is_told(engine: Engine, talk: Talk) -> None:
    step = engine.advance(State.from_json({"version": 0}), Event("e", Followed(), facts()), talk.now)
    assert "読みこめなかった" in step.screens[0].text
    assert not step.state.restarted


def test_a_tap_on_an_unreadable_state_is_explained_once(engine: Engine, talk: Talk) -> None:
    event = Event("e", Tapped("k1:a:b:c"), facts())
    step = engine.advance(State.from_json({"version": 0}), event, talk.now)
    assert [type(screen) for screen in step.screens] == [Say, Ask]


def test_words_before_the_start_wait_for_their_person_to_agree(talk: Talk) -> None:
    talk.say("となりの人を見ません")
    assert talk.labels == ["はじめる", "いまはしない"]
    talk.tap("はじめる", "わかりました", "近所の人", "わからない")
    assert talk.state.step == "noticed"
    assert "これでよい" in talk.labels
    assert talk.state.all("story") == ("となりの人を見ません",)


def test_words_of_somebody_who_does_not_agree_are_gone(talk: Talk) -> None:
    talk.say("となりの人を見ません")
    talk.tap("いまはしない")
    assert "残していません" in talk.words
    assert "となり" not in str(talk.state.to_json())


@pytest.mark.parametrize("text", ["こんにちは", "おはようございます", "よろしくお願いします。"])
def test_a_greeting_is_no_story(talk: Talk, text: str) -> None:
    talk.say(text)
    assert not talk.state.is_draft


def test_an_unsent_message_leaves_the_draft_with_all_that_came_from_it(talk: Talk) -> None:
    talk.to("where").say("浅川")
    talk.tap("はい")
    talk.unsend(1)
    assert "取り消されたメッセージ" in talk.words
    assert talk.state.entries == (Entry("reporter_type", "neighbour"),)
    talk.say("新聞")
    talk.tap("これでよい")
    assert talk.state.step == "where"


def test_an_unsent_message_of_nobody_is_answered_with_silence(talk: Talk) -> None:
    talk.to("since")
    before = talk.state
    assert talk.unsend(77).screens == ()
    assert replace(talk.state, events=before.events, touched=before.touched) == before


def test_an_unsent_message_after_sending_says_nothing(talk: Talk) -> None:
    talk.to("summary").tap("送る")
    assert talk.unsend(2).screens == ()


def test_an_unsent_danger_no_longer_counts(talk: Talk) -> None:
    talk.to("noticed").say("人が倒れています")
    talk.tap("つづける")
    talk.unsend(2)
    talk.say("新聞")
    talk.tap("これでよい")
    talk.to("summary").tap("送る")
    assert talk.effects[0].report.danger_kinds == ()


@pytest.mark.parametrize("talk_text", ["off", "short", "full"])
def test_the_whole_way_in_every_kind_of_city(engine: Engine, talk_text: str) -> None:
    talk = Talk(engine, talk_text)
    talk.menu("notice")
    talk.tap("わかりました", "自分のこと")
    talk.say("浅川")
    talk.tap("はい", "暮らしやお金", "食べ物がない", "これでよい", "きょう", "いいえ", "ひとりで", "このLINEで", "送る")
    report = talk.effects[0].report
    assert (report.reporter_type, report.district, report.signs) == ("self", "asakawa", ("no_food",))
    assert report.place_text == ""


TINY = """
id: notice
version: 1
steps:
  - {id: say, kind: story, pages: {p: [s]}}
  - {id: check, kind: summary}
"""


@given(raw=st.text(max_size=60), data=st.text(max_size=60), key=st.text(max_size=10))
def test_no_text_button_or_key_raises(raw: str, data: str, key: str) -> None:
    """Even where texts are missing altogether."""
    engine = Engine(load_book(texts={}, scripts={"t.yaml": TINY}))
    state = State()
    for act in (Said(raw, "m"), Tapped(data), Tapped("menu:notice"), Said(raw, "m"), Tapped(data), Followed()):
        state = engine.advance(state, Event(key, act, facts()), Talk.now + timedelta(minutes=1)).state
        state = State.from_json(state.to_json())


IDS = st.sampled_from(["terms", "who", "where", "noticed", "danger", "contact", "phone", "summary", "gone", ""])
STORED = st.fixed_dictionaries(
    {"version": st.just(1)},
    optional={
        "session": st.just("s"),
        "nonce": st.just("n"),
        "script": st.sampled_from(["notice", "notice", "gone", ""]),
        "step": IDS,
        "page": st.sampled_from(["", "house", "gone"]),
        "aside": st.sampled_from(["", "begin", "resume", "later", "stop", "fresh", "fix", "place", "odd"]),
        "calm": st.booleans(),
        "done": st.lists(IDS, max_size=4),
        "places": st.lists(st.tuples(st.text(max_size=5), st.text(min_size=1, max_size=40)), max_size=12),
        "entries": st.lists(
            st.fixed_dictionaries(
                {
                    "slot": st.sampled_from(["story", "signs", "contact", "district", "position", "phone", "x"]),
                    "value": st.sampled_from(["phone", "mail", "", "36,138"]) | st.text(max_size=20),
                }
            ),
            max_size=5,
        ),
        "events": st.integers(-5, 600),
    },
)
WORDS = [
    "1",
    "2",
    "はい",
    "もどる",
    "やめる",
    "わからない",
    "あとで",
    "これでよい",
    "倒れています",
    "浅川",
    "026-224-0000",
]


@given(
    raw=STORED, words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), value=st.sampled_from(["yes", "at-9"])
)
def test_no_stored_state_raises(raw: dict[str, object], words: list[str], value: str) -> None:
    talk = Talk(ENGINE, state=State.from_json(raw))
    talk.act(Tapped(f"k1:s:n:{value}"))
    talk.say(*words)
    talk.unsend(1)
    talk.menu("home")
