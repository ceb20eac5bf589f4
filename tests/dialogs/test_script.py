from collections.abc import Mapping
from typing import Any

import pytest

from dialogs.book import Book, BookError, load_book
from dialogs.script import Script

SUMMARY = {"id": "summary", "kind": "summary"}
CONTACT = {"id": "contact", "kind": "choice", "slot": "contact", "choices": ["line", "phone", "none"]}


def read(*steps: Mapping[str, Any]) -> Script:
    return Script.model_validate({"id": "x", "version": "1", "steps": [*steps]})


def test_the_packaged_path_asks_seven_questions(book: Book) -> None:
    assert [step.id for step in book.scripts["notice"].steps if step.counts] == [
        *("who", "where", "noticed", "since", "danger", "household", "contact")
    ]


def test_every_sign_is_asked_once_and_eight_fit_a_page(book: Book) -> None:
    step = book.scripts["notice"].of_kind("story")
    assert step
    assert len(step.signs) == len(set(step.signs)) == 28
    assert max(len(signs) for signs in step.pages.values()) <= 6


def test_a_good_script_is_read() -> None:
    script = read(CONTACT, {"id": "phone", "kind": "phone", "when": {"contact": "phone"}}, SUMMARY)
    assert script.step("phone")
    assert script.step("else") is None


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ([{"id": "a", "kind": "choice", "choices": ["b"]}, SUMMARY], "choices と slot"),
        ([{"id": "a", "kind": "place", "choices": ["b"]}, SUMMARY], "choices と slot"),
        ([{"id": "a", "kind": "place", "pages": {"p": ["s"]}}, SUMMARY], "pages"),
        ([CONTACT | {"choices": ["line", "line"]}, SUMMARY], "二度"),
        ([CONTACT | {"choices": ["line", "fax"]}, SUMMARY], "contact の choices は line・phone・none"),
        ([CONTACT | {"alarms": {"x": {"level": "now"}}}, SUMMARY], "この質問の選択肢だけ"),
        ([CONTACT | {"needs_words": ["x"]}, SUMMARY], "この質問の選択肢だけ"),
        ([CONTACT, CONTACT, SUMMARY], "同じ id"),
        ([CONTACT, {"id": "phone", "kind": "phone"}], "summary"),
        ([SUMMARY, CONTACT], "summary"),
        ([CONTACT | {"when": {"contact": "line"}}, SUMMARY], "さいしょの質問"),
        ([CONTACT, {"id": "phone", "kind": "phone", "when": {"contact": "fax"}}, SUMMARY], "contact: fax"),
        ([CONTACT | {"unknown": {"phone": ""}}, SUMMARY], "unknown の phone"),
        ([{"id": "a", "kind": "story"}, {"id": "b", "kind": "story"}, SUMMARY], "一つまで"),
    ],
)
def test_a_script_that_cannot_work_is_refused_with_its_reason(steps: list[dict[str, Any]], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read(*steps)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("id: x\nversion: 1\nsteps: [{id: a, kind: quiz}, {id: s, kind: summary}]", "steps.0.kind: 使えるのは"),
        ("id: x\nversion: 1\nsteps: [{id: a, kind: place, colour: red}, {id: s, kind: summary}]", "知らない項目"),
        ("id: X\nversion: one\nsteps: []", "英小文字"),
        ("id: x\nversion: 1", "steps: この項目が必要です"),
        ("id: x\nid: y\nversion: 1", "id が二度あります"),
        ("id: [", "line 1"),
        ("- a", "この書き方では読めません"),
        ("id: x\nversion: 1\nsteps: [{id: a, kind: place}, {id: b, kind: place}]", "summary"),
    ],
)
def test_the_officer_is_told_file_place_and_fault(content: str, problem: str) -> None:
    with pytest.raises(BookError) as refused:
        load_book(texts={}, scripts={"my.yaml": content})
    assert all(line.startswith("my.yaml: ") for line in refused.value.problems)
    assert problem in str(refused.value)
