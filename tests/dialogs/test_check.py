"""The check proves the packaged book, and finds what is taken out of it or put wrong into it."""

from importlib import resources
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs import summary
from dialogs.book import Book, load_book
from dialogs.check import check
from dialogs.texts import FIXED
from dialogs.turn import Here
from dialogs.walk import ZONES

TEXTS = resources.files("dialogs").joinpath("texts/ja.yaml").read_text(encoding="utf-8")
SCRIPT = resources.files("dialogs").joinpath("scripts/notice.yaml").read_text(encoding="utf-8")
KEYS = sorted(load_book().texts.strings)
STEPS = [step.id for step in load_book().scripts["notice"].steps]


def changed(book: Book, **texts: tuple[str, ...]) -> Book:
    strings = dict(book.texts.strings)
    strings.update({key.replace("__", "."): words for key, words in texts.items()})
    return Book(book.scripts, type(book.texts)("ja", strings))


def with_script(change: Any) -> Book:
    raw = yaml.load(SCRIPT, yaml.BaseLoader)
    change(raw["steps"])
    return load_book(texts={"ja.yaml": TEXTS}, scripts={"notice.yaml": yaml.safe_dump(raw)})


def wheres(book: Book) -> set[str]:
    return {finding.where for finding in check(book, ZONES[:1])}


def whats(book: Book) -> str:
    return "\n".join(finding.what for finding in check(book, ZONES[:1]))


def test_the_packaged_book_is_proven(book: Book) -> None:
    assert check(book) == []


@settings(max_examples=40, deadline=None)
@given(key=st.sampled_from(KEYS))
def test_a_text_taken_out_is_found(key: str) -> None:
    book = load_book()
    strings = {name: words for name, words in book.texts.strings.items() if name != key}
    assert [finding.where for finding in check(Book(book.scripts, type(book.texts)("ja", strings)))] == [key]


@pytest.mark.parametrize("step", STEPS)
def test_a_question_taken_out_is_found(step: str) -> None:
    def take_out(steps: list[dict[str, Any]]) -> None:
        steps[:] = [one for one in steps if one["id"] != step]

    try:
        found = wheres(with_script(take_out))
    except ValueError:
        found = {step}
    except Exception as refused:  # noqa: BLE001 - a script that cannot even be read is found as well
        found = {str(refused)}
    assert found


@settings(max_examples=15, deadline=None)
@given(key=st.sampled_from(sorted(key for key, names in FIXED.items() if names)))
def test_a_lost_placeholder_is_found(key: str) -> None:
    assert [f.where for f in check(changed(load_book(), **{key.replace(".", "__"): ("ことば",)}))] == [key]


def test_a_misspelt_placeholder_is_found(book: Book) -> None:
    assert wheres(changed(book, home__ask=("{citty}",))) == {"home.ask"}


def test_a_text_nobody_uses_is_a_warning(book: Book) -> None:
    findings = check(changed(book, notice__who__colour=("あお",)))
    assert [(finding.where, finding.severity) for finding in findings] == [("notice.who.colour", "warning")]


def test_words_and_choices_that_would_not_work_in_line_are_found() -> None:
    """Several faults in one walk, each on its own text."""

    def crowd(steps: list[dict[str, Any]]) -> None:
        steps[1]["choices"] += [f"more{at}" for at in range(8)]

    crowded = with_script(crowd)
    found = whats(
        changed(
            crowded,
            **{f"notice__who__choices__more{at}": (f"ほか{at}号の人",) for at in range(8)},
            notice__who__choices__self=("二十一文字をこえるとても長いボタンの文字です",),
            notice__since__ask=("あ" * 5_000,),
            notice__since__choices__now=("。。。",),
            notice__contact__choices__line=("電話で", "匿名"),
            ways__later=("あとで、時間のあるときにもう一度ゆっくりと",),
        )
    )
    for what in (
        "ボタンが多すぎます: 18",
        "ボタンの文字が長すぎます: 二十一文字",
        "ボタンの文字が長すぎます: あとで、",
        "文が長すぎます",
        "「。。。」と書いたとき",
        "「電話で」と書いたとき",
        "「匿名」と書いたとき",
    ):
        assert what in found


def test_words_of_the_form_that_would_be_shown_are_found(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(here: Here) -> str:
        return here.state.get("story") or "-"

    monkeypatch.setattr(summary, "answer", told)
    assert "安心フォームに書かれたことばが、トークに出ています" in whats(book)


def test_a_link_with_too_long_a_label_is_found(book: Book) -> None:
    long = changed(book, form__label=("二十一文字をこえるとても長いボタンの文字です",), form__link_form=("あ" * 601,))
    assert {"ボタンの文字が長すぎます", "文が長すぎます"} <= {what.split(":")[0] for what in whats(long).splitlines()}


def test_a_question_nobody_can_reach_is_found() -> None:
    def hide(steps: list[dict[str, Any]]) -> None:
        next(step for step in steps if step["id"] == "phone")["when"] = {"contact": "phone", "reporter_type": "self"}
        next(step for step in steps if step["id"] == "household")["when"] = {"contact": "line"}

    with pytest.raises(Exception, match="前の質問からは出てきません"):
        with_script(hide)


def test_two_conditions_that_never_meet_are_found() -> None:
    def contradict(steps: list[dict[str, Any]]) -> None:
        phone = next(step for step in steps if step["id"] == "phone")
        phone["when"] = {"contact": "phone", "immediate_danger": "yes"}
        contact = next(step for step in steps if step["id"] == "contact")
        contact["when"] = {"immediate_danger": "no"}

    # Where there is the 安心フォーム, it may tell what the talk would not ask any more.
    without_form = [zone for zone in ZONES if not zone.has_form]
    assert "notice.phone" in {finding.where for finding in check(with_script(contradict), without_form)}


def test_a_book_without_the_first_path_is_found(book: Book) -> None:
    nothing = Book({}, type(book.texts)("ja", {key: book.texts.words(key) for key in FIXED}))
    assert "notice" in wheres(nothing)
