import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from routing.answer import BadLineError, answer
from routing.router import Router

At = Callable[[str], datetime]


def test_the_answer_has_the_shape_of_the_command(router: Router, at: At) -> None:
    found = answer(router, {"id": "a1", "text": "隣の人が倒れていて返事がない"}, at("2026-03-04 12:00"))
    assert list(found) == ["id", "urgency", "concerns", "agencies", "abstained"]
    assert found["id"] == "a1"
    assert found["urgency"] == "emergency"
    assert found["concerns"][0]["id"] == "welfare_check"
    assert "返事がない" in found["concerns"][0]["evidence"]
    assert 0 < found["concerns"][0]["score"] < 1
    assert found["agencies"][0] == {"id": "fire-119", "name": "消防・救急 119"}
    assert found["abstained"] is False
    assert json.loads(json.dumps(found)) == found


def test_the_district_decides_where_it_is_given(router: Router, at: At) -> None:
    line = {"id": 1, "text": "生活保護の相談をしたい。お金がありません"}
    now = at("2026-03-04 12:00")
    assert "shinonoi-bunshitsu" not in [a["id"] for a in answer(router, line, now)["agencies"]]
    here = answer(router, {**line, "district": "shinonoi"}, now)
    assert here["agencies"][0]["id"] == "shinonoi-bunshitsu"


BAD = [
    {},
    {"id": "a"},
    {"text": "x"},
    {"id": None, "text": "x"},
    {"id": True, "text": "x"},
    {"id": "a", "text": 5},
    {"id": "a", "text": "x", "district": 5},
    [],
    "x",
]


@pytest.mark.parametrize("line", BAD)
def test_a_bad_line_is_refused_in_two_languages(router: Router, at: At, line: Any) -> None:
    with pytest.raises(BadLineError, match="/"):
        answer(router, line, at("2026-03-04 12:00"))
