"""What LINE brings when it is no answer any more."""

import pytest

from dialogs.events import Located, Said, SentOther, Tapped, Timing
from dialogs.screens import DangerCard
from tests.dialogs.driver import Talk

STEPS = ["", "terms", "who", "where", "noticed", "since", "danger", "household", "contact", "phone", "summary"]
TIMINGS: list[Timing] = ["overtaken", "late"]
TOO_LATE = "時間がたったので"


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("words", ["1", "2", "はい", "わからない", "もどる", "やめる", "送る", "近所の人", "この数日"])
@pytest.mark.parametrize("timing", TIMINGS)
def test_no_13_and_14_it_never_answers_the_question_that_stands(
    talk: Talk, step: str, words: str, timing: Timing
) -> None:
    before = talk.to(step).state
    talk.late(words, timing)
    after = talk.state
    assert (after.step, after.entries, after.aside, after.calm) == (before.step, before.entries, before.aside, False)
    assert not talk.effects
    assert (TOO_LATE in talk.words) == (timing == "late")


@pytest.mark.parametrize("step", STEPS[1:])
def test_what_was_overtaken_is_passed_over_in_silence_and_changes_nothing(talk: Talk, step: str) -> None:
    before = talk.to(step).state
    for words in ("1", "はい", "", "ありがとう", *([] if step == "noticed" else ["となりの家の電気がつきません"])):
        shown = talk.late(words, "overtaken").screens
        assert not shown
    assert (talk.state.entries, talk.state.nonce) == (before.entries, before.nonce)
    assert talk.state.heard_at == before.heard_at


@pytest.mark.parametrize("timing", TIMINGS)
def test_own_words_go_into_the_story_that_is_being_told_by_their_time(talk: Talk, timing: Timing) -> None:
    talk.to("noticed").act(Said("新聞がたまっています", "m"), at=talk.now)
    talk.late("夜も電気がつきません", timing, ago=60)
    assert talk.state.all("story") == ("夜も電気がつきません", "新聞がたまっています")
    assert "お預かりしました" in talk.words


def test_words_before_anything_is_begun_join_those_that_wait(talk: Talk) -> None:
    talk.act(Said("新聞がたまっています", "m"), at=talk.now)
    talk.late("となりのおばあさんのことです", "overtaken", ago=60)
    assert talk.state.all("story") == ("となりのおばあさんのことです", "新聞がたまっています")
    assert talk.state.aside == "begin"


@pytest.mark.parametrize("step", STEPS[1:])
def test_own_words_that_came_too_late_are_kept_in_an_open_draft(talk: Talk, step: str) -> None:
    talk.to(step).late("夜になっても電気がつきません")
    assert "夜になっても電気がつきません" in talk.state.all("story")
    assert talk.state.step == step
    assert TOO_LATE not in talk.words


def test_no_14_it_is_said_once_for_all_that_was_written_before(talk: Talk) -> None:
    talk.late("こんにちは")
    assert TOO_LATE in talk.words
    for words in ("1", "はい", "となりの家の電気がつきません"):
        assert not talk.late(words, ago=3600).screens
    talk.menu("notice")
    assert not talk.late("1", ago=3600).screens
    talk.wait(hours=3)
    talk.late("1", ago=3600)
    assert TOO_LATE in talk.words, "written after it was said"


def test_other_acts_that_came_too_late_are_told_of_as_well_but_no_sticker(talk: Talk) -> None:
    for act in (Located(36.7, 138.2, "", "m"), Tapped("menu:lines")):
        talk.state = type(talk.state)()
        talk.act(act, timing="late")
        assert TOO_LATE in talk.words
    assert not talk.act(SentOther("sticker"), timing="late").screens


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("timing", TIMINGS)
@pytest.mark.parametrize("words", ["父が倒れています", "子どもの泣き声がします"])
def test_danger_is_answered_however_late_and_its_words_are_kept(
    talk: Talk, step: str, timing: Timing, words: str
) -> None:
    before = talk.to(step).state
    shown = talk.late(words, timing).screens
    assert isinstance(shown[0], DangerCard)
    assert words in talk.state.all("story")
    assert talk.state.step == before.step


def test_a_danger_with_a_place_or_a_number_in_it_answers_no_question(talk: Talk) -> None:
    talk.to("where").late("浅川で人が倒れています", "overtaken")
    assert not talk.state.all("district")
    talk.tap("つづける")
    talk.to("phone").late("倒れています 090-1234-5678", "overtaken")
    assert not talk.state.all("phone")


def test_a_figure_of_speech_that_was_overtaken_is_passed_over(talk: Talk) -> None:
    talk.to("since")
    assert not talk.late("死ぬほどいそがしいです", "overtaken").screens
    assert not talk.state.quieted


def test_the_calm_question_stands_as_it_stood(talk: Talk) -> None:
    talk.to("since").say("父が倒れています")
    talk.late("夜になっても電気がつきません")
    assert talk.labels == ["電話した", "いまは電話できない", "つづける"]


@pytest.mark.parametrize("timing", TIMINGS)
def test_names_are_masked_as_ever(talk: Talk, timing: Timing) -> None:
    talk.to("noticed").late("田中さんの家の新聞です", timing)
    assert talk.state.all("story") == ("〇〇さんの家の新聞です",)
    assert "置きかえて" in talk.words


@pytest.mark.parametrize("timing", TIMINGS)
def test_where_no_words_are_taken_none_are_kept(talk: Talk, timing: Timing) -> None:
    talk.talk_text = "off"
    talk.to("noticed").late("となりの家の新聞がたまっています", timing)
    assert not talk.state.all("story")


class TestNewest:
    def test_what_happened_last_is_remembered_through_the_end_of_a_session(self, talk: Talk) -> None:
        talk.to("summary").tap("送る")
        assert talk.state.heard_at == talk.now
        talk.menu("notice")
        assert talk.state.heard_at == talk.now

    def test_an_older_act_and_a_coming_back_leave_it_as_it_is(self, talk: Talk) -> None:
        talk.to("noticed").say("新聞がたまっています")
        newest = talk.state.heard_at
        talk.late("夜も電気がつきません", "overtaken", ago=60)
        talk.follow()
        assert talk.state.heard_at == newest

    def test_taking_back_counts_where_it_changed_something(self, talk: Talk) -> None:
        talk.to("noticed").say("新聞がたまっています")
        newest = talk.state.heard_at
        talk.unsend(99)
        assert talk.state.heard_at == newest
        talk.unsend(talk.messages)
        assert talk.state.heard_at == talk.now

    def test_the_form_has_a_time_of_its_own(self, talk: Talk) -> None:
        talk.to("noticed")
        newest = talk.state.heard_at
        talk.fill(story="新聞がたまっています")
        assert (talk.state.heard_at, talk.state.form_at) == (newest, talk.now)
