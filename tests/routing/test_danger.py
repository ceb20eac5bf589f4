from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from routing import lexicon
from routing.cues import CueBook
from routing.danger import DANGER_KINDS, DangerRules
from routing.normalise import normalise
from routing.results import FoundDanger

RULES = DangerRules()
HERE = Path(__file__).parent
EXAMPLES: dict[str, dict[str, list[str]]] = yaml.safe_load((HERE / "danger_examples.yaml").read_text(encoding="utf-8"))
EVERYDAY: dict[str, list[str]] = yaml.safe_load((HERE / "everyday_examples.yaml").read_text(encoding="utf-8"))
SPOKEN = [(text, kind, level) for kind, levels in EXAMPLES.items() for level, texts in levels.items() for text in texts]


def find(text: str) -> FoundDanger | None:
    return RULES.find(normalise(text))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("死にたい", "suicide"),
        ("しにたーい", "suicide"),
        ("死 に た い", "suicide"),
        ("ﾀﾋにたい", "suicide"),
        ("きえてしまいたい", "suicide"),
        ("もう生きていたくないです。薬を集めています", "suicide"),
        ("飛び降りようと思って屋上にいます", "suicide"),
        ("I want to die", "suicide"),
        ("我不想活了", "suicide"),
        ("Quero morrer", "suicide"),
        ("おばあちゃんがトイレで倒れていて返事をしません", "life"),
        ("玄関で呼んでも出てきません", "life"),
        ("火事です", "life"),
        ("ガスのにおいがする", "life"),
        ("胸が苦しくて息ができない", "life"),
        ("冷房もつけずに顔が真っ赤です", "health"),
        ("姉が薬を大量に飲んだ", "health"),
        ("祖父が朝から行方がわかりません", "missing"),
        ("父が散歩に出たきり戻らない", "missing"),
        ("赤ちゃんの口をタオルでおさえてしまった", "child"),
        ("子どもが車に置き去りです", "child"),
        ("寝たきりの母を外に出している。締め出されて泣いている", "elder"),
        ("夫が包丁を持って追いかけてくる", "dv"),
        ("今、殴られている", "dv"),
        ("知らない男がドアを叩いて開けようとしている", "crime"),
    ],
)
def test_danger_now(text: str, kind: str) -> None:
    found = find(text)
    assert found is not None
    assert found.level == "now"
    assert kind in found.kinds


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("夫に毎日殴られています", "dv"),
        ("隣の子の腕にあざがある", "child"),
        ("作業所の職員が利用者を叩いていた", "disability"),
        ("おじいさんの顔にあざがある", "elder"),
        ("元彼につきまとわれている", "crime"),
        ("助けて", "life"),
    ],
)
def test_danger_soon(text: str, kind: str) -> None:
    found = find(text)
    assert found is not None
    assert found.level == "soon"
    assert kind in found.kinds


@pytest.mark.parametrize(
    "text",
    [
        "死ぬほど眠い",
        "しぬほど忙しい",
        "おなかがすいて死にそう",
        "死にたいわけじゃない",
        "死にたいとは思わない",
        "死にたくない",
        "昔、死にたいと思ったことがある",
        "自殺予防週間の講演会はいつですか",
        "推理小説で首を吊った犯人の話",
    ],
)
def test_figures_of_speech_denials_and_the_past_are_quiet_but_kept(text: str) -> None:
    found = find(text)
    assert found is not None
    assert found.level == "quiet"


@pytest.mark.parametrize(
    "text",
    [
        "住民票は何時まで",
        "今日は寒いですね",
        "暴力はありません",
        "必死に練習しています",
        "殺風景な部屋",
        "soldier",
        "",
        "　",
    ],
)
def test_no_danger_in_everyday_words(text: str) -> None:
    assert find(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "死にたいわけじゃないけど、消えたい",
        "死にたいわけじゃない。でもやっぱり死にたい",
        "昔から死にたい",
        "死ぬほど眠い。もう死にたい",
        "ドラマを見ていたら母が倒れて意識がありません",
    ],
)
def test_one_quiet_word_does_not_hide_a_loud_one(text: str) -> None:
    found = find(text)
    assert found is not None
    assert found.level == "now"


def test_evidence_is_the_persons_own_writing() -> None:
    text = "もう ｼﾆ ﾀｲ です"
    found = find(text)
    assert found is not None
    assert [e.text for e in found.evidence] == ["ｼﾆ ﾀｲ"]
    assert all(e.text == text[e.start : e.end] for e in found.evidence)


def test_kinds_are_listed_most_pressing_first() -> None:
    found = find("夫が包丁を持って暴れて、母が倒れて意識がない。死にたい")
    assert found is not None
    assert list(found.kinds) == sorted(found.kinds, key=DANGER_KINDS.index)


@pytest.mark.parametrize(("text", "kind", "level"), SPOKEN)
def test_what_people_say_is_heard(text: str, kind: str, level: str) -> None:
    found = find(text)
    assert found is not None
    assert found.level == level
    assert kind in found.kinds


def test_every_cue_has_its_example() -> None:
    """A line that no sentence reaches was written under a wrong idea of what its joins take in."""
    said = [normalise(text) for text, _, _ in SPOKEN]
    silent = []
    for owner, weight, line in lexicon.danger_cues():
        book = CueBook([(owner, weight, line)], lexicon.groups())
        if not any(any(book.match(book.scan(text.folded))) for text in said):
            silent.append(f"{owner}: {line}")
    assert silent == []


@pytest.mark.parametrize("text", EVERYDAY["not_now"])
def test_the_past_worries_and_other_meanings_are_not_now(text: str) -> None:
    found = find(text)
    assert found is None or found.level != "now"


@pytest.mark.parametrize("text", EVERYDAY["loud_all_the_same"])
def test_the_past_and_worries_do_not_hide_what_is_now(text: str) -> None:
    found = find(text)
    assert found is not None
    assert found.level == "now"


def test_whoever_hits_the_one_they_care_for_speaks_of_an_elder() -> None:
    found = find("母を介護していて手をあげてしまった")
    assert found is not None
    assert found.kinds == ("elder",)


@given(
    st.text(alphabet=st.characters(), max_size=200)
    | st.text(alphabet="死にたい殴夫子夜血返事ないがも、。今", max_size=60)
)
def test_never_raises_and_spans_are_true(text: str) -> None:
    found = find(text)
    for evidence in found.evidence if found else ():
        assert evidence.text == text[evidence.start : evidence.end]
