import pytest

from dialogs.engine import Engine
from tests.dialogs.driver import Talk


@pytest.mark.parametrize(
    ("talk_text", "length", "taken"),
    [("short", 600, 1), ("short", 601, 0), ("full", 5_000, 1), ("full", 5_001, 0), ("off", 1, 0)],
)
@pytest.mark.parametrize("step", ["", "noticed"])
def test_one_message_is_taken_up_to_its_limit(
    engine: Engine, talk_text: str, length: int, taken: int, step: str
) -> None:
    talk = Talk(engine, talk_text)
    if step:
        talk.menu("notice")
        talk.tap("わかりました", "近所の人", "わからない")
    talk.say("あ" * length)
    assert talk.state.all("story") == ("あ" * length,) * taken
    assert ("残していない" in talk.words or "残していません" in talk.words) == (not taken)


def test_all_messages_together_have_a_limit(talk: Talk) -> None:
    talk.to("noticed").say(*(sign * 600 for sign in "あいうえお"))
    talk.say("か")
    assert "3,000文字" in talk.words
    assert sum(map(len, talk.state.all("story"))) == 3_000


def test_words_on_coming_back_are_kept_with_the_draft(talk: Talk) -> None:
    talk.to("since").tap("あとで")
    talk.say("ガスも止まりました")
    assert "お預かりしました" in talk.words
    assert talk.state.all("story") == ("新聞がたまっています", "ガスも止まりました")
    assert talk.labels == ["つづきから", "はじめから"]


def test_a_greeting_on_coming_back_only_asks_whether_to_go_on(talk: Talk) -> None:
    talk.to("since").tap("あとで")
    talk.say("こんばんは")
    assert talk.state.all("story") == ("新聞がたまっています",)
    assert talk.labels == ["つづきから", "はじめから"]


def test_words_are_kept_as_they_were_written(talk: Talk) -> None:
    talk.to("noticed").say("＝ｶﾞｽが止まった\n髙﨑さん宅 =HYPERLINK(1)")
    assert talk.state.all("story") == ("＝ｶﾞｽが止まった\n髙﨑さん宅 =HYPERLINK(1)",)
