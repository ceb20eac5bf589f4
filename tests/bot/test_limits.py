from hypothesis import given
from hypothesis import strategies as st

from bot import limits
from tests.bot.line_limits import clusters, units

FAMILY = "👨‍👩‍👧‍👦"
ZALGO = "ゆ" + "\u0301" * 6_000

SIGNS = ["a", "あ", "𠮷", "🍎", FAMILY, "\u0301", "\u202e", "\n", " ", "葛󠄀", "🇯🇵"]
texts = st.lists(st.sampled_from(SIGNS), max_size=80).map("".join)


def test_units_are_those_of_line():
    assert [limits.utf16(text) for text in ("", "あ", "🍎", "𠮷", FAMILY)] == [0, 1, 2, 2, 11]


@given(st.text())
def test_clean_text_can_always_be_encoded_and_stored(text: str):
    cleaned = limits.clean(text)
    cleaned.encode()
    assert "\x00" not in cleaned
    assert limits.clean(cleaned) == cleaned


def test_no_41_nul_lone_surrogates_and_controls_are_replaced_and_line_breaks_kept():
    assert limits.clean("a\x00b\ud83dc\x1bd\r\ne\tf") == "a\ufffdb\ufffdc\ufffdd\ne\tf"


@given(texts, st.integers(4, 60))
def test_cut_by_units_stays_within_and_keeps_whole_graphemes(text: str, limit: int):
    cut = limits.cut_units(text, limit)
    assert units(cut) <= limit
    if units(text) <= limit:
        assert cut == text
    else:
        assert cut.endswith("…")
        assert text.startswith(cut[:-1])


@given(texts, st.integers(4, 60))
def test_cut_by_graphemes_stays_within(text: str, limit: int):
    cut = limits.cut_graphemes(text, limit)
    assert clusters(cut) <= limit
    assert units(cut) <= limit * limits.UNITS_PER_GRAPHEME


def test_a_family_is_not_torn_apart():
    assert limits.cut_graphemes(FAMILY * 5, 20) == FAMILY * 5
    assert limits.cut_units("a" + FAMILY * 2, 13) == "a" + FAMILY + "…"


def test_one_endless_grapheme_is_cut_all_the_same():
    assert units(limits.cut_units(ZALGO, 5_000)) <= 5_000
    assert units(limits.cut_graphemes(ZALGO, 20)) <= 160


@given(texts, st.integers(12, 80))
def test_split_loses_nothing(text: str, limit: int):
    pieces = limits.split(text, limit)
    assert "".join(pieces) == text
    assert all(0 < units(piece) <= limit for piece in pieces)


def test_split_prefers_the_end_of_a_line():
    assert limits.split("一行目です\n二行目です", 8) == ["一行目です\n", "二行目です"]
