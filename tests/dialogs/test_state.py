import json
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.state import LIFTS, VERSION, Entry, Raw, State, lift, start

NOW = datetime(2026, 7, 1, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.fixed_dictionaries(
    {"version": st.just(VERSION)},
    optional={
        "step": JSON,
        "aside": st.sampled_from(["stop", "fix", "place", "begin", "x"]),
        "calm": st.booleans() | JSON,
        "entries": st.lists(st.fixed_dictionaries({"slot": st.text(), "value": st.text()}), max_size=3) | JSON,
        "touched": JSON,
        "unheard_of": JSON,
    },
)


def test_a_state_survives_json() -> None:
    state = State(
        session="s",
        step="where",
        aside="place",
        calmed=("life",),
        entries=(Entry("story", "葛󠄀城 🍎", "m1"), Entry("signs", "mail")),
        places=(("a", "浅川"),),
        touched=NOW,
    )
    assert State.from_json(json.loads(json.dumps(state.to_json()))) == state


def test_no_50_a_state_of_the_version_before_the_form_is_read() -> None:
    """As stored by the first release: entries without `private` and `at`, nothing about taps."""
    stored = json.loads(
        '{"version": 1, "session": "5f2b", "nonce": "9c1d", "script": "notice", "script_version": 1, "step": "since",'
        ' "page": "", "aside": "", "calm": false, "calmed": [], "quieted": false, "done": ["terms", "who", "noticed"],'
        ' "once": ["terms"], "entries": [{"slot": "reporter_type", "value": "neighbour", "message": ""},'
        ' {"slot": "story", "value": "新聞がたまっています", "message": "m3"}], "places": [], "sent": "",'
        ' "receipt": "", "events": 6, "touched": "2026-07-01T00:00:00Z", "restarted": false}'
    )
    state = State.from_json(stored)
    assert (state.step, state.restarted, state.warned, state.tapped) == ("since", False, False, "")
    assert state.entries[1] == Entry("story", "新聞がたまっています", "m3", private=False, at=None)


def test_no_50_a_state_of_a_later_version_keeps_what_is_known() -> None:
    assert State.from_json(State(step="who").to_json() | {"invented": [1]}) == State(step="who")


@pytest.mark.parametrize("error", [KeyError, TypeError, AttributeError, ValueError, IndexError])
def test_no_50_a_lift_that_fails_starts_again_and_says_so(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fails(_: object) -> Raw:
        raise error

    monkeypatch.setitem(cast("dict[int, object]", LIFTS), 0, fails)
    assert State.from_json({"version": 0}) == State(restarted=True)


def test_nothing_stored_is_a_new_beginning() -> None:
    assert State.from_json(None) == start()


@pytest.mark.parametrize("raw", [{}, [], "x", 5, {"version": 99}, {"version": None}, {"version": VERSION, "step": 7}])
def test_what_cannot_be_read_starts_again_and_says_so(raw: object) -> None:
    assert State.from_json(raw) == State(restarted=True)


@given(JSON | FIELDS)
def test_no_json_raises(raw: object) -> None:
    assert isinstance(State.from_json(raw), State)


def test_an_older_state_is_lifted_version_by_version() -> None:
    lifts = {1: lambda raw: raw | {"b": raw["a"]}, 2: lambda raw: {"c": raw["b"]}}
    assert lift({"version": 1, "a": 5}, lifts, to=3) == {"c": 5}


@pytest.mark.parametrize("version", [0, 4, True, 1.5, "1", None])
def test_without_a_road_of_lifts_there_is_nothing(version: object) -> None:
    assert lift({"version": version}, {2: dict}, to=3) is None


def test_a_draft_is_what_was_begun_or_told() -> None:
    assert not State(once=("terms",)).is_draft
    assert State(step="who").is_draft
    assert State(entries=(Entry("story", "ことば"),)).is_draft


def test_a_draft_lives_for_a_day_after_the_last_act() -> None:
    state = State(step="who", touched=NOW)
    assert state.expires_at(NOW) == NOW + timedelta(hours=24)
    assert not state.is_expired(NOW + timedelta(hours=23, minutes=59))
    assert state.is_expired(NOW + timedelta(hours=24))


def test_entries_are_kept_replaced_and_dropped_by_slot() -> None:
    state = State().with_entry("story", "一", "m1").with_entry("story", "二", "m2").with_only("contact", "line")
    assert state.all("story") == ("一", "二")
    assert state.get("story") == "二"
    assert state.with_only("contact", "none").all("contact") == ("none",)
    assert state.without("story", "contact") == State()
    assert state.get("phone") == ""
