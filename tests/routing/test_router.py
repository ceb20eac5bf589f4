import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.danger import DANGER_KINDS
from routing.results import Suggestion
from routing.router import Router
from routing.watch import LINES_SHOWN

At = Callable[[str], datetime]

# What LINE's hostile inputs look like: endless, invisible, broken, markup (LINE facts, hostile inputs 39-44).
HOSTILE = [
    "々" * 5000,
    "一" * 5000,
    "あ" * 10_000,
    "😀" * 3000,
    "\n" * 5000,
    " \u200d\u200b\u202e\ufe0f",
    "Z\u0301\u0302\u0303\u0304" * 800,
    "\x00\x01\x1f",
    "\ud83d",
    "𠮷野家・葛\U000e0100城、髙﨑さん",
    "ﾊﾝｶｸｶﾅ ﾃﾞｽ",
    "(hello) $ {name} {{7*7}}",
    "=HYPERLINK(1)<script>alert(1)</script>'; DROP TABLE people;--",
    "@bot 😀 @all 死にたい",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_input_is_answered_like_any_other(router: Router, at: At, text: str) -> None:
    found = router.suggest(text, district=None, now=at("2026-03-04 12:00"))
    assert found.urgency in {"emergency", "soon", "routine"}
    assert found.agencies
    router.places(text)


def test_a_worry_becomes_concerns_agencies_and_evidence(router: Router, at: At) -> None:
    text = "となりの おばあさん、認知症かも。同じ話を何度もするし、鍋を焦がしていました"
    found = router.suggest(text, district="amori", now=at("2026-03-04 12:00"))
    assert found.concerns[0].id == "dementia"
    assert found.concerns[0].label == "認知症"
    assert all(e.text == text[e.start : e.end] for concern in found.concerns for e in concern.evidence)
    assert "houkatsu" in [agency.id for agency in found.agencies]
    assert not found.abstained
    assert found.version


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("おばあちゃんが倒れていて返事をしません", "emergency"),
        ("もう死にたい", "emergency"),
        ("大家さんから来月までに退去してほしいと手紙が来ました", "soon"),
        ("夫に毎日殴られています", "soon"),
        ("定年後、何か地域の役に立ちたいのですが", "routine"),
        ("死ぬほど眠い", "routine"),
        ("住民票は何時まで", "routine"),
    ],
)
def test_urgency(router: Router, at: At, text: str, urgency: str) -> None:
    assert router.suggest(text, district=None, now=at("2026-03-04 12:00")).urgency == urgency


# The signs that a person may choose by tap (dialogs) and those of the domain notes they stand for, with their concern.
SIGNS = [
    ("新聞や郵便がたまっている", "welfare_check"),
    ("新聞・郵便物がたまる", "welfare_check"),
    ("電気がつかない・つけたまま", "welfare_check"),
    ("夜も昼も電気がついたまま・つかない", "welfare_check"),
    ("室外機が回りっぱなし", "welfare_check"),
    ("洗濯物が出たまま", "welfare_check"),
    ("姿を見ない", "welfare_check"),
    ("弁当や配達に返事がない", "welfare_check"),
    ("弁当・配達に返事がない", "welfare_check"),
    ("におい・ごみが気になる", "hoarding"),
    ("異臭・ごみ", "hoarding"),
    ("季節に合わない・汚れた服", "hoarding"),
    ("季節に合わない服・汚れた服", "hoarding"),
    ("雪かきができていない", "errands"),
    ("買い物や通院の足がない", "errands"),
    ("通院・買い物の足がない", "errands"),
    ("あざ・けががある", "child_abuse"),
    ("あざ・けが", "elder_abuse"),
    ("どなり声・泣き声・物音", "child_abuse"),
    ("物音・怒鳴り声・泣き声", "child_abuse"),
    ("夜に子どもだけでいる", "child_abuse"),
    ("夜に子どもだけ", "child_abuse"),
    ("やせた・顔色がわるい", "illness"),
    ("やせた・顔色", "illness"),
    ("何年も見ていない家族がいる", "hikikomori"),
    ("何年も見ていない家族", "hikikomori"),
    ("同じ話をする・道に迷う", "dementia"),
    ("同じ話・道に迷う・日付を間違える", "dementia"),
    ("小銭が出せない", "dementia"),
    ("昼からお酒を飲んでいる", "addiction"),
    ("昼からの酒", "addiction"),
    ("「死にたい」などと言う", "suicide"),
    ("本人が「死にたい」「もういい」と言う", "suicide"),
    ("見慣れない人や業者が来る", "consumer"),
    ("見慣れない人・業者の出入り", "consumer"),
    ("開けない段ボール・契約書", "consumer"),
    ("開けていない段ボール・契約書", "consumer"),
    ("電気・ガス・水道が止まった", "poverty"),
    ("ガス電気水道が止まった", "poverty"),
    ("食べ物がない", "poverty"),
    ("仕事をやめた", "work"),
    ("日本語が通じない", "foreign_resident"),
    ("学校に来ない・昼に子だけ", "school"),
    ("学校に来ない・昼間に子どもだけ", "school"),
    ("子どもが家事や世話をする", "young_carer"),
    ("買い物や家事を子どもがしている", "young_carer"),
    ("動物が増えた", "animals"),
    ("ひとりで暮らしている", "isolation"),
]


@pytest.mark.parametrize(("sign", "concern"), SIGNS)
def test_a_sign_chosen_by_tap_alone_gives_its_concern(router: Router, at: At, sign: str, concern: str) -> None:
    found = router.suggest(sign, district=None, now=at("2026-03-04 12:00"))
    assert concern in [heard.id for heard in found.concerns][:2]


def test_a_reader_sees_whole_words_once(router: Router, at: At) -> None:
    text = "となりのおばあさん、郵便物がたまっている。道に迷ったり、昼から酒を飲んでいるようです"
    found = router.suggest(text, district=None, now=at("2026-03-04 12:00"))
    words = {e.text for concern in found.concerns for e in concern.evidence}
    assert {"たまっている", "道に迷った", "飲んでいる"} <= words
    assert not {"たまっ", "道に迷", "飲ん", "飲んで"} & words


def test_an_old_person_who_cannot_count_coins_is_not_poor(router: Router, at: At) -> None:
    found = router.suggest("レジのおばあさんが小銭を出せない", district=None, now=at("2026-03-04 12:00"))
    assert "dementia" in [concern.id for concern in found.concerns]
    assert "poverty" not in [concern.id for concern in found.concerns]


def test_119_and_110_stand_behind_every_consultation_without_danger(router: Router, at: At) -> None:
    for sign, _ in SIGNS:
        found = router.suggest(sign, district=None, now=at("2026-03-04 12:00"))
        first_aid = [agency.id in {"fire-119", "police-110"} for agency in found.agencies]
        assert found.urgency == "emergency" or first_aid == sorted(first_aid)


def test_danger_known_from_elsewhere_makes_it_an_emergency(router: Router, at: At) -> None:
    found = router.suggest("隣の人のことです", district=None, now=at("2026-03-04 12:00"), danger=("suicide",))
    assert found.urgency == "emergency"
    assert [concern.id for concern in found.concerns] == ["suicide"]
    assert found.concerns[0].evidence == ()


def test_nothing_heard_is_an_abstention_with_a_person_to_ask(router: Router, at: At) -> None:
    found = router.suggest("住民票は何時まで", district=None, now=at("2026-03-04 12:00"))
    assert found.abstained
    assert found.concerns == ()
    assert [agency.id for agency in found.agencies] == ["suishinin"]


@pytest.mark.parametrize(
    ("moment", "is_shown"),
    [("2026-03-04 12:00", False), ("2026-03-04 20:00", True), ("2026-03-07 12:00", True), ("2025-12-31 12:00", True)],
)
def test_7119_is_shown_only_while_it_answers(router: Router, at: At, moment: str, is_shown: bool) -> None:  # noqa: FBT001 - a table column
    lines = router.lines(["health"], at(moment))
    assert ("#7119" in [line.number for line in lines]) is is_shown
    assert lines[0].number == "119"


@pytest.mark.parametrize(
    ("kinds", "first"),
    [
        ((), ["119", "110"]),
        (("life",), ["119", "110"]),
        (("health",), ["119"]),
        (("suicide",), ["119", "0120279338"]),
        (("crime",), ["110", "#9110"]),
        (("dv",), ["110", "0120279889"]),
        (("elder",), ["110", "119"]),
        (("disability",), ["110", "119"]),
        (("child",), ["189", "110"]),
        (("missing",), ["110", "119"]),
        (("crime", "life"), ["119", "110"]),
        (("dv", "life"), ["119", "110"]),
        (("dv", "crime"), ["110", "0120279889"]),
    ],
)
def test_the_number_that_fits_the_kind_comes_first(
    router: Router, at: At, kinds: tuple[str, ...], first: list[str]
) -> None:
    dials = [line.dial for line in router.lines(kinds, at("2026-03-04 12:00"))]
    assert dials[: len(first)] == first
    assert len(dials) <= LINES_SHOWN


def test_the_menu_lists_a_number_for_everybody_by_day_and_night(router: Router, at: At) -> None:
    for moment in ("2026-03-04 03:00", "2026-03-04 12:00", "2026-01-01 12:00"):
        lines = router.menu_lines(at(moment))
        assert [line.dial for line in lines] == ["119", "110", "189", "0120279889", "0120279338"]
        assert all(line.open_now for line in lines)


def test_surely_open_lines_come_before_uncertain_ones(router: Router, at: At) -> None:
    for moment in ("2026-03-04 12:00", "2026-03-04 03:00", "2026-03-06 03:00"):
        for kind in DANGER_KINDS:
            doubts = [line.open_now is None or line.id == "inochi-sos" for line in router.lines([kind], at(moment))]
            assert doubts == sorted(doubts)
    assert "inochi-sos" in [line.id for line in router.lines(["suicide"], at("2026-03-06 03:00"))]
    assert "inochi-sos" not in [line.id for line in router.lines(["suicide"], at("2026-03-04 03:00"))]


def test_general_danger_shows_119_and_110_only(router: Router, at: At) -> None:
    assert [line.dial for line in router.lines((), at("2026-03-04 03:00"))] == ["119", "110"]
    assert router.lines(["nonsense"], at("2026-03-04 03:00")) == router.lines((), at("2026-03-04 03:00"))


def test_suicide_shows_lines_to_talk_open_ones_first(router: Router, at: At) -> None:
    night = [line.id for line in router.lines(["suicide"], at("2026-03-04 03:00"))]
    noon = [line.id for line in router.lines(["suicide"], at("2026-03-04 12:00"))]
    assert "yorisoi" in night
    assert "kokoro-064" in noon
    assert "kokoro-064" not in night
    assert len(noon) <= LINES_SHOWN


@pytest.mark.parametrize(
    ("now", "answer"),
    [
        ("2026-03-04 12:00", "2026-03-04 12:00"),
        ("2026-03-06 20:00", "2026-03-09 08:30"),
        ("2025-12-28 12:00", "2026-01-05 08:30"),
    ],
)
def test_when_staff_will_next_read(router: Router, at: At, now: str, answer: str) -> None:
    assert router.next_answer(at(now)) == at(answer)


def test_places_from_a_location_message(router: Router) -> None:
    inside = (36.65, 138.18)
    assert router.inside(*inside)
    assert [place.id for place in router.place_at(*inside, "長野県長野市篠ノ井会")] == ["shinonoi"]
    assert router.place_at(*inside, "") == ()
    for outside in ((0.0, 0.0), (35.68, 139.76), (999.0, 999.0), (float("nan"), 138.0)):
        assert not router.inside(*outside)
        assert router.place_at(*outside, "長野市篠ノ井") == ()


def test_threads_share_a_router(router: Router, at: At) -> None:
    text, now = "母の介護で夜も眠れません。もう限界です", at("2026-03-04 12:00")
    expected = router.suggest(text, district=None, now=now)
    results: list[Suggestion] = []
    threads = [
        threading.Thread(target=lambda: results.append(router.suggest(text, district=None, now=now))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 6


@settings(max_examples=60)
@given(text=st.text(alphabet=st.characters(), max_size=150))
def test_never_raises(router: Router, at: At, text: str) -> None:
    found = router.suggest(text, district=None, now=at("2026-03-04 12:00"))
    assert found.abstained is (found.concerns == ())
    router.danger(text)
