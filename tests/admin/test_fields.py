from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin import labels
from admin.fields import Fields, Incomplete

LABELS = labels.load()


def _fields(**typed):
    return Fields("form", typed, LABELS)


def test_a_missing_text_is_said_beside_its_field():
    fields = _fields(reason="  \n ")
    assert fields.text("reason", most=10, required=True) == ""
    with pytest.raises(Incomplete):
        fields.check()
    assert fields.errors == {"reason": "入力してください。"}


def test_too_long_a_text_says_how_long_it_is():
    fields = _fields(reason="あ" * 11)
    fields.text("reason", most=10)
    assert fields.errors["reason"] == "10文字以内で入力してください（今は11文字です）。"


def test_a_choice_outside_the_list_is_no_choice():
    fields = _fields(to="draft")
    fields.choice("to", {"triage"})
    assert fields.errors == {"to": "選んでください。"}


@pytest.mark.parametrize(
    ("typed", "day", "error"),
    [
        ("", None, ""),
        ("2026-11-24", date(2026, 11, 24), ""),
        ("2026-11-23", date(2026, 11, 23), "今日以降の日付にしてください。"),
        ("2026-02-30", None, "日付を正しく入力してください。"),
        ("あした", None, "日付を正しく入力してください。"),
    ],
)
def test_a_day_may_be_empty_but_not_past(typed, day, error):
    fields = _fields(due=typed)
    assert fields.day("due", earliest=date(2026, 11, 24)) == day
    assert fields.errors.get("due", "") == error


@pytest.mark.parametrize(
    ("typed", "version"), [("3", 3), ("", -1), ("-3", -1), ("3.0", -1), ("٣", -1), ("9" * 10, -1), ("x", -1)]
)
def test_a_spoilt_version_counts_as_outdated(typed, version):
    assert _fields(version=typed).version == version


@given(st.dictionaries(st.sampled_from(["reason", "to", "due", "version"]), st.text()))
def test_no_input_breaks_the_reading(typed):
    fields = _fields(**typed)
    fields.text("reason", most=5, required=True)
    fields.choice("to", {"a"})
    fields.day("due", earliest=date(2026, 1, 1))
    assert fields.version >= -1
