"""Danger at every place of the path."""

from dataclasses import replace

import pytest

from dialogs.engine import Engine
from dialogs.events import Danger, Event, Heard, Said, Tapped
from dialogs.screens import Ask, DangerCard, Say
from dialogs.state import State
from tests.dialogs.driver import FIRE, LIFELINE, POLICE, Talk, facts

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
    assert talk.state.step == step
    assert "父が倒れています" in talk.state.all("story")
    assert talk.state.all("danger_kinds") == ("life",)


def test_danger_with_a_place_in_it_gives_both(talk: Talk) -> None:
    talk.to("where").say("浅川の公園で人が倒れています")
    talk.tap("つづける")
    assert talk.labels == ["はい", "ちがう"]
    talk.tap("はい")
    assert (talk.state.get("district"), talk.state.get("place_text")) == ("asakawa", "")
    assert talk.state.all("story") == ("浅川の公園で人が倒れています",)


@pytest.mark.parametrize("step", STEPS[1:])
def test_no_card_is_followed_by_a_cold_word(talk: Talk, step: str) -> None:
    talk.to(step).say("子どもの泣き声がします")
    assert "ボタンか、番号で" not in talk.words
    assert "子どもの泣き声がします" in talk.state.all("story")


def test_who_cannot_call_is_told_that_nothing_is_sent_yet(talk: Talk) -> None:
    talk.to("household").say("夫に殴られています。子どもも叩かれています")
    talk.tap("いまは電話できない")
    assert "まだ、だれにも送られていません" in talk.words
    assert "119" in talk.words
    assert "送ってくださったことは" not in talk.words


def test_a_wish_to_die_is_heard_before_the_numbers(talk: Talk) -> None:
    card = talk.to("noticed").say("もう死にたい").screens[0]
    assert isinstance(card, DangerCard)
    assert card.title.startswith("つらい気持ちを書いてくださって")
    assert "119" in card.text
    assert "死にたい" not in card.title + card.text


def test_danger_beside_a_wish_to_die_keeps_the_numbers_in_front(talk: Talk) -> None:
    danger = Danger("now", ("life", "suicide"), (FIRE,))
    card = talk.to("noticed").act(Said("倒れていて、死にたいと", "m"), Heard(danger=danger)).screens[0]
    assert isinstance(card, DangerCard)
    assert card.title == "いま命があぶないときは、電話を"


def test_the_menu_shows_its_own_numbers_where_the_city_has_them(engine: Engine) -> None:
    event = Event("e", Tapped("menu:lines"), replace(facts(), menu_lines=(POLICE, LIFELINE)))
    card = engine.advance(State(), event, Talk.now).screens[0]
    assert isinstance(card, DangerCard)
    assert card.lines == (POLICE, LIFELINE)


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
