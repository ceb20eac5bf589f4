import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.answers import foreign, letters, means, number, only, phone, pick, plain, within

OPTIONS = (("近所の人", "隣の人"), ("家族・親せき",), ("はい", "うん", "ok"), ("この1か月くらい", "1か月"))


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("1", 0),
        ("１", 0),
        ("①", 0),
        ("1.", 0),
        ("(2)", 1),
        ("２番", 1),
        ("2番目です", 1),
        ("近所の人", 0),
        ("「近所の人」", 0),
        ("1. 近所の人", 0),
        ("１　近所の人です。", 0),
        ("となりの人", None),
        ("隣の人だと思います", 0),
        ("家族・親せき", 1),
        ("はい！", 2),
        ("ＯＫ👌", 2),
        ("ﾊｲ", 2),
        ("ハイ", 2),
        ("うん。", 2),
        ("1か月", 3),
        ("１か月ごろから", 3),
        ("0", None),
        ("5", None),
        ("99", None),
        ("110番", None),
        ("", None),
        ("。。。", None),
        ("近所の人が心配", None),
        ("はい" * 40, None),
    ],
)
def test_what_was_typed_finds_its_option(text: str, index: int | None) -> None:
    assert pick(text, OPTIONS) == index


@pytest.mark.parametrize("text", ["戻ってこない", "もどる家がない", "もどる。でもこわい", "", " ", "x" * 5000])
def test_a_sentence_that_begins_like_a_command_is_none(text: str) -> None:
    assert not means(text, ("もどる", "戻る"))


@pytest.mark.parametrize("text", ["もどる", " もどる。", "モドル", "戻る！", "「戻る」"])
def test_a_command_is_heard_whole_and_in_any_writing(text: str) -> None:
    assert means(text, ("もどる", "戻る"))


def test_desu_alone_stays() -> None:
    assert plain("です") == "です"


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("090-1234-5678", "09012345678"),
        ("０９０ １２３４ ５６７８", "09012345678"),
        ("電話は０９０－１２３４－５６７８です", "09012345678"),
        ("026（224）0000", "0262240000"),
        ("+81 90-1234-5678", "09012345678"),
        ("+81(0)90-1234-5678", "09012345678"),
        ("050-1234-5678", "05012345678"),
        ("110", None),
        ("12345", None),
        ("09012345", None),
        ("0901234567890", None),
        ("090-1234-5678か026-224-0000", None),
        ("", None),
        ("0" * 60, None),
    ],
)
def test_one_telephone_number_is_read(text: str, digits: str | None) -> None:
    assert phone(text) == digits


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("隣のおじいさん", 0),
        ("母と姉です", 1),
        ("隣の母", None),
        ("3日前", 2),
        ("13日前", None),
        ("十三日前", None),
        ("", None),
    ],
)
def test_a_word_inside_counts_where_it_can_mean_one_thing_only(text: str, index: int | None) -> None:
    assert within(text, (("隣",), ("母", "姉"), ("3日前", "三日前"))) == index


def test_months_are_read_in_every_writing() -> None:
    assert {plain(f"2{sign}月") for sign in "かヵカヶケ箇"} == {"2か月"}


@pytest.mark.parametrize(
    ("text", "is_foreign"), [("help me", True), ("도와주세요", True), ("110", False), ("🍎", False), ("LINEで", False)]
)
def test_letters_tell_another_writing(text: str, is_foreign: bool) -> None:  # noqa: FBT001 - a row of the table above
    assert foreign(text) == is_foreign


def test_only_words_of_a_list_say_nothing_more() -> None:
    assert only("はい、ありがとう。", ("はい", "ありがとう"))
    assert not only("はい、倒れています", ("はい",))
    assert not only("。", ("はい",))


def test_letters_are_counted_without_digits_and_pictures() -> None:
    assert letters("🍎026-224-0000 あいう。") == 3


@given(st.text(max_size=300))
def test_nothing_typed_is_too_strange(text: str) -> None:
    assert pick(text, OPTIONS) in {None, 0, 1, 2, 3}
    assert number(text) is None or 0 <= number(text) <= 99
    assert phone(text) is None or len(phone(text)) in {10, 11}
    assert not means(text, ())
