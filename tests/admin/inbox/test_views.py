"""The list: order, filters, pages, and what each reader sees of it."""

import re

import pytest

from admin.inbox import views
from cases import audit
from cases.handoffs import service as handoffs
from cases.referrals.numbers import referral_no
from cases.referrals.sheets import ConcernRecord
from cases.referrals.status import Priority
from cases.referrals.vocabulary import RequestedAction


def _stories(page):
    return re.findall(r"data-row>(.*?)</a>", page.text)


async def test_most_urgent_first_then_oldest_first(triage, report, clock):
    for priority, story in [("low", "低"), ("high", "高1"), ("emergency", "急"), ("high", "高2"), ("medium", "中")]:
        await report(priority=Priority(priority), free_text=story)
        clock.advance(minutes=1)
    assert _stories(await triage.get("/inbox")) == ["急", "高1", "高2", "中", "低"]


async def test_a_row_tells_what_a_decision_needs(triage, report, clock):
    concerns = tuple(ConcernRecord(f"c{n}", f"困りごと{n}") for n in range(5))
    await report(district="kita", household_type="alone", concerns=concerns, priority=Priority.EMERGENCY)
    clock.advance(minutes=5)
    page = (await triage.get("/inbox")).text
    for part in ("今すぐ", "北地区", "独居", "困りごと0", "ほか2", "5分前", "11/24(火) 10:00", "担当なし", "未対応"):
        assert part in page, part
    assert "<svg" in page, "a shape stands beside the colour"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("urgency=high", ["A"]),
        ("district=minami", ["B"]),
        ("concern=dv", ["A"]),
        ("status=submitted", ["A", "B"]),
        ("status=completed", []),
        ("urgency=high&district=minami", []),
        ("urgency=nonsense", ["A", "B"]),
    ],
)
async def test_filters_narrow_the_list(triage, report, query, found):
    await report(free_text="A", priority=Priority.HIGH, district="kita", concerns=(ConcernRecord("dv", "DV"),))
    await report(free_text="B", district="minami")
    page = await triage.get(f"/inbox?tab=all&{query}")
    assert _stories(page) == found
    assert found or "条件に合うものはありません" in page.text


async def test_an_unknown_filter_is_left_out_and_said_to_be(triage, report):
    await report(free_text="A")
    for query in ("district=%00", "district=old-one", "concern=%ED%A0%80", "urgency=nonsense"):
        page = await triage.get(f"/inbox?tab=all&{query}")
        assert page.status_code == 200
        assert _stories(page) == ["A"]
        assert "知らない条件が入っていた" in page.text
    assert "知らない条件" not in (await triage.get("/inbox?tab=all&district=&urgency=low")).text


async def test_without_words_the_signs_speak_and_danger_is_marked(triage, report):
    await report(free_text="", signs=("unseen", "mail"), danger_flags=("life",), priority=Priority.HIGH)
    page = await triage.get("/inbox")
    assert _stories(page) == ["姿を見ない、新聞・郵便物がたまっている"]
    assert "危険のしるし" in page.text


async def test_danger_that_is_only_answered_is_marked_and_no_danger_is_not(triage, report):
    await report(immediate_danger="no")
    assert "危険のしるし" not in (await triage.get("/inbox")).text
    await report(immediate_danger="yes")
    assert (await triage.get("/inbox")).text.count("危険のしるし") == 1


async def test_open_ones_stand_above_closed_ones_however_urgent(triage, report, clock):
    closed = await report(free_text="終わった急ぎ", priority=Priority.EMERGENCY)
    await report(free_text="まだの話", priority=Priority.LOW)
    await triage.post(f"/referrals/{closed}/status", data={"version": "1", "to": "cancelled", "reason": "重複"})
    assert _stories(await triage.get("/inbox?tab=all")) == ["まだの話", "終わった急ぎ"]


@pytest.mark.parametrize("typed", ["KZ-AB2CD-EFG3H", "kz ab2cd efg3h", "ＫＺ－ａｂ２ｃｄ－ｅｆｇ３ｈ", "AB2CDーEFG3H"])
async def test_a_receipt_code_leads_to_its_sheet_however_it_is_typed(triage, report, typed):
    referral = await report(receipt="KZ-AB2CD-EFG3H")
    answer = await triage.get("/inbox", params={"q": typed})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/referrals/{referral}")


async def test_a_number_of_nothing_is_told_kindly(triage, report):
    await report(free_text="ほかの話")
    page = await triage.get("/inbox?q=2026-000009-9")
    assert page.status_code == 200
    assert "「2026-000009-9」は見つかりません" in page.text
    assert _stories(page) == []


async def test_an_agency_finds_its_own_by_referral_number_only(sign_in, people, report, database, clock):
    handed = await report(receipt="KZ-AB2CD-EFG3H")
    await report(receipt="KZ-ZZ2CD-EFG3H")
    async with database.transaction() as uow:
        await handoffs.offer(uow, people.triage, handed, "houkatsu", RequestedAction.VISIT, "お願い", None, clock())
    agency = await sign_in(people.agency)
    for unknown in ("KZ-AB2CD-EFG3H", referral_no(2026, 2)):
        answer = await agency.get("/inbox", params={"q": unknown})
        assert answer.status_code == 200, unknown
        assert "見つかりません" in answer.text
    answer = await agency.get("/inbox", params={"q": referral_no(2026, 1)})
    assert answer.headers["location"] == f"/referrals/{handed}"


async def test_the_chosen_filter_stays_chosen(triage, report):
    page = (await triage.get("/inbox?tab=all&district=kita")).text
    assert '<option value="kita" selected>北地区</option>' in page
    assert 'data-hx-get="/inbox?tab=all&amp;district=kita"' in page


async def test_pages_follow_each_other_without_gap_or_repeat(triage, report, clock, monkeypatch):
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    monkeypatch.setattr("admin.inbox.page.PAGE_SIZE", 2)
    for n in range(5):
        await report(free_text=f"話{n}")
        clock.advance(minutes=1)
    seen, address = [], "/inbox"
    while address:
        page = await triage.get(address)
        seen.append(_stories(page))
        following = re.search(r'class="more-rows"><a class="button secondary" href="([^"]+)"', page.text)
        address = following[1].replace("&amp;", "&") if following else ""
    assert seen == [["話0", "話1"], ["話2", "話3"], ["話4"]]


async def test_tabs_and_counts_follow_the_work(triage, report):
    referral = await report()
    await report()
    counts = lambda page: dict(re.findall(r'>([^<>]+)<span class="count">(\d+)', page.text))  # noqa: E731 - one line
    assert counts(await triage.get("/inbox")) == {
        "未割当": "2",
        "自分": "0",
        "打診中": "0",
        "未終結": "2",
        "すべて": "2",
    }
    await triage.post(f"/referrals/{referral}/take", data={"version": "1"})
    assert counts(await triage.get("/inbox")) == {
        "未割当": "1",
        "自分": "1",
        "打診中": "0",
        "未終結": "2",
        "すべて": "2",
    }
    assert len(_stories(await triage.get("/inbox?tab=mine"))) == 1


async def test_an_agency_sees_what_was_handed_to_it_and_nothing_else(sign_in, people, report, database, clock):
    handed = await report(free_text="渡された話")
    await report(free_text="よその話")
    async with database.transaction() as uow:
        await handoffs.offer(uow, people.triage, handed, "houkatsu", RequestedAction.VISIT, "お願い", None, clock())
    agency, other = await sign_in(people.agency), await sign_in(people.other_agency)
    page = await agency.get("/inbox")
    assert _stories(page) == ["渡された話"]
    assert "返事待ち" in page.text
    assert "10:00" not in page.text, "the hour of a report could name who made it"
    assert _stories(await other.get("/inbox?tab=all")) == []


async def test_a_list_is_recorded_before_it_is_shown_and_a_refreshed_one_when_it_differs(
    triage, people, report, database, monkeypatch
):
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    monkeypatch.setattr("admin.inbox.page.PAGE_SIZE", 2)
    for n in range(3):
        await report(free_text=f"話{n}", district="kita")
    address, by_itself = "/inbox?tab=all&district=kita", {"HX-Trigger": "arrivals"}
    page = await triage.get(address)
    await triage.get(address, headers=by_itself)
    await triage.get("/inbox?tab=open", headers=by_itself)
    async with database.reading() as reader:
        assert await audit.verify(reader) is None
        rows = await audit.entries(reader, "inbox", people.triage.staff_id)
    shown = re.findall(r'class="number">([\d-]+)<', page.text)
    assert len(shown) == 2, "the row that tells of a next page is not shown"
    assert [row.action for row in rows] == ["inbox.read"] * 2
    assert rows[0].detail == {"tab": "all", "district": "kita", "shown": " ".join(shown)}


async def test_a_list_that_cannot_be_recorded_is_not_shown(triage, report, monkeypatch):
    await report(free_text="ひみつの話")

    async def broken(_self):
        raise OSError("the disk is gone")

    monkeypatch.setattr("cases.db.UnitOfWork.settle", broken)
    answer = await triage.get("/inbox")
    assert answer.status_code == 500
    assert "ひみつの話" not in answer.text


async def test_what_was_done_is_said_once_by_name(triage):
    assert "担当になりました。" in (await triage.get("/inbox?done=take")).text
    assert "notice" not in (await triage.get("/inbox?done=<b>")).text
