import math

import pytest

from dialogs.engine import Engine
from dialogs.events import Heard, Place, Said
from tests.dialogs.driver import Talk


def test_one_district_is_shown_and_confirmed(talk: Talk) -> None:
    talk.to("where").say("浅川の団地")
    assert "「浅川地区」でよいですか" in talk.words
    assert talk.state.get("district") == ""
    talk.tap("はい")
    assert (talk.state.get("district"), talk.state.get("place_text")) == ("asakawa", "浅川の団地")
    assert talk.state.step == "noticed"


def test_several_districts_are_offered(talk: Talk) -> None:
    talk.to("where").say("三輪")
    assert talk.labels == ["三輪地区", "吉田地区", "この中にはない"]
    talk.say("吉田地区")
    assert talk.state.get("district") == "yoshida"


def test_no_district_is_kept_as_a_landmark(talk: Talk) -> None:
    talk.to("where").say("赤い屋根の家")
    assert "目印として" in talk.words
    talk.to("summary").tap("送る")
    report = talk.effects[0].report
    assert (report.district, report.place_text) == (None, "赤い屋根の家")


def test_a_wrong_district_is_asked_again_and_its_words_stay(talk: Talk) -> None:
    talk.to("where").say("浅川")
    talk.tap("ちがう")
    assert talk.state.step == "where"
    talk.tap("わからない")
    assert (talk.state.get("district"), talk.state.get("place_text")) == ("", "浅川")


def test_another_place_may_be_written_where_one_is_offered(talk: Talk) -> None:
    talk.to("where").say("三輪", "浅川")
    assert "「浅川地区」でよいですか" in talk.words
    assert talk.state.all("place_text") == ("浅川",)


def test_a_position_is_kept_to_about_a_hundred_metres_and_no_address(talk: Talk) -> None:
    talk.to("where").locate(36.701234, 138.198765)
    talk.tap("はい")
    talk.to("summary").tap("送る")
    report = talk.effects[0].report
    assert report.position == (36.701, 138.199)
    assert report.district == "asakawa"
    assert "1-2-3" not in str(report)


def test_a_position_without_district_goes_on(talk: Talk) -> None:
    talk.to("where").locate(35.0, 135.0)
    assert "だいたいの位置" in talk.words
    assert talk.state.step == "noticed"


@pytest.mark.parametrize("at", [(0, 0), (91, 0), (0, 181), (math.nan, 138), (36, math.inf), (-1e300, 0)])
def test_a_position_that_is_none_is_asked_again(talk: Talk, at: tuple[float, float]) -> None:
    talk.to("where").locate(*at)
    assert talk.state.step == "where"
    assert "位置をうまく" in talk.words


@pytest.mark.parametrize("step", ["", "who", "noticed", "summary"])
def test_a_position_elsewhere_is_explained(talk: Talk, step: str) -> None:
    talk.to(step).locate(36.7, 138.2)
    assert talk.state.step == step
    assert "場所をお聞きするところで" in talk.words


def test_many_districts_never_break_the_buttons(talk: Talk) -> None:
    talk.to("where")
    places = tuple(Place(f"p{at}", "とても長い名前の地区" * 4) for at in range(32))
    talk.act(Said("どこか", "m"), Heard(places=places))
    assert len(talk.labels) == 8


def test_a_long_landmark_is_not_kept(talk: Talk) -> None:
    talk.to("where").say("あ" * 201)
    assert "200文字" in talk.words
    assert talk.state.get("place_text") == ""


def test_where_no_words_are_taken_only_a_district_is_understood(engine: Engine) -> None:
    talk = Talk(engine, "off").to("where")
    talk.say("赤い屋根の家")
    assert talk.state.step == "where"
    talk.say("浅川の赤い屋根の家")
    talk.tap("はい")
    assert talk.state.get("district") == "asakawa"
    assert "赤い屋根" not in str(talk.state.to_json())
    talk.unsend(2)
    assert talk.state.get("district") == ""
