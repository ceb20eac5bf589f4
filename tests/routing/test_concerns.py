import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import lexicon
from routing.concerns import ConcernReader, choose, shown
from routing.normalise import normalise
from routing.taxonomy import AGENCY_TYPES, CONCERNS
from routing.tokens import Words

READER = ConcernReader(Words(lexicon.load("words")))


def concerns(text: str) -> list[str]:
    read = normalise(text)
    return [w.id for w in choose(READER.read(read).weighed, read)]


def test_the_concern_list_is_whole() -> None:
    assert len(CONCERNS) == 32
    assert next(iter(CONCERNS)) == "welfare_check"
    assert list(CONCERNS)[-1] == "other"
    assert all(concern.label and concern.agency_types for concern in CONCERNS.values())
    assert "消防119" in AGENCY_TYPES


@pytest.mark.parametrize(
    ("text", "concern"),
    [
        ("隣の方を一週間見ていません。郵便受けがいっぱいです", "welfare_check"),
        ("もう消えたいと妹が言います", "suicide"),
        ("隣の家から毎晩子どもを怒鳴る声と、物が割れる音がします", "child_abuse"),
        ("おじいさんの腕に青あざがあり、息子さんに殴られたと言っていました", "elder_abuse"),
        ("グループホームの職員さんが利用者を叩いているのを見ました", "disability_abuse"),
        ("彼氏にスマホを毎日チェックされ、友達と会うと怒られます", "dv"),
        ("空き巣に入られたみたいです", "crime"),
        ("電話で息子を名乗る人に言われて、二百万円振り込んでしまいました", "consumer"),
        ("家賃を三か月払えず、大家さんから督促が来ました", "debt"),
        ("うちのばあさん、ごはん食べたのにまた食べるって言うだよ。昨日は家がわからんくなって", "dementia"),
        ("母の要介護の申請はどこですか", "elder_life"),
        ("母の介護で夜も眠れません。もう限界です", "carer_burden"),
        ("父が病院に行かない。咳が止まらないのに", "illness"),
        ("庭までゴミがあふれて、虫がわいている家があります", "hoarding"),
        ("隣の方が猫を三十匹くらい飼っていて、世話ができていない", "animals"),
        ("息子が二十年近く部屋から出てきません", "hikikomori"),
        ("近所に友達もいなくて毎日さびしいです", "isolation"),
        ("母が誰かに狙われていると言って外に出ません", "mental_health"),
        ("パチンコがやめられません", "addiction"),
        ("知的障害のある弟の面倒を見ていた母が入院しました", "disability"),
        ("冷蔵庫が空で、給料日まで食べるものがありません", "poverty"),
        ("会社を解雇されて、次の仕事が見つかりません", "work"),
        ("寮を追い出されて今夜寝る場所がありません", "housing"),
        ("ひとり親で、仕事と子育てでいっぱいいっぱい", "child_rearing"),
        ("娘が学校に行きたくないと言って、一か月休んでいます", "school"),
        ("中学生が、病気のお母さんの代わりに毎日買い物と夕飯づくりをしています", "young_carer"),
        ("身寄りのない叔父が入院することになり、保証人を求められています", "rights"),
        ("Tôi không hiểu tiếng Nhật", "foreign_resident"),
        ("腰が悪くて雪かきができません", "errands"),
        ("兄が刑務所から出てきますが、不安です", "reentry"),
        ("定年後、何か地域の役に立ちたいのですが", "belonging"),
    ],
)
def test_a_concern_is_heard_among_the_first_three(text: str, concern: str) -> None:
    assert concern in concerns(text)[:3]


@pytest.mark.parametrize(
    ("text", "concern"),
    [
        ("しゃっきんが ふえて どうしたら いいか わかりません", "debt"),
        ("はは が にんちしょう です。ひとりで かいごして います", "carer_burden"),
        ("にゅういん するのに ほしょうにんを たのめる ひとが いません", "rights"),
        ("ﾑｽｺｶﾞﾋｷｺﾓﾘﾃﾞｽ", "hikikomori"),
    ],
)
def test_people_who_write_in_kana_are_understood(text: str, concern: str) -> None:
    assert concern in concerns(text)[:3]


@pytest.mark.parametrize(
    "text",
    [
        "図書館の開館時間を教えてください",
        "燃えるゴミは何曜日ですか",
        "先日はありがとうございました。無事に手続きが終わりました",
        "今日は寒いですね",
        "死ぬほど忙しい一週間でした",
        "保育園の夏祭りの日程を教えて",
        "",
        "   ",
        "😊😊😊",
        "\u200b\u202e",
    ],
)
def test_what_is_no_welfare_matter_is_left_alone(text: str) -> None:
    assert concerns(text) == []


def test_inflected_words_count_by_their_dictionary_form() -> None:
    assert "addiction" in concerns("酒を飲んで暴れるのがやめられないようです")


def test_a_denied_word_does_not_count() -> None:
    assert "dementia" in concerns("母は認知症です")
    assert "dementia" not in concerns("母は認知症ではありません")


def test_short_kana_words_are_not_found_inside_others() -> None:
    read = normalise("公園で友だちと飲んでいるいぬいぐるみ")
    found = [w for w in READER.read(read).weighed if w.id == "animals"]
    assert found == []


def test_more_words_weigh_more_and_score_stays_below_one() -> None:
    few, many = normalise("借金"), normalise("借金と滞納と督促で、ローンが返済できない。家賃も払えない")
    scores = [shown(READER.read(read).weighed[0], read).score for read in (few, many)]
    assert 0 < scores[0] < scores[1] < 1


def test_repeating_a_word_adds_nothing() -> None:
    once, often = normalise("借金"), normalise("借金 借金 借金 借金")
    assert READER.read(once).weighed[0].weight == READER.read(often).weighed[0].weight


def test_evidence_does_not_overlap() -> None:
    read = normalise("ゴミ屋敷になった家に猫がたくさん。ごみの山です")
    for weighed in READER.read(read).weighed:
        if weighed.id in CONCERNS and weighed.spans:
            spans = [(e.start, e.end) for e in shown(weighed, read).evidence]
            assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))


@settings(max_examples=60)
@given(st.text(alphabet=st.characters(), max_size=120) | st.text(alphabet="母介護借金がない、。犬猫匹", max_size=60))
def test_never_raises_and_evidence_is_true(text: str) -> None:
    read = normalise(text)
    for weighed in choose(READER.read(read).weighed, read):
        concern = shown(weighed, read)
        assert 0 < concern.score < 1
        assert concern.evidence
        assert all(e.text == text[e.start : e.end] for e in concern.evidence)
