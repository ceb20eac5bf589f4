"""What is known stands in rows; what is not, in one or two kind lines."""

from dataclasses import replace
from datetime import date

import pytest

from admin.referral.groups import GroupWriter
from cases.referrals.sheets import InvolvedAgency, Member, PlanSummary, ReporterSheet


@pytest.fixture
def groups(desk):
    return lambda sheet: {group.id: group for group in GroupWriter(desk).groups(sheet)}


def _known(group):
    return {item.title: item.value for item in group.known}


def test_every_group_of_the_sheet_is_there(groups, sample):
    assert list(groups(sample)) == ["A", "C", "D", "E", "F"]


def test_a_plan_adds_its_group(groups, sample):
    plan = PlanSummary(1, "外に出る", date(2026, 12, 1), None, None, True, False, "partly")
    known = _known(groups(replace(sample, plan=plan))["H"])
    assert known == {"目標": "外に出る", "期間": "2026-12-01〜", "評価": "一部達成"}


def test_what_is_not_known_is_named_once_and_kindly(groups, sample):
    subject = groups(sample)["C"]
    assert "氏名" in subject.unasked
    assert "氏名" not in _known(subject)
    assert _known(subject)["年代"] == "75-84"
    assert _known(subject)["位置（約100mの範囲）"] == "36.651, 138.181"


def test_only_what_was_asked_for_counts_as_not_known(groups, sample):
    sheet = replace(sample, subject=replace(sample.subject, district=None, household_type="unknown"))
    subject = groups(sheet)["C"]
    assert subject.unknown == ("地区", "世帯")
    assert {"氏名", "住所", "利用中の制度"} <= set(subject.unasked)
    assert groups(sheet)["D"].unknown == ("今、危ないか",)


def test_people_and_agencies_are_written_one_a_line(groups, sample):
    members = (Member("長男", "50-64", ("仕事なし",), "unknown"), Member("孫", "unknown", (), "yes"))
    involved = (InvolvedAgency("みほん医院", "", "昨年から", "continuing"),)
    sheet = replace(sample, subject=replace(sample.subject, members=members), involved=involved)
    assert _known(groups(sheet)["C"])["世帯の人"] == "長男・50-64・仕事なし\n孫"
    assert _known(groups(sheet)["F"])["関わっている機関"] == "みほん医院・昨年から・継続"


def test_words_taken_back_are_said_to_be_gone(groups, sample):
    sheet = replace(sample, noticed=replace(sample.noticed, taken_back=("free_text", "phone")))
    assert _known(groups(sheet)["D"])["取り消された内容"] == "文章、電話番号"


def test_the_drawer_names_its_items(desk):
    drawer = ReporterSheet(
        None, "neighbour", "staff_only", "", "0260000000", "phone", "夕方", False, "receipt", (), True
    )
    items = {item.title: item.value for item in GroupWriter(desk).reporter(drawer)}
    assert items["立場"] == "近隣住民"
    assert items["LINEでの連絡"] == "できる"
    assert items["報告があったことを本人に伝えてよいか"] == "まだ聞いていません"
    assert items["知らせてほしいこと"] == "受理のみ"
    assert items["氏名"] == items["できる関わり"] == "まだ聞いていません"


def test_the_drawer_shows_no_answer_that_nobody_gave(desk):
    drawer = ReporterSheet(None, "neighbour", "anonymous", "", "", "none", "", False, "none", (), True)
    items = {item.title: item.value for item in GroupWriter(desk).reporter(drawer)}
    for title in ("知らせてほしいこと", "報告があったことを本人に伝えてよいか", "電話番号", "連絡してよい時間"):
        assert items[title] == "まだ聞いていません", title
    assert items["LINEでの連絡"] == "できる（ただし連絡はいらないと答えています）"


def test_a_phone_number_that_was_asked_for_and_is_gone_is_not_known(desk):
    drawer = ReporterSheet(None, "neighbour", "staff_only", "", "", "phone", "", True, "none", (), False)
    items = {item.title: item.value for item in GroupWriter(desk).reporter(drawer)}
    assert items["電話番号"] == ""
    assert items["LINEでの連絡"] == "できない"
    assert items["報告があったことを本人に伝えてよいか"] == "伝えてよい"
