import pytest

from dialogs.screens import Ask
from tests.dialogs.driver import Talk


@pytest.mark.parametrize(
    ("step", "progress"), [("who", "1／7"), ("where", "2／7"), ("noticed", "3／7"), ("contact", "7／7")]
)
def test_every_question_says_how_far_it_is(talk: Talk, step: str, progress: str) -> None:
    assert talk.to(step).ask.text.startswith(f"{progress}\n")


def test_buttons_carry_session_nonce_and_value(talk: Talk) -> None:
    talk.to("who")
    assert talk.button("近所の人").data == f"k1:{talk.state.session}:{talk.state.nonce}:neighbour"


def test_only_the_place_question_offers_the_map(talk: Talk) -> None:
    for step in ("terms", "who", "where", "noticed", "since"):
        assert talk.to(step).ask.location == (step == "where")


def test_the_summary_shows_every_answer_and_who_reads_it(talk: Talk) -> None:
    talk.to("summary")
    for word in ("近所の人", "浅川地区", "新聞がたまっています", "この数日", "ひとりで", "このLINEで"):
        assert word in talk.shown[-1][0].text
    assert isinstance(talk.shown[-1][1], Ask)
    for word in ("社会福祉協議会", "8時30分ごろ", "お伝えできないことがあります"):
        assert word in talk.ask.text
    assert talk.labels == ["送る", "なおす", "やめる"]


def test_a_button_of_not_knowing_is_not_shown_beside_the_choice(talk: Talk) -> None:
    talk.to("danger")
    assert [choice.label for choice in (*talk.ask.choices, *talk.ask.more)].count("わからない") == 1
