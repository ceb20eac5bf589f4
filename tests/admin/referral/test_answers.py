"""The closed loop 打診 → 受理・辞退 → 支援中 → 終結, through HTTP by both sides."""

import re

import pytest


@pytest.fixture
async def offered(triage, report):
    """A referral handed to 地域包括支援センター北."""
    referral = await report(free_text="となりの方の姿が見えません")
    form = {
        "version": "1", "agency_id": "houkatsu", "requested_action": "visit", "reason": "安否の確認をお願いします",
        "due": "2026-11-25", "contact_prohibited": "1",
    }  # fmt: skip
    answer = await triage.post(f"/referrals/{referral}/offers", data=form)
    assert answer.status_code == 303
    return f"/referrals/{referral}"


async def _handoff(browser, referral):
    return re.search(r'action="(/referrals/[^"]+/handoffs/[^"/]+)/', (await browser.get(referral)).text)[1]


async def test_the_agency_sees_what_is_asked_of_it(agency, offered):
    page = (await agency.get(offered)).text
    for part in (
        "打診への返事",
        "受理する",
        "安否の確認をお願いします",
        "訪問",
        "2026/11/25",
        "本人に直接連絡しないでください",
    ):
        assert part in page, part
    for foreign in ("担当する</button>", "状態を変える", "緊急度を変える", "打診する", "打診を取り下げる"):
        assert foreign not in page, foreign


async def test_accepted_begun_and_finished(agency, triage, offered):
    handoff = await _handoff(agency, offered)
    for step, says, state in (
        ("accept", "受理しました。", "受理"),
        ("begin", "支援中にしました。", "支援中"),
        ("finish", "支援が終わったことを市の担当に伝えました。", "割当済み"),
    ):
        answer = await agency.post(f"{handoff}/{step}")
        assert answer.status_code == 303, step
        page = (await agency.get(answer.headers["location"])).text
        assert says in page
        assert f">{state}</span>" in (await triage.get(offered)).text, state
    assert "地域包括支援センター北の支援が終わりました" in (await triage.get(offered)).text
    assert "支援が終わりました（地域包括支援センター北）" in (await triage.get("/inbox")).text
    assert (await agency.get(offered)).status_code == 404, "its work is done, so its need to know has ended"


async def test_declined_with_a_reason_goes_back_to_the_city(agency, triage, offered):
    handoff = await _handoff(agency, offered)
    form = {"decline_reason": "capacity", "comment": "今週は訪問できる人がいません"}
    answer = await agency.post(f"{handoff}/decline", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox?done=decline")
    assert (await agency.get(offered)).status_code == 404, "it is no longer the agency's"
    page = (await triage.get(offered)).text
    assert "定員・体制" in page
    assert "今週は訪問できる人がいません" in page


async def test_the_way_back_to_the_inbox_brings_the_whole_page(agency, offered):
    """htmx would put the inbox into the sheet, under the sheet's address and without the inbox's styles."""
    handoff = await _handoff(agency, offered)
    kept = await agency.post(f"{handoff}/accept", headers={"HX-Request": "true"})
    assert (kept.status_code, kept.headers["location"]) == (303, f"{offered}?done=accept")
    left = await agency.post(f"{handoff}/finish", headers={"HX-Request": "true"})
    assert (left.status_code, left.headers["hx-redirect"]) == (200, "/inbox?done=finish")


async def test_declining_needs_its_reason_and_keeps_the_words(agency, offered):
    handoff = await _handoff(agency, offered)
    answer = await agency.post(f"{handoff}/decline", data={"comment": "書きかけ"})
    assert answer.status_code == 422
    assert "選んでください。" in answer.text
    assert "書きかけ" in answer.text
    assert '<details class="fold" open>' in answer.text


async def test_answering_twice_is_told_kindly(agency, offered):
    handoff = await _handoff(agency, offered)
    await agency.post(f"{handoff}/accept")
    again = await agency.post(f"{handoff}/accept")
    assert again.status_code == 409
    assert "今の状態からは、その操作ができません" in again.text


async def test_another_agency_finds_nothing_to_answer(sign_in, people, agency, offered):
    handoff = await _handoff(agency, offered)
    other = await sign_in(people.other_agency)
    for step in ("accept", "decline", "begin", "finish"):
        answer = await other.post(f"{handoff}/{step}", data={"decline_reason": "other"})
        assert answer.status_code == 404
    assert "打診中" in (await agency.get(offered)).text


async def test_the_city_does_not_answer_for_an_agency(triage, agency, offered):
    handoff = await _handoff(agency, offered)
    assert (await triage.post(f"{handoff}/accept")).status_code == 403


async def test_the_city_takes_back_what_it_offered(triage, agency, offered):
    handoff = await _handoff(triage, offered)
    answer = await triage.post(f"{handoff}/withdraw")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{offered}?done=withdraw")
    assert (await agency.get(offered)).status_code == 404


async def test_a_deadline_that_passed_is_shown(triage, offered, clock):
    clock.advance(days=1)
    assert "期限を過ぎています" not in await _signed_in_again(triage, offered)
    clock.advance(days=1)
    assert "期限を過ぎています" in await _signed_in_again(triage, offered)


async def _signed_in_again(triage, referral):
    keys = {"email": "triage-city@example.jp", "password": "made-up-password"}
    await triage.post("/signin", data=keys)
    return (await triage.get(referral)).text
