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
    talk.to("where").locate(36.5, 138.0)
    assert "だいたいの位置" in talk.words
    assert talk.state.step == "noticed"


def test_a_position_outside_the_city_is_asked_again_and_not_kept(talk: Talk) -> None:
    talk.to("where").locate(35.0, 135.0)
    assert "長野市の外" in talk.words
    assert talk.state.step == "where"
    assert not talk.state.get("position")
    talk.say("わからない")
    assert talk.state.step == "noticed"


def test_a_position_outside_takes_back_the_district_offered(talk: Talk) -> None:
    talk.to("where").say("三輪")
    talk.locate(35.0, 135.0)
    assert (talk.state.step, talk.state.aside) == ("where", "")


@pytest.mark.parametrize("text", ["となりの家が燃えている", "うちの前の道に、ずっと知らない車がとまっているんです"])
def test_a_story_at_the_place_question_is_kept_and_the_place_asked_again(talk: Talk, text: str) -> None:
    talk.to("where").say(text)
    assert talk.state.step == "where"
    assert talk.state.get("place_text") == ""
    assert talk.state.all("story") == (text,)
    assert "お預かりしました" in talk.words


def test_a_story_with_a_place_in_it_gives_both(talk: Talk) -> None:
    text = "浅川のアパートに住む人の姿を、このところ見ていません"
    talk.to("where").say(text)
    assert "「浅川地区」でよいですか" in talk.words
    talk.tap("はい")
    assert (talk.state.get("district"), talk.state.get("place_text")) == ("asakawa", "")
    assert talk.state.all("story") == (text,)
    talk.unsend(1)
    assert (talk.state.get("district"), talk.state.all("story")) == ("", ())


@pytest.mark.parametrize("text", ["これでよい", "位置情報", "現在地", "ここ"])
def test_the_word_of_a_button_is_no_landmark(talk: Talk, text: str) -> None:
    talk.to("where").say(text)
    assert "場所がわかりませんでした" in talk.words
    assert talk.state.step == "where"
    assert talk.state.get("place_text") == ""


@pytest.mark.parametrize(
    ("text", "kept"), [("浅川", ""), ("あさかわ。", ""), ("浅川地区です", ""), ("浅川の公園", "浅川の公園")]
)
def test_the_name_of_a_district_is_no_landmark(talk: Talk, text: str, kept: str) -> None:
    talk.to("where").say(text)
    talk.tap("はい")
    assert (talk.state.get("district"), talk.state.get("place_text")) == ("asakawa", kept)


def test_the_name_of_another_district_stays_as_landmark(talk: Talk) -> None:
    talk.to("where").say("浅川")
    talk.say("ちがう", "わからない")
    assert talk.state.get("place_text") == "浅川"


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


def test_too_long_a_story_at_the_place_question_is_not_kept(talk: Talk) -> None:
    talk.to("where").say("あ" * 601)
    assert "600文字" in talk.words
    assert (talk.state.get("place_text"), talk.state.all("story")) == ("", ())


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
