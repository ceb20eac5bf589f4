"""The sheet and the city's work with it, through HTTP and the real record."""

import re

import pytest

from cases import audit
from cases.referrals.sheets import ConcernRecord, SuggestionRecord
from cases.referrals.status import Priority

REASON = "夕方もう一度確かめるため"


def _version(page):
    return re.search(r'name="version" value="(\d+)"', page.text)[1]


async def _actions(database, referral_id):
    async with database.reading() as reader:
        assert await audit.verify(reader) is None
        return [row.action for row in await audit.entries(reader, "referral", referral_id)]


async def test_the_sheet_shows_what_led_to_each_suggestion(triage, report):
    referral = await report(
        free_text="一人暮らしの方の姿が見えません",
        signs=("mail",),
        district="kita",
        concerns=(ConcernRecord("isolation", "孤立・見守り", 0.8, ("姿が見えません",)),),
        suggestions=(SuggestionRecord("houkatsu", "地域包括支援センター北", ("isolation",), 0.9, True, "r1"),),
        danger_flags=("life",),
        immediate_danger="yes",
        priority=Priority.EMERGENCY,
    )
    page = (await triage.get(f"/referrals/{referral}")).text
    for part in (
        *("一人暮らしの方の<mark>姿が見えません</mark>", "新聞・郵便物がたまっている", "命の危険"),
        *("「今、危ない」と答えています", "今すぐ対応", "地域包括支援センター北", "受付時間内"),
        *("平日 8:30〜17:15", "「姿が見えません」", "北地区", "わからない：", "気づきが届きました"),
    ):
        assert part in page, part


async def test_whoever_reads_is_recorded(triage, report, database):
    referral = await report()
    await triage.get(f"/referrals/{referral}")
    assert (await _actions(database, referral))[-1] == "referral.read"


async def test_taking_it_makes_it_mine_and_calls_the_inbox(triage, report, calls):
    referral = await report()
    page = await triage.get(f"/referrals/{referral}")
    answer = await triage.post(f"/referrals/{referral}/take", data={"version": _version(page)})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/referrals/{referral}?done=take")
    assert calls.called == ["inbox"]
    page = (await triage.get(answer.headers["location"])).text
    assert "担当になりました。" in page
    assert "<dt>担当</dt><dd>受付 花子</dd>" in page
    assert "担当する</button>" not in page
    assert "確認中" in page


async def test_a_status_is_changed_with_its_reason(triage, report):
    referral = await report()
    form = {"version": "1", "to": "triage", "reason": REASON}
    assert (await triage.post(f"/referrals/{referral}/status", data=form)).status_code == 303
    page = (await triage.get(f"/referrals/{referral}")).text
    assert "状態：受付 → 確認中" in page
    assert REASON in page


async def test_only_allowed_states_are_offered(triage, report):
    page = (await triage.get(f"/referrals/{await report()}")).text
    choices = re.search(r'<select id="status-to".*?</select>', page, re.DOTALL)[0]
    assert set(re.findall(r'value="(\w+)"', choices)) == {"triage", "assigned", "cancelled", "entered_in_error"}


async def test_a_state_that_is_not_allowed_is_refused_kindly(triage, report):
    referral = await report()
    form = {"version": "1", "to": "accepted", "reason": REASON}
    answer = await triage.post(f"/referrals/{referral}/status", data=form)
    assert answer.status_code == 409
    assert "今の状態からは、その操作ができません" in answer.text
    assert REASON in answer.text


async def test_an_ending_needs_its_reason_from_the_list(triage, report):
    referral = await report()
    await triage.post(f"/referrals/{referral}/take", data={"version": "1"})
    form = {"version": "2", "to": "completed", "reason": REASON}
    refused = await triage.post(f"/referrals/{referral}/status", data=form)
    assert refused.status_code == 422
    assert "終結の理由を選んでください" in refused.text
    form |= {"close_reason": "solved"}
    assert (await triage.post(f"/referrals/{referral}/status", data=form)).status_code == 303
    assert "解決・安定" in (await triage.get(f"/referrals/{referral}")).text


async def test_a_priority_is_changed_with_its_reason(triage, report):
    referral = await report(priority=Priority.MEDIUM)
    form = {"version": "1", "to": "emergency", "reason": REASON}
    assert (await triage.post(f"/referrals/{referral}/priority", data=form)).status_code == 303
    page = (await triage.get(f"/referrals/{referral}")).text
    assert "受付のときの判定は「1週間以内に対応」です。" in page
    assert f"受付 花子が「1週間」から「今すぐ」に変えました。{REASON}" in page


async def test_a_note_is_kept_as_written(triage, report):
    referral = await report()
    answer = await triage.post(f"/referrals/{referral}/notes", data={"text": " 一行目\r\n<b>二行目</b>\x00 "})
    assert answer.status_code == 303
    page = (await triage.get(f"/referrals/{referral}")).text
    assert "一行目\n&lt;b&gt;二行目&lt;/b&gt;</p>" in page


@pytest.mark.parametrize(
    ("action", "form", "message"),
    [
        ("notes", {"text": "  "}, "入力してください。"),
        ("notes", {"text": "あ" * 4001}, "4000文字以内で入力してください（今は4001文字です）。"),
        ("status", {"reason": REASON}, "選んでください。"),
        ("priority", {"to": "sometime", "reason": REASON}, "選んでください。"),
        ("priority", {"to": "high"}, "入力してください。"),
        ("offers", {"agency_id": "elsewhere", "requested_action": "visit", "reason": REASON}, "選んでください。"),
        ("offers", {"agency_id": "houkatsu", "requested_action": "sing", "reason": REASON}, "選んでください。"),
        (
            "offers",
            {"agency_id": "houkatsu", "requested_action": "visit", "reason": REASON, "due": "2026-11-23"},
            "今日以降の日付にしてください。",
        ),
        ("reporter", {"reason": ""}, "入力してください。"),
    ],
)
async def test_a_slip_is_said_beside_its_field_and_the_words_are_kept(triage, report, action, form, message):
    referral = await report()
    answer = await triage.post(f"/referrals/{referral}/{action}", data=form | {"version": "1"})
    assert answer.status_code == 422
    assert message in answer.text
    assert "aria-describedby" in answer.text
    typed = form.get("reason", form.get("text", "")).strip()
    assert typed in answer.text
    assert (await triage.get(f"/referrals/{referral}")).text.count("入力を確かめてください") == 0


async def test_two_people_at_once_never_overwrite_each_other(sign_in, people, report):
    referral = await report()
    first, second = await sign_in(people.triage), await sign_in(people.administrator)
    version = _version(await first.get(f"/referrals/{referral}"))
    assert version == _version(await second.get(f"/referrals/{referral}"))
    form = {"version": version, "to": "high", "reason": "一人目の理由"}
    assert (await first.post(f"/referrals/{referral}/priority", data=form)).status_code == 303
    form = {"version": version, "to": "low", "reason": "二人目の理由"}
    conflict = await second.post(f"/referrals/{referral}/priority", data=form)
    assert conflict.status_code == 409
    assert "ほかの人が先に更新しました" in conflict.text
    assert "二人目の理由" in conflict.text, "what was typed is kept"
    assert "一人目の理由" in conflict.text, "what the other did is shown"
    form["version"] = _version(conflict)
    assert (await second.post(f"/referrals/{referral}/priority", data=form)).status_code == 303


@pytest.mark.parametrize(
    ("action", "form"),
    [
        ("take", {}),
        ("status", {"to": "triage", "reason": REASON}),
        ("offers", {"agency_id": "houkatsu", "requested_action": "visit", "reason": REASON}),
    ],
)
async def test_every_change_refuses_an_outdated_sheet(triage, report, action, form):
    referral = await report()
    for version in ("0", "", "x"):
        answer = await triage.post(f"/referrals/{referral}/{action}", data=form | {"version": version})
        assert answer.status_code == 409
        assert "ほかの人が先に更新しました" in answer.text


async def test_the_reporters_drawer_opens_for_a_reason_and_is_recorded(triage, report, database):
    referral = await report(phone="0260000000", contact_pref="phone", reporter_type="neighbour")
    closed = (await triage.get(f"/referrals/{referral}")).text
    assert "0260000000" not in closed
    assert "近隣住民" not in closed
    opened = await triage.post(f"/referrals/{referral}/reporter", data={"reason": "折り返しの電話のため"})
    assert opened.status_code == 200
    assert "0260000000" in opened.text
    assert "近隣住民" in opened.text
    assert "reporter.read" in await _actions(database, referral)
    assert "0260000000" not in (await triage.get(f"/referrals/{referral}")).text, "it closes behind the reader"


async def test_the_drawer_does_not_exist_for_an_agency(triage, agency, report):
    referral = await report(phone="0260000000", contact_pref="phone", reporter_type="neighbour")
    form = {"version": "1", "agency_id": "houkatsu", "requested_action": "visit", "reason": REASON}
    await triage.post(f"/referrals/{referral}/offers", data=form)
    page = (await agency.get(f"/referrals/{referral}")).text
    for hidden in ("報告した人", "/reporter", "0260000000", "近隣住民", "LINE", "受付コード"):
        assert hidden not in page, hidden
    answer = await agency.post(f"/referrals/{referral}/reporter", data={"reason": "見たい"})
    assert answer.status_code == 404


async def test_suggested_agencies_stand_first_and_busy_ones_are_left_out(triage, report):
    referral = await report(suggestions=(SuggestionRecord("maisapo", "まいさぽみほん"),))
    select = re.compile(r'<select id="offer-agency_id".*?</select>', re.DOTALL)
    page = (await triage.get(f"/referrals/{referral}")).text
    assert re.findall(r'<option value="(\w+)"', select.search(page)[0]) == ["maisapo", "houkatsu", "shakyo"]
    form = {"version": "1", "agency_id": "maisapo", "requested_action": "visit", "reason": REASON}
    assert (await triage.post(f"/referrals/{referral}/offers", data=form)).status_code == 303
    page = (await triage.get(f"/referrals/{referral}")).text
    assert re.findall(r'<option value="(\w+)"', select.search(page)[0]) == ["houkatsu", "shakyo"]


async def test_the_change_is_in_the_record_before_the_answer(triage, report, database, monkeypatch):
    """A commit that fails is never answered with success."""
    referral = await report()

    async def broken(_self):
        raise OSError("the disk is gone")

    monkeypatch.setattr("cases.db.UnitOfWork.settle", broken)
    answer = await triage.post(f"/referrals/{referral}/take", data={"version": "1"})
    monkeypatch.undo()
    assert answer.status_code == 500
    assert "まだいません" in (await triage.get(f"/referrals/{referral}")).text
