from dataclasses import replace

import pytest

from dialogs.book import Book
from dialogs.limits import Limits
from dialogs.path import applies, before, began, fitted, forward, next_open, progress
from dialogs.script import Script
from dialogs.state import Entry, State

LIMITS = Limits()


@pytest.fixture
def script(book: Book) -> Script:
    return book.scripts["notice"]


def at(step: str, *done: str, **answers: str) -> State:
    entries = tuple(Entry(slot, value) for slot, value in answers.items())
    return State(session="s", script="notice", script_version=1, step=step, done=done, entries=entries)


def test_the_next_question_is_the_first_open_one(script: Script) -> None:
    assert next_open(script, at("who", "terms", "who", "noticed"), LIMITS) == "where"


def test_a_conditional_question_is_asked_only_when_it_applies(script: Script) -> None:
    phone = script.step("phone")
    assert phone
    assert applies(phone, at("contact", contact="phone"))
    assert not applies(phone, at("contact", contact="line"))


def test_a_walk_longer_than_allowed_finds_nothing(script: Script) -> None:
    state = at("contact", *(step.id for step in script.steps[:-1]))
    assert next_open(script, state, Limits(steps_per_event=5)) is None
    assert forward(state, script, Limits(steps_per_event=5)).restarted


def test_back_goes_to_the_question_before_and_not_to_the_notice(script: Script) -> None:
    assert before(script, at("noticed")) == "where"
    assert before(script, at("who")) is None
    assert before(script, at("summary", contact="line")) == "contact"
    assert before(script, at("summary", contact="phone")) == "phone"


def test_progress_counts_what_counts(script: Script) -> None:
    assert progress(script, "who") == (1, 7)
    assert progress(script, "contact") == (7, 7)


def test_a_new_session_keeps_first_words_and_what_was_read(script: Script) -> None:
    state = State(once=("terms",), entries=(Entry("story", "ことば", "m1"),), sent="old")
    new = began(state, script, "new", LIMITS)
    assert new
    assert (new.step, new.session, new.sent, new.all("story")) == ("who", "new", "old", ("ことば",))


def test_an_answer_the_script_no_longer_knows_is_asked_again(book: Book) -> None:
    state = at("summary", "terms", "who", "where", reporter_type="postman", district="", signs="ghost", story="あ")
    fit = fitted(replace(state, script_version=0), book, LIMITS)
    assert fit.done == ("terms", "where")
    assert {entry.slot for entry in fit.entries} == {"district", "story"}
    assert fit.script_version == 1


@pytest.mark.parametrize(
    ("state", "step"),
    [(at("gone", "terms"), "who"), (at("phone", "terms", contact="line"), "who"), (at("who", "gone"), "who")],
)
def test_a_question_that_is_gone_gives_way_to_the_first_open_one(book: Book, state: State, step: str) -> None:
    assert fitted(state, book, LIMITS).step == step


def test_a_path_that_is_gone_starts_again(book: Book) -> None:
    assert fitted(replace(at("who"), script="gone"), book, LIMITS).restarted


@pytest.mark.parametrize(
    ("state", "fit"),
    [
        (replace(at("who"), aside="fix"), ("", "")),
        (replace(at("who"), aside="begin"), ("", "")),
        (replace(at("where"), aside="place"), ("", "")),
        (replace(at("noticed"), page="gone"), ("", "")),
        (replace(at("noticed"), page="house", aside="stop"), ("house", "stop")),
        (State(aside="resume", page="house"), ("", "")),
        (State(entries=(Entry("story", "あ"),)), ("", "begin")),
    ],
)
def test_what_cannot_stand_here_is_let_go(book: Book, state: State, fit: tuple[str, str]) -> None:
    found = fitted(state, book, LIMITS)
    assert (found.page, found.aside) == fit
