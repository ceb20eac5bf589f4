import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.state import VERSION, Entry, State, lift, start

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
