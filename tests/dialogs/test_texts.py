import re
from pathlib import Path

import pytest

import dialogs
from dialogs.book import Book
from dialogs.texts import FIXED, Texts, flatten


def test_placeholders_are_filled_and_braces_of_a_person_stay() -> None:
    texts = Texts("ja", {"a": ("「{place}」です",)})
    assert texts.say("a", place="{place} {0}") == "「{place} {0}」です"


def test_a_missing_text_shows_its_key() -> None:
    assert Texts("ja", {}).say("a.b") == "a.b"


def test_a_list_holds_the_label_and_other_words() -> None:
    texts = Texts("ja", dict(flatten({"ways": {"back": ["もどる", "戻る"]}})))
    assert texts.say("ways.back") == "もどる"
    assert texts.words("ways.back") == ("もどる", "戻る")


def test_odd_braces_are_seen_as_placeholders() -> None:
    assert Texts("ja", {"a": ("{0} {x} {",)}).placeholders("a") == {"{0} {x} {"}
    assert Texts("ja", {"a": ("{0} {}",)}).placeholders("a") == {"0", ""}


@pytest.mark.parametrize("tree", [{"a": {"b": ""}}, {"a": None}, {"a": []}, {"a": ["x", ""]}, {"a": 5}, None])
def test_an_empty_text_is_refused(tree: object) -> None:
    with pytest.raises(ValueError, match="文字が入っていません"):
        dict(flatten(tree))


def test_every_text_the_code_names_is_in_the_list_that_is_checked(book: Book) -> None:
    """A key that only the code knows would show as a key to a person."""
    known = set(FIXED) | {key for script in book.scripts.values() for key in script.text_keys()}
    groups = "told|odd|refuse|story|place|phone|summary|words|ways|danger|home|welcome|calm"
    named = {
        key
        for path in Path(dialogs.__file__).parent.glob("*.py")
        for key in re.findall(rf'"((?:{groups})\.[a-z_.]*[a-z_])"', path.read_text(encoding="utf-8"))
    }
    assert len(named) > 30
    assert named <= known


def test_the_words_for_residents_are_gentle(book: Book) -> None:
    """No exclamation, no blame, and no words of the office."""
    shown = {key: words[0] for key, words in book.texts.strings.items() if not key.startswith("words.")}
    harsh = ("！", "!", "してください！", "誤り", "不正", "エラー", "無効", "入力", "必須", "対象者", "失敗")
    assert {key: word for key, text in shown.items() for word in harsh if word in text} == {}


def test_a_bubble_asks_at_most_one_thing(book: Book) -> None:
    asked = {key: words[0].count("か。") for key, words in book.texts.strings.items() if key.endswith((".ask", ".one"))}
    assert {key for key, count in asked.items() if count > 1} == set()
