"""What stands in the way at LINE: told to the city's staff, and to nobody else."""

import pytest

from cases import channel, outbox
from cases import people as cases_people
from cases.db import Database
from cases.handoffs import service as handoffs
from cases.referrals.vocabulary import RequestedAction
from tests.admin.conftest import START
from tests.cases.builders import sql

PAGES = ("/inbox", "/inbox/line")


@pytest.fixture
def note(database, clock):
    """Notes something about the account, with the time."""

    async def write(act, *given):
        async with database.transaction() as uow:
            await act(uow, *given, clock())

    return write


@pytest.fixture
def lose(database, clock):
    """Puts messages about a referral into the outbox that end in these ways."""

    async def end(referral, *outcomes, detail=""):
        async with database.transaction() as uow:
            person = await cases_people.lock(uow, "U" + "1" * 32, clock())
            for _ in outcomes:
                message = {"type": "text", "text": "ひみつの言葉"}
                await outbox.put(uow, person.id, [message], now=clock(), referral_id=referral)
        for outcome in outcomes:
            async with database.transaction() as uow:
                [row] = await outbox.claim(uow, clock(), 1)
                await outbox.mark(uow, row, outcome, now=clock(), detail=detail)

    return end


@pytest.fixture
def page_after(sign_in, people, clock):
    """A page as somebody of the city sees it who signs in after that time."""

    async def read(address, **time):
        clock.advance(**time)
        return (await (await sign_in(people.triage)).get(address)).text

    return read


async def test_while_nothing_stands_in_the_way_there_is_no_banner(triage):
    page = (await triage.get("/inbox")).text
    assert 'id="line-state"' in page
    assert "notice error" not in page
    assert "notice info" not in page


async def test_a_refused_token_is_told_with_its_time_and_what_to_do(triage, note, clock):
    await note(channel.note_refused)
    clock.advance(minutes=20)
    for address in PAGES:
        page = (await triage.get(address)).text
        for part in ("LINEに返事を送れていません", "11/24(火) 10:00から", "システム担当に知らせてください"):
            assert part in page, (address, part)


async def test_an_account_that_may_say_nothing_is_told_in_its_own_words(triage, note):
    await note(channel.note_forbidden)
    page = (await triage.get("/inbox")).text
    for part in ("LINEがこのアカウントからの返事を断っています", "11/24(火) 10:00から", "停止やプラン"):
        assert part in page, part
    assert "アクセストークン" not in page


@pytest.mark.parametrize(
    ("used", "told"), [(0, ""), (159, ""), (160, "残り少なく"), (200, "残り少なく"), (230, "残り少なく")]
)
async def test_the_months_pushes_are_spoken_of_from_four_fifths_on(triage, note, used, told):
    await note(channel.note_quota, 200, used)
    page = (await triage.get("/inbox")).text
    assert ("200通のうち" in page) is bool(told)
    assert told in page
    assert not told or f"200通のうち{used}通。11/24(火) 10:00に確認" in page


async def test_a_month_that_is_used_up_is_told_once(triage, note):
    await note(channel.note_quota, 200, 198)
    await note(channel.note_used_up)
    page = (await triage.get("/inbox")).text
    assert "今月、こちらから送れる数を使い切りました" in page
    assert "198通" in page
    assert "残り少なく" not in page


async def test_without_a_limit_nothing_is_said_of_the_month(triage, note):
    await note(channel.note_quota, None, 100_000)
    assert "今月" not in (await triage.get("/inbox")).text


@pytest.mark.parametrize(("hours", "is_told"), [(23, True), (24, False)])
async def test_another_program_that_leads_talks_is_told_for_a_day(page_after, note, hours, is_told):
    await note(channel.note_standby)
    page = await page_after("/inbox", hours=hours)
    assert 'id="line-state"' in page
    assert ("別のプログラム" in page) is is_told


@pytest.mark.parametrize(("mode", "is_told"), [("chat", True), ("bot", False)])
async def test_a_chat_that_is_on_is_told_with_what_to_switch_where(triage, database, mode, is_told):
    async with database.transaction() as uow:
        await channel.note_bot(uow, "U0", mode)
    for address in PAGES:
        page = (await triage.get(address)).text
        for part in ("「チャット」がオンになっています", "LINEに残り", "「応答設定」で「チャット」をオフに"):
            assert (part in page) is is_told, (address, part)


async def test_a_suspended_account_and_parked_events_are_told(triage, note, database_url):
    await note(channel.note_suspended)
    sql(
        database_url,
        "INSERT INTO inbound (id, event_id, kind, event_at, received_at, place, lane, state) "
        "SELECT gen_random_uuid(), 'e' || n, 'follow', now(), now(), 0, 1, 'parked' FROM generate_series(1, 3) AS n",
    )
    page = (await triage.get("/inbox")).text
    assert "アカウントが止められています" in page
    assert "3件あります" in page


@pytest.mark.parametrize(("days", "is_told"), [(0, True), (7, True), (8, False)])
async def test_referrals_with_lost_messages_are_linked_for_a_week(page_after, report, lose, days, is_told):
    lost, fine = await report(), await report()
    await lose(lost, "not_sent", "unknown")
    await lose(fine, "sent")
    page = await page_after("/inbox/line", days=days)
    assert 'id="line-state"' in page
    assert ("つなぐシート1件" in page) is is_told
    assert (f'href="/referrals/{lost}"' in page) is is_told
    assert str(fine) not in page
    assert "ひみつ" not in page


async def test_many_lost_messages_are_counted_beyond_the_links(triage, report, lose):
    for _ in range(10):
        await lose(await report(), "not_sent")
    page = (await triage.get("/inbox/line")).text
    assert "つなぐシート10件" in page
    assert page.count("/referrals/") == 8
    assert "ほか2件" in page


async def test_who_may_hear_of_it(sign_in, people, note):
    await note(channel.note_refused)
    told = {}
    for actor in (people.triage, people.administrator, people.agency):
        browser = await sign_in(actor)
        inbox, part = await browser.get("/inbox"), await browser.get("/inbox/line")
        told[actor.role] = ("送れていません" in inbox.text, 'id="line-state"' in inbox.text, part.status_code)
    assert told == {"triage": (True, True, 200), "administrator": (True, True, 200), "agency": (False, False, 403)}


async def test_the_part_asks_anew_by_itself_and_that_keeps_no_session_awake(triage, database_url, clock):
    page = (await triage.get("/inbox")).text
    assert 'data-hx-get="/inbox/line" data-hx-trigger="every 60s"' in page
    seen = "SELECT max(seen_at) FROM staff_sessions"
    before = sql(database_url, seen)
    clock.advance(minutes=5)
    await triage.get("/inbox/line", headers={"HX-Request": "true", "HX-Trigger": "line-state"})
    assert sql(database_url, seen) == before
    await triage.get("/inbox")
    assert sql(database_url, seen) != before


async def test_the_sheet_tells_how_each_message_went_and_never_its_words(triage, report, lose):
    referral = await report()
    await lose(referral, "sent")
    await lose(referral, "unknown")
    await lose(referral, "not_sent", detail="push rejected 403 r1")
    await lose(referral, "not_sent", detail="push something_new 499")
    page = (await triage.get(f"/referrals/{referral}")).text
    told = page[page.index('id="told-title"') :]
    texts = ("送りました", "届いたかは分かりません", "LINEが宛先を受け付けなかったため", "LINEが受け付けなかったため")
    assert all(text in told for text in texts)
    assert "ひみつ" not in page


async def test_without_messages_the_sheet_says_nothing_of_them(triage, report):
    assert "報告した人への返事" not in (await triage.get(f"/referrals/{await report()}")).text


async def test_an_agency_hears_nothing_of_the_messages_to_the_reporter(
    sign_in, people, report, lose, database: Database
):
    referral = await report()
    await lose(referral, "sent")
    address = f"/referrals/{referral}"
    triage, agency = await sign_in(people.triage), await sign_in(people.agency)
    async with database.transaction() as uow:
        await handoffs.offer(uow, people.triage, referral, "houkatsu", RequestedAction.VISIT, "お願い", None, START)
    shown = {name: await browser.get(address) for name, browser in (("city", triage), ("agency", agency))}
    assert {name: page.status_code for name, page in shown.items()} == {"city": 200, "agency": 200}
    assert "報告した人への返事" in shown["city"].text
    assert "報告した人への返事" not in shown["agency"].text
