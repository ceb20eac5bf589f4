from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from admin.referral.marks import MOST_MARKS, mark

TEXT = st.text(alphabet="あい<>&\"'ab", max_size=60)


def test_every_place_of_a_word_is_marked():
    assert mark("犬と犬", ["犬"]) == "<mark>犬</mark>と<mark>犬</mark>"


def test_overlapping_words_become_one_mark():
    assert mark("一人暮らしの高齢", ["一人暮", "人暮らし", "人"]) == "<mark>一人暮らし</mark>の高齢"


def test_neighbouring_words_stay_two():
    assert mark("あい", ["あ", "い"]) == "<mark>あ</mark><mark>い</mark>"


def test_words_that_are_not_there_and_empty_words_mark_nothing():
    assert mark("あ", ["", "い"]) == "あ"


def test_markup_in_text_and_words_stays_text():
    assert mark("<b>犬</b>", ["<b>"]) == "<mark>&lt;b&gt;</mark>犬&lt;/b&gt;"


def test_one_word_repeated_does_not_make_an_endless_page():
    assert mark("犬" * 5000, ["犬"]).count("<mark>") == MOST_MARKS


@given(TEXT, st.lists(TEXT, max_size=5))
def test_taking_the_marks_out_gives_the_escaped_text(text, words):
    marked = str(mark(text, words))
    assert marked.replace("<mark>", "").replace("</mark>", "") == str(escape(text))
    assert marked.count("<mark>") == marked.count("</mark>")
