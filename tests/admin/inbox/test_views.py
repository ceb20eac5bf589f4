"""The list: order, filters, pages, and what each reader sees of it."""

import re

import pytest

from admin.inbox import views
from cases.handoffs import service as handoffs
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
    for part in ("今すぐ", "北地区", "独居", "困りごと0", "ほか2", "5分前", "11/24(火) 10:00", "担当なし", "受付"):
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


async def test_what_was_done_is_said_once_by_name(triage):
    assert "担当になりました。" in (await triage.get("/inbox?done=take")).text
    assert "notice" not in (await triage.get("/inbox?done=<b>")).text
