import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.normalise import READ_LIMIT, fold, normalise


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("ﾀﾍﾞﾓﾉ", "たべもの"),
        ("ｶﾞｽ", "がす"),
        ("か\u3099す", "がす"),
        ("死 に　た い", "死にたい"),
        ("し\u200bに\u200dたい", "しにたい"),
        ("\u202e死にたい", "死にたい"),
        ("しにたーーーい", "しにたい"),
        ("ローン", "ろーん"),
        ("ねぇ", "ねえ"),
        ("髙﨑", "高崎"),
        ("ＤＶ", "dv"),
        ("葛\U000e0100", "葛"),
        ("あ\ud83dい", "あい"),
        ("a\x00b", "ab"),
        ("１００００円", "10000円"),
        ("", ""),
    ],
)
def test_what_people_type_folds_to_one_form(typed: str, folded: str) -> None:
    assert fold(typed) == folded


def test_long_runs_are_cut_but_amounts_stay() -> None:
    assert normalise("々" * 5000).plain == "々々々"
    assert normalise("借金100000円").plain == "借金100000円"
    assert normalise("死" * 10 + "ぬ").plain == "死死死ぬ"


def test_evidence_shows_the_original_writing() -> None:
    text = "父が ﾎﾞ ｹ てきて"
    read = normalise(text)
    start = read.folded.index("ぼけ")
    assert read.evidence(start, start + 2).text == "ﾎﾞ ｹ"


def test_a_pile_of_marks_is_one_sign() -> None:
    read = normalise("死" + "\u0301" * 3000 + "にたい")
    assert read.folded == "死にたい"


def test_a_latin_word_stands_alone_or_not() -> None:
    read = normalise("the soldier may die")
    inner = read.folded.index("die")
    last = read.folded.rindex("die")
    assert not read.stands_alone(inner, inner + 3)
    assert read.stands_alone(last, last + 3)


def test_only_the_beginning_of_an_endless_text_is_read() -> None:
    assert len(normalise("あい" * READ_LIMIT).plain) == READ_LIMIT


@given(st.text(alphabet=st.characters(), max_size=300), st.data())
def test_every_span_leads_back_to_the_original(text: str, data: st.DataObject) -> None:
    read = normalise(text)
    assert len(read.plain) == len(read.starts) == len(read.ends)
    assert len(read.folded) == len(read.places)
    if not read.folded:
        return
    start = data.draw(st.integers(0, len(read.folded) - 1))
    end = data.draw(st.integers(start + 1, len(read.folded)))
    evidence = read.evidence(start, end)
    assert evidence.text == text[evidence.start : evidence.end]
    assert evidence.text


@given(st.text(max_size=200))
def test_folding_twice_changes_nothing_more_than_once(text: str) -> None:
    folded = fold(text)
    assert set(fold(folded)) <= set(folded)
