import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.measure import blank, cut, graphemes, safe, utf16


def test_utf16_counts_pairs_as_two() -> None:
    assert utf16("あ🍎𠮷") == 5


def test_a_family_is_one_grapheme() -> None:
    assert graphemes("👨‍👩‍👧葛󠄀") == 2


def test_a_text_is_cut_between_graphemes() -> None:
    assert cut("👨‍👩‍👧" * 30, 20) == "👨‍👩‍👧" * 19 + "…"


def test_a_short_text_stays() -> None:
    assert cut("浅川", 2) == "浅川"


def test_zalgo_cannot_smuggle_length() -> None:
    assert len(cut("あ" + "́" * 10_000, 20)) <= 320 + 1


@pytest.mark.parametrize(
    ("raw", "kept"),
    [("あ\x00い", "あい"), ("\ud83dあ", "あ"), ("a\r\nb", "a\nb"), ("\u202eあ", "あ"), ("  あ ", "あ"), ("葛󠄀", "葛󠄀")],
)
def test_what_breaks_a_store_goes_and_the_words_stay(raw: str, kept: str) -> None:
    assert safe(raw) == kept


@pytest.mark.parametrize("text", ["", " ", "　", "\u200d", "\ufe0f", "\u3164", "\u2800", "̀"])
def test_nothing_to_see_is_blank(text: str) -> None:
    assert blank(text)


@given(st.text(), st.integers(2, 40))
def test_cut_never_exceeds(text: str, most: int) -> None:
    assert graphemes(cut(text, most)) <= most
