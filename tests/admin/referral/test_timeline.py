"""One line of time out of changes, notes and hand-offs; and why the urgency is what it is."""

from dataclasses import replace
from datetime import timedelta

from admin.referral.timeline import dangers, reasons, timeline
from cases.referrals.sheets import HistoryEntry
from cases.referrals.status import HandoffStatus, Priority
from tests.admin.conftest import START


def test_newest_first_with_who_and_why(desk, sample):
    entries = timeline(desk, sample, day_only=False)
    assert [entry.what for entry in entries] == [
        "地域包括支援センター北に打診",
        "みほん市社会福祉協議会が辞退",
        "みほん市社会福祉協議会に打診",
        "メモ",
        "状態：未対応 → 確認中",
        "緊急度：当日 → 今すぐ",
        "状態：未対応",
        "気づきが届きました",
    ]
    assert (entries[5].who, entries[5].text) == ("受付 花子", "三日見ないため")


def test_how_a_handoff_ended_and_what_was_taken_back_is_told(desk, sample):
    offered = sample.handoffs[-1]
    ended = [
        replace(offered, status=HandoffStatus.COMPLETED, responded_at=_at(60), finished_at=_at(90)),
        replace(offered, status=HandoffStatus.WITHDRAWN, finished_at=_at(70)),
    ]
    unsent = HistoryEntry(_at(80), "unsent", "", "free_text")
    sheet = replace(sample, handoffs=tuple(ended), history=(unsent,))
    assert [entry.what for entry in timeline(desk, sheet, day_only=False)][:4] == [
        "地域包括支援センター北の支援が終わりました",
        "報告した人が取り消しました：文章",
        "地域包括支援センター北への打診を取り下げ",
        "地域包括支援センター北が受理",
    ]


def _at(minutes):
    return START + timedelta(minutes=minutes)


def test_the_reporters_own_answer_stands_above_the_kinds_of_danger(desk, sample):
    told = lambda **parts: list(dangers(desk, replace(sample, noticed=replace(sample.noticed, **parts))))  # noqa: E731 - one line
    kind = "命の危険（反応がない・けが・火・ガスなど）"
    assert told(immediate_danger="yes") == ["「今、危ない」と答えています。", kind]
    assert told(immediate_danger="yes", danger_flags=()) == ["「今、危ない」と答えています。"]
    assert told(immediate_danger="no") == [kind]


def test_an_agency_reads_days_and_no_hours(desk, sample):
    assert {entry.at.clock for entry in timeline(desk, sample, day_only=True)} == {""}


def test_the_urgency_is_explained(desk, sample):
    noticed = replace(sample.noticed, immediate_danger="yes")
    assert list(reasons(desk, replace(sample, noticed=noticed))) == [
        "受付のときの判定は「当日中に対応」です。",
        "「今、危ない」と答えています。",
        "危険が心配されます：命の危険（反応がない・けが・火・ガスなど）",
        "選ばれたしるし：新聞・郵便物がたまっている、姿を見ない",
        "手がかりになった言葉：「姿を見ていません」「一人暮らし」「高齢」",
        "受付 花子が「当日」から「今すぐ」に変えました。三日見ないため",
    ]


def test_without_any_ground_that_is_said_too(desk, sample):
    bare = replace(sample.noticed, danger_flags=(), signs=(), concerns=())
    sheet = replace(sample, noticed=bare, history=(), priority=Priority.HIGH)
    assert list(reasons(desk, sheet)) == [
        "受付のときの判定は「当日中に対応」です。",
        "危険を伝える答え・言葉・しるしはありません。",
    ]


def test_an_agency_that_reads_no_history_still_learns_the_judgement_at_reception(desk, sample):
    lines = list(reasons(desk, replace(sample, history=())))
    assert lines[0] == "受付のときの判定は「当日中に対応」です。"
    assert lines[-1] == "その後、市が「今すぐ対応」に変えました。"


def test_a_denial_of_danger_is_told_as_well(desk, sample):
    noticed = replace(sample.noticed, immediate_danger="no", danger_flags=())
    assert "「今、危なくはない」と答えています。" in list(reasons(desk, replace(sample, noticed=noticed, history=())))
