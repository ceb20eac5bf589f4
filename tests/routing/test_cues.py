import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.cues import CLOSE, NEAR, CueBook
from routing.normalise import fold

GROUPS = {"elder": ["祖父|祖母", "{八,九}十代"]}


def owners(line: str, text: str) -> set[str]:
    book = CueBook([("found", 1.0, line)], GROUPS)
    return {found.cue.owner for found in book.match(book.scan(fold(text)))}


@pytest.mark.parametrize(
    ("line", "text", "expected"),
    [
        ("認知症", "父は認知症です", True),
        ("認知症|物忘れ", "モノ忘れはない", False),
        ("新聞 + たまる|たまっ", "新聞が何日もたまって", True),
        ("新聞 + たまる|たまっ", "たまっていく新聞", True),
        ("新聞 + たまる|たまっ", "新聞" + "。" * 2 + "あい" * NEAR + "たまる", False),
        ("返事 … ない", "返事がない", True),
        ("返事 … ない", "ないと言う返事", False),
        ("返事 … ない", "返事" + "あい" * CLOSE + "ない", False),
        ("返事{が,も,}ない", "返事ない", True),
        ("息{を{して,止めて}}", "息を止めて", True),
        ("@elder + 倒れ", "九十代の人が倒れ", True),
        ("犬 + 匹", "犬が三匹", True),
        ("手をあげ ! 介護", "子どもに手をあげた", True),
        ("手をあげ ! 介護", "介護中の母に手をあげた", False),
        ("倒れた|倒れて … 返事|動か", "倒れている", False),
        ("ＤＶ", "dvです", True),
    ],
)
def test_the_cue_language(line: str, text: str, expected: bool) -> None:  # noqa: FBT001 - a table column
    assert bool(owners(line, text)) is expected


@pytest.mark.parametrize("line", ["@nobody", "犬 + ", "犬|", "返事{が", '"犬"', "犬… 猫", "犬 +猫", "犬!猫"])
def test_a_mistake_in_a_cue_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="cue"):
        CueBook([("x", 1.0, line)], GROUPS)


def test_every_place_of_a_cue_is_found() -> None:
    book = CueBook([("x", 1.0, "死にたい")], {})
    assert len(list(book.match(book.scan("死にたい。死にたい")))) == 2


def test_readings_find_what_is_written_in_kana() -> None:
    book = CueBook([("x", 1.0, "保証人")], {})
    kana = book.add_readings({"保証人": "ほしょうにん"})
    assert not book.scan("ほしょうにん")
    assert kana.scan("ほしょうにん")


@settings(deadline=None)
@given(st.text(alphabet="犬猫匹がないx ", max_size=200))
def test_a_span_always_holds_a_word_of_the_cue(text: str) -> None:
    folded = fold(text)
    book = CueBook([("x", 1.0, "犬|猫 + 匹"), ("y", 1.0, "いない … が")], {})
    for found in book.match(book.scan(folded)):
        for start, end in found.spans:
            assert folded[start:end] in {"犬", "猫", "匹", "いない", "が"}
