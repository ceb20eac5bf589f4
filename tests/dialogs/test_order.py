"""Acts that come late, in another order, or twice."""

from datetime import UTC, datetime, timedelta

import pytest

from dialogs.events import Said, Tapped
from dialogs.state import State
from tests.dialogs.driver import Talk

AT = datetime(2026, 7, 1, 3, 0, tzinfo=UTC)


def told(talk: Talk, text: str, at: int | None) -> None:
    talk.messages += 1
    talk.act(Said(text, f"m{talk.messages}"), at=None if at is None else AT + timedelta(seconds=at))


def test_no_16_a_late_older_message_is_put_in_its_place(talk: Talk) -> None:
    talk.to("noticed")
    for text, at in (("三番めに書いた", 30), ("一番めに書いた", 10), ("二番めに書いた", 20), ("四番めに書いた", 40)):
        told(talk, text, at)
    assert talk.state.all("story") == ("一番めに書いた", "二番めに書いた", "三番めに書いた", "四番めに書いた")


def test_messages_of_one_moment_stay_in_the_order_they_came(talk: Talk) -> None:
    talk.to("noticed")
    for text in ("はじめに書いた", "つぎに書いた"):
        told(talk, text, 10)
    assert talk.state.all("story") == ("はじめに書いた", "つぎに書いた")


def test_where_no_time_is_known_messages_stay_in_the_order_they_came(talk: Talk) -> None:
    talk.to("noticed")
    for text, at in (("はじめに書いた", 20), ("つぎに書いた", None), ("おわりに書いた", 30)):
        told(talk, text, at)
    assert talk.state.all("story") == ("はじめに書いた", "つぎに書いた", "おわりに書いた")


def test_the_order_survives_json_and_the_beginning_of_the_path(talk: Talk) -> None:
    told(talk, "あとに書いたことば", 20)
    told(talk, "さきに書いたことば", 10)
    talk.tap("はじめる")
    assert State.from_json(talk.state.to_json()).all("story") == ("さきに書いたことば", "あとに書いたことば")


def test_no_17_two_taps_within_three_seconds_act_once(talk: Talk) -> None:
    talk.to("who")
    tap = Tapped(talk.button("近所の人").data)
    talk.act(tap)
    before = talk.state
    talk.wait(seconds=2.9)
    assert not talk.act(tap, soon=True).screens
    assert (talk.state.step, talk.state.entries) == (before.step, before.entries)
    talk.wait(seconds=0.1)
    talk.act(tap, soon=True)
    assert "前の質問のボタン" in talk.words


def test_no_17_the_time_of_the_taps_counts_where_it_is_known(talk: Talk) -> None:
    talk.to("who")
    tap = Tapped(talk.button("近所の人").data)
    talk.act(tap, at=AT + timedelta(seconds=1))
    assert not talk.act(tap, at=AT).screens, "the second may come first, and both late"
    assert talk.act(tap, at=AT + timedelta(seconds=5)).screens


def test_no_17_sending_twice_sends_once_and_says_so_once(talk: Talk) -> None:
    talk.to("summary")
    tap = Tapped(talk.button("送る").data)
    assert talk.act(tap).effects
    assert talk.act(tap, soon=True).screens == ()
    assert len(talk.effects) == 1


def test_two_buttons_in_a_row_both_act(talk: Talk) -> None:
    talk.to("noticed")
    talk.act(Tapped(talk.button("家のまわり").data), soon=True)
    for label in ("新聞や郵便がたまっている", "雪かきができていない"):
        talk.act(Tapped(talk.button(label).data), soon=True)
    assert talk.state.all("signs") == ("mail", "snow")


@pytest.mark.parametrize("data", ["", "{}", "🍎" * 300, "x" * 100_000, "\ud83d"])
def test_no_20_what_is_remembered_of_a_tap_is_small(talk: Talk, data: str) -> None:
    talk.act(Tapped(data))
    assert len(talk.state.tapped) == 10
