"""The sheet and the city's work with it, through HTTP and the real record."""

import re

import pytest

from cases import audit, staff
from cases import people as cases_people
from cases.referrals import service
from cases.referrals.models import Referral
from cases.referrals.sheets import ConcernRecord, SuggestionRecord
from cases.referrals.status import Priority
from cases.referrals.vocabulary import ConsentStatus

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


async def test_a_story_taken_back_leaves_its_notice_and_nothing_it_said(triage, report, database, clock):
    async with database.transaction() as uow:
        person = (await cases_people.lock(uow, "U1", clock())).id
    referral = await report(
        person_id=person,
        free_text="同じ話を何度もします",
        concerns=(ConcernRecord("dementia", "認知症", 0.8, ("同じ話",)),),
        suggestions=(SuggestionRecord("houkatsu", "地域包括支援センター北", ("dementia",)),),
        danger_flags=("elder",),
        priority=Priority.HIGH,
        source_messages={"free_text": ["m1"]},
    )
    async with database.transaction() as uow:
        await service.forget_message(uow, person, "m1", clock())
    page = (await triage.get(f"/referrals/{referral}")).text
    read = page.partition('id="actions"')[0]
    assert "文章は、報告した人によって取り消されました" in read
    assert "当日中に対応" in read, "the priority stays"
    assert "報告した人が取り消しました：文章" in page
    for gone in ("同じ話", "認知症", "候補の機関</h3>", "危険のしるし", "高齢者の安全"):
        assert gone not in page, gone
    assert await _actions(database, referral) == ["referral.submit", "referral.unsent", "referral.read"]


@pytest.mark.parametrize(
    ("parts", "title"),
    [
        ({"district": "kita", "household_type": "alone"}, "北地区・独居"),
        ({"district": "kita"}, "北地区（世帯はまだわかりません）"),
        ({"household_type": "alone"}, "独居（地区はまだわかりません）"),
        ({}, "地区・世帯はまだわかりません"),
    ],
)
async def test_the_title_reads_well_whatever_is_known(triage, report, parts, title):
    page = (await triage.get(f"/referrals/{await report(**parts)}")).text
    assert re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)[1].strip() == title


async def test_danger_is_shown_as_answered_and_as_heard(triage, report):
    page = (await triage.get(f"/referrals/{await report(immediate_danger='yes', danger_flags=('elder',))}")).text
    box = re.search(r'<div class="danger">.*?</ul>', page, re.DOTALL)[0]
    assert re.findall(r"<li>(.*?)</li>", box) == ["「今、危ない」と答えています。", "高齢者の安全"]


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
    assert "状態：未対応 → 確認中" in page
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
    assert "<dt>報告した人の立場</dt><dd>近隣住民</dd>" in closed, "what kind of person, never who"
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
    for hidden in ("報告した人", "/reporter", "0260000000", "近隣住民", "LINE", "受付番号"):
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


async def _offer(triage, referral, agency_id, version="1"):
    form = {"version": version, "agency_id": agency_id, "requested_action": "visit", "reason": REASON}
    return await triage.post(f"/referrals/{referral}/offers", data=form)


async def test_a_telephone_line_for_everybody_is_nobody_to_hand_a_case_to(triage, report):
    lines = ("yorisoi", "consumer-188")
    referral = await report(suggestions=tuple(SuggestionRecord(line, line) for line in lines))
    page = (await triage.get(f"/referrals/{referral}")).text
    for line in lines:
        assert f'value="{line}"' not in page
        assert (await _offer(triage, referral, line)).status_code == 422


async def test_agencies_are_grouped_by_whether_an_inbox_gets_the_offer(triage, people, report, database, clock):
    referral = await report(suggestions=(SuggestionRecord("maisapo", "まいさぽみほん"),))
    titles = lambda page: re.findall(r'<optgroup label="([^"]+)"', page.text)  # noqa: E731 - one line
    assert titles(await triage.get(f"/referrals/{referral}")) == ["候補（電話で伝えるところ）", "受信箱あり"]
    async with database.transaction() as uow:
        await staff.deactivate(uow, people.administrator, people.other_agency.staff_id, clock())
    page = await triage.get(f"/referrals/{referral}")
    assert titles(page) == ["候補（電話で伝えるところ）", "受信箱あり", "電話で伝えるところ"]


async def test_an_offer_that_reaches_an_inbox_says_so(triage, report):
    answer = await _offer(triage, await report(), "houkatsu")
    page = (await triage.get(answer.headers["location"])).text
    assert "打診しました。相手の受信箱に届いています。" in page
    assert "電話で伝えてください" not in page


async def test_an_offer_that_no_inbox_gets_says_to_telephone(triage, people, report, database, clock):
    async with database.transaction() as uow:
        await staff.deactivate(uow, people.administrator, people.other_agency.staff_id, clock())
    for agency, number in (("shakyo", "（電話：000-000-0001）"), ("maisapo", "（電話番号は未登録です）")):
        referral = await report()
        answer = await _offer(triage, referral, agency)
        page = (await triage.get(answer.headers["location"])).text
        assert "受信箱に届いています" not in page
        assert f"受信箱がないところです。電話で伝えてください。{number}" in page
        again = (await triage.get(f"/referrals/{referral}")).text
        assert "受信箱がないところです。電話で伝えてください。" in again, "it stays with the hand-off"


async def test_an_offer_without_consent_or_other_ground_is_hinted_at(triage, report, database):
    referral = await report()
    assert "支援会議（社会福祉法106条の6）" in (await triage.get(f"/referrals/{referral}")).text
    async with database.transaction() as uow:
        (await uow.session.get_one(Referral, referral)).consent_status = ConsentStatus.GIVEN
    assert "支援会議（社会福祉法106条の6）" not in (await triage.get(f"/referrals/{referral}")).text
    assert (await _offer(triage, await report(), "houkatsu")).status_code == 303, "it is a hint, not a gate"


async def test_a_decline_stands_first_with_its_reason_and_in_the_row(triage, agency, report, clock):
    referral = await report()
    await _offer(triage, referral, "houkatsu")
    await _offer(triage, referral, "maisapo", version="2")
    handoff = re.search(r'action="(/[^"]+/handoffs/[^"/]+)/decline', (await agency.get(f"/referrals/{referral}")).text)
    clock.advance(minutes=1)
    await agency.post(f"{handoff[1]}/decline", data={"decline_reason": "capacity", "comment": "人手がありません"})
    sheet = (await triage.get(f"/referrals/{referral}")).text
    assert sheet.index("辞退の理由：定員・体制") < sheet.index("<strong>まいさぽみほん</strong>")
    for tab in ("offered", "open", "all"):
        row = (await triage.get(f"/inbox?tab={tab}")).text
        assert "打診中</span>" in row
        assert "辞退あり" in row, tab


async def test_the_judgement_at_reception_is_what_it_was_for_an_agency_too(triage, agency, report):
    referral = await report(priority=Priority.MEDIUM)
    await triage.post(f"/referrals/{referral}/priority", data={"version": "1", "to": "emergency", "reason": REASON})
    await _offer(triage, referral, "houkatsu", version="2")
    page = (await agency.get(f"/referrals/{referral}")).text
    assert "受付のときの判定は「1週間以内に対応」です。" in page
    assert "その後、市が「今すぐ対応」に変えました。" in page
    assert REASON not in page.split('class="groups"')[0].split('class="sheet-rest"')[0]


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
