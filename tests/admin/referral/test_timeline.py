"""One line of time out of changes, notes and hand-offs; and why the urgency is what it is."""

from dataclasses import replace

from admin.referral.timeline import reasons, timeline


def test_newest_first_with_who_and_why(desk, sample):
    entries = timeline(desk, sample, day_only=False)
    assert [entry.what for entry in entries] == [
        "地域包括支援センター北に打診",
        "みほん市社会福祉協議会が辞退",
        "みほん市社会福祉協議会に打診",
        "メモ",
        "状態：受付 → 確認中",
        "優先度：当日 → 今すぐ",
        "状態：受付",
        "気づきが届きました",
    ]
    assert (entries[5].who, entries[5].text) == ("受付 花子", "三日見ないため")


def test_an_agency_reads_days_and_no_hours(desk, sample):
    assert {entry.at.clock for entry in timeline(desk, sample, day_only=True)} == {""}


def test_the_urgency_is_explained(desk, sample):
    noticed = replace(sample.noticed, immediate_danger="yes")
    assert list(reasons(desk, replace(sample, noticed=noticed))) == [
        "「今、危ない」と答えています。",
        "言葉の中に危険のしるしがあります：命の危険（反応がない・けが・火・ガスなど）",
        "受付のときの判定は「当日中に対応」です。",
        "受付 花子が「当日」から「今すぐ」に変えました。三日見ないため",
    ]


def test_a_denial_of_danger_is_told_as_well(desk, sample):
    noticed = replace(sample.noticed, immediate_danger="no", danger_flags=())
    assert "「今、危なくはない」と答えています。" in list(reasons(desk, replace(sample, noticed=noticed, history=())))
