import pytest

from dialogs.book import Book, BookError, load_book


def test_the_packaged_book_is_read(book: Book) -> None:
    assert set(book.scripts) == {"notice"}
    assert book.texts.say("ways.back") == "もどる"


def test_yes_and_no_stay_words(book: Book) -> None:
    """YAML would read them as true and false."""
    danger = book.scripts["notice"].step("danger")
    assert danger
    assert danger.choices == ("yes", "no", "unknown")


def test_every_fault_of_every_file_is_named() -> None:
    with pytest.raises(BookError) as refused:
        load_book(texts={"a.yaml": "x: ''", "b.yaml": "x: y\nx: z"}, scripts={"c.yaml": "id: c"})
    problems = refused.value.problems
    assert [problem.split(":")[0] for problem in problems] == ["a.yaml", "b.yaml", "c.yaml", "c.yaml"]


def test_texts_of_several_files_come_together() -> None:
    book = load_book(texts={"a.yaml": "a: あ", "b.yaml": "b: い"}, scripts={})
    assert dict(book.texts.strings) == {"a": ("あ",), "b": ("い",)}
