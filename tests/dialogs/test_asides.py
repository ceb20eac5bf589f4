import pytest

from tests.dialogs.driver import Talk


@pytest.mark.parametrize("text", ["はい", "ok", "つづき", "1", "続ける"])
def test_a_draft_goes_on_by_a_word(talk: Talk, text: str) -> None:
    talk.to("since").tap("あとで")
    talk.say(text)
    assert (talk.state.step, talk.state.aside) == ("since", "")


def test_from_the_start_out_of_a_draft_is_asked_twice(talk: Talk) -> None:
    talk.to("since").tap("あとで", "はじめから")
    assert talk.state.is_draft
    talk.tap("つづける")
    assert talk.state.step == "since"


def test_words_at_a_yes_or_no_are_asked_again(talk: Talk) -> None:
    talk.to("since").tap("やめる")
    talk.say("どうしよう")
    assert "ボタンか、番号で" in talk.words
    assert talk.state.aside == "stop"


def test_each_answer_can_be_corrected_from_the_summary(talk: Talk) -> None:
    talk.to("summary").tap("なおす")
    labels = talk.labels
    assert len(labels) == 7
    for label in labels:
        talk.tap(label)
        assert talk.state.step != "summary"
        talk.tap("これでよい" if label == "気づいたこと" else "変えずに進む")
        assert talk.state.step == "summary"
        talk.tap("なおす")


def test_a_corrected_answer_that_opens_a_question_asks_it(talk: Talk) -> None:
    talk.to("summary").tap("なおす", "あなたへの連絡", "電話で")
    assert talk.state.step == "phone"
    talk.say("026-224-0000")
    assert talk.state.step == "summary"


def test_danger_corrected_to_yes_shows_the_numbers(talk: Talk) -> None:
    talk.to("summary").tap("なおす", "いまの危険", "はい", "つづける")
    assert talk.state.step == "summary"
    assert talk.state.get("immediate_danger") == "yes"


def test_an_unsend_while_choosing_what_to_correct_asks_what_is_missing(talk: Talk) -> None:
    talk.to("summary").say("なおす")
    talk.unsend(1)  # the words of the place
    assert (talk.state.step, talk.state.aside) == ("where", "")
