"""What tells who somebody is stays out of the draft, where the city takes short words only (no. 47)."""

import pytest

from dialogs.engine import Engine
from dialogs.events import Heard, Said
from dialogs.screens import DangerCard, FormLink
from tests.dialogs.driver import Talk

TOLD = "置きかえて"


@pytest.mark.parametrize("step", ["", "who", "where", "noticed", "since", "household", "summary"])
def test_no_47_names_are_masked_wherever_they_are_written(talk: Talk, step: str) -> None:
    talk.to(step).say("田中さんが心配で、いつも見ています")
    assert "〇〇さんが心配で、いつも見ています" in (*talk.state.all("story"), *talk.state.all("place_text"))
    assert "田中" not in str(talk.state.to_json())
    assert TOLD in talk.words


def test_a_landmark_is_masked(talk: Talk) -> None:
    talk.to("where").say("田中さんの家のうら")
    assert talk.state.get("place_text") == "〇〇さんの家のうら"
    assert TOLD in talk.words


def test_it_is_told_once_in_a_session_and_again_in_the_next(talk: Talk) -> None:
    talk.say("田中さんが心配で、いつも見ています")
    talk.tap("はじめる", "わかりました")
    talk.say("佐藤さんのことも、気になっています")
    assert TOLD not in talk.words
    talk.say("やめる", "やめる", "田中さんが心配で、いつも見ています")
    assert TOLD in talk.words


def test_the_form_is_offered_with_it_where_there_is_one(engine: Engine) -> None:
    talk = Talk(engine, has_form=True)
    step = talk.say("田中さんが心配で、いつも見ています")
    assert [type(screen) for screen in step.screens if isinstance(screen, FormLink)] == [FormLink]


def test_what_is_not_kept_needs_no_word(talk: Talk) -> None:
    talk.to("who").say("田中さん")
    assert TOLD not in talk.words
    assert not talk.state.all("story")


def test_a_number_typed_where_it_is_asked_for_is_kept_whole(talk: Talk) -> None:
    talk.to("phone").say("026-224-0000")
    assert talk.state.get("phone") == "0262240000"
    assert TOLD not in talk.words


def test_danger_and_places_are_heard_in_the_words_as_they_were(talk: Talk) -> None:
    step = talk.to("where").say("田中さんが浅川で倒れています")
    assert isinstance(step.screens[0], DangerCard)
    assert talk.state.places == (("asakawa", "浅川地区"),)


@pytest.mark.parametrize("talk_text", ["full", "off"])
def test_where_a_city_chose_otherwise_nothing_is_masked(engine: Engine, talk_text: str) -> None:
    talk = Talk(engine, talk_text)  # type: ignore[arg-type]
    talk.act(Said("田中さんが心配で、いつも見ています", "m1"), Heard(personal=("name",), masked="〇〇"))
    assert TOLD not in talk.words
    assert talk.state.all("story") == (("田中さんが心配で、いつも見ています",) if talk_text == "full" else ())


def test_masked_words_are_made_safe_too(talk: Talk) -> None:
    heard = Heard(personal=("name",), masked="  〇〇さん\u202eが心配で\x00、見ています ")
    talk.act(Said("田中さん\u202eが心配で\x00、見ています", "m1"), heard)
    assert talk.state.all("story") == ("〇〇さんが心配で、見ています",)


def test_an_unsend_takes_masked_words_back(talk: Talk) -> None:
    talk.to("noticed").say("田中さんが心配で、いつも見ています")
    talk.unsend(talk.messages)
    assert not talk.state.all("story")
