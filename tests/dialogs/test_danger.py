"""Danger at every place of the path."""

import pytest

from dialogs.engine import Engine
from dialogs.events import Danger, Heard, Said
from dialogs.screens import Ask, DangerCard, Say
from tests.dialogs.driver import FIRE, LIFELINE, POLICE, Talk

STEPS = ["", "terms", "who", "where", "noticed", "since", "danger", "household", "contact", "phone", "summary"]
CALM = ["電話した", "いまは電話できない", "つづける"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("answer", CALM)
def test_now_stops_with_numbers_and_goes_on_where_it_was(talk: Talk, step: str, answer: str) -> None:
    talk.to(step)
    shown = talk.say("父が倒れています").screens
    assert isinstance(shown[0], DangerCard)
    assert shown[0].lines == (FIRE, POLICE)
    assert talk.labels == CALM
    assert "倒れて" not in talk.words
    talk.tap(answer)
    assert talk.state.step == ("noticed" if step == "where" else step)
    assert ("父が倒れています" in talk.state.all("story")) == (step in {"", "noticed"})
    assert talk.state.all("danger_kinds") == ("life",)


def test_words_at_the_place_question_stay_as_landmark(talk: Talk) -> None:
    talk.to("where").say("公園で人が倒れています")
    assert talk.state.get("place_text") == "公園で人が倒れています"


@pytest.mark.parametrize("step", STEPS)
def test_soon_shows_numbers_and_asks_on_at_once(talk: Talk, step: str) -> None:
    talk.to(step)
    shown = talk.say("子どもの泣き声がします").screens
    assert isinstance(shown[0], DangerCard)
    assert talk.labels != CALM
    assert not talk.state.calm


@pytest.mark.parametrize("step", STEPS)
def test_quiet_offers_numbers_once_in_a_session(talk: Talk, step: str) -> None:
    talk.to(step)
    shown = talk.say("死ぬほど忙しい").screens
    assert not any(isinstance(screen, DangerCard) for screen in shown)
    assert LIFELINE.number in talk.words
    assert isinstance(shown[-2], Say)
    talk.say("死ぬほど忙しい")
    assert LIFELINE.number not in "".join(screen.text for screen in talk.shown[-1][:-1] if isinstance(screen, Say))


def test_the_same_danger_twice_in_a_row_shows_the_card_but_asks_once(talk: Talk) -> None:
    talk.to("noticed").say("倒れています")
    shown = talk.say("まだ倒れています").screens
    assert isinstance(shown[0], DangerCard)
    assert talk.labels != CALM
    assert talk.state.all("story") == ("倒れています", "まだ倒れています")


def test_answering_the_calm_question_does_not_make_the_same_danger_new(talk: Talk) -> None:
    talk.to("noticed").say("倒れています")
    talk.tap("電話した")
    talk.say("倒れたままです、倒れています")
    assert talk.labels != CALM


def test_another_danger_asks_again(talk: Talk) -> None:
    talk.to("noticed").say("倒れています")
    talk.say("もう死ぬと言っています")
    assert talk.labels == CALM


def test_the_same_danger_after_an_ordinary_answer_asks_again(talk: Talk) -> None:
    talk.to("noticed").say("倒れています")
    talk.tap("つづける")
    talk.say("新聞もたまっています")
    talk.say("また倒れています")
    assert talk.labels == CALM


def test_yes_to_danger_now_shows_the_numbers_and_goes_on(talk: Talk) -> None:
    talk.to("danger")
    shown = talk.tap("はい").screens
    assert isinstance(shown[0], DangerCard)
    assert talk.labels == CALM
    talk.tap("つづける")
    assert talk.state.step == "household"
    assert talk.state.get("immediate_danger") == "yes"


def test_a_sign_that_means_danger_shows_its_own_numbers(talk: Talk) -> None:
    talk.to("noticed").tap("ようすや人の出入り")
    shown = talk.tap("「死にたい」などと言う").screens
    assert isinstance(shown[0], DangerCard)
    assert shown[0].lines == (LIFELINE,)
    talk.tap("これでよい")
    talk.to("summary").tap("送る")
    assert talk.effects[0].report.danger_kinds == ("suicide",)


def test_a_sign_taken_back_is_no_danger_in_the_report(talk: Talk) -> None:
    talk.to("noticed").tap("ようすや人の出入り", "「死にたい」などと言う", "✓「死にたい」などと言う")
    talk.say("新聞")
    talk.tap("これでよい")
    talk.to("summary").tap("送る")
    assert talk.effects[0].report.danger_kinds == ()


def test_kinds_of_all_words_come_into_the_report_each_once(talk: Talk) -> None:
    talk.to("who").say("泣き声がします")
    talk.to("noticed").say("また泣き声がします")
    talk.say("なぐられているようです")
    talk.tap("つづける", "これでよい")
    talk.to("summary").tap("送る")
    assert talk.effects[0].report.danger_kinds == ("child", "dv")


def test_violence_at_home_adds_how_to_hide_the_talk(talk: Talk) -> None:
    talk.to("noticed").say("なぐられています")
    assert "トークを消して" in talk.words


def test_danger_without_lines_shows_the_general_ones(talk: Talk) -> None:
    talk.to("since").act(Said("あぶない", "m"), Heard(danger=Danger("now", (), ())))
    assert talk.shown[-1][0].lines == (FIRE, POLICE)


def test_danger_in_the_word_that_sends_does_not_hide_the_receipt(talk: Talk) -> None:
    talk.to("summary")
    step = talk.act(Said("送る", "m"), Heard(danger=Danger("now", ("life",), (FIRE,))))
    assert isinstance(step.screens[0], DangerCard)
    assert "K7QM-4T2X" in talk.words
    assert isinstance(step.screens[-1], Ask)
    assert not step.state.entries


def test_too_long_words_in_danger_are_told_between_card_and_question(talk: Talk) -> None:
    talk.to("noticed").say("倒れています" * 200)
    assert isinstance(talk.shown[-1][0], DangerCard)
    assert "残していない" in talk.words
    assert talk.labels == CALM
    assert not talk.state.all("story")


def test_where_no_words_are_taken_danger_still_comes_first(engine: Engine) -> None:
    talk = Talk(engine, "off").to("")
    talk.say("父が倒れています")
    assert isinstance(talk.shown[-1][0], DangerCard)
    assert not talk.state.all("story")
    talk.tap("つづける")
    assert "気になる人がいる" in talk.labels


@pytest.mark.parametrize("text", ["あとで", "やめる", "もどる", "はじめから", "ヘルプ", "わからない"])
def test_the_calm_question_has_every_way_out(talk: Talk, text: str) -> None:
    talk.to("since").say("倒れています")
    talk.say(text)
    assert talk.state.step == "since"
    assert talk.state.calm == (text in {"ヘルプ", "わからない"})


def test_the_rich_menu_shows_the_numbers_at_any_time(talk: Talk) -> None:
    shown = talk.to("noticed").menu("lines").screens
    assert isinstance(shown[0], DangerCard)
    assert shown[0].title == "緊急の電話"
