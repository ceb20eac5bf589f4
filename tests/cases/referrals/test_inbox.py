from datetime import date, timedelta
from uuid import UUID

import pytest

from cases.actors import Actor
from cases.db import Database
from cases.handoffs import service as handoffs
from cases.referrals import inbox as inbox_module
from cases.referrals import service
from cases.referrals.inbox import counts, inbox
from cases.referrals.sheets import ConcernRecord, InboxFilters, InboxRow, TabCounts
from cases.referrals.status import Priority, Status
from cases.referrals.vocabulary import DeclineReason, RequestedAction
from tests.cases.builders import NOW, STORY, Office, later, report, sql, submitted


async def page(
    database: Database,
    actor: Actor,
    filters: InboxFilters = InboxFilters(),  # noqa: B008 - frozen
    limit: int = 50,
    before: UUID | None = None,
) -> list[InboxRow]:
    async with database.reading() as reader:
        return await inbox(reader, actor, filters, limit, before)


async def submit(database: Database, receipt: str, minutes: int = 0, **changes: object) -> UUID:
    async with database.transaction() as uow:
        return await service.submit(uow, report(receipt, **changes), later(minutes=minutes))


async def offer(database: Database, office: Office, referral: UUID) -> UUID:
    async with database.transaction() as uow:
        return await handoffs.offer(
            uow, office.triage, referral, "houkatsu", RequestedAction.VISIT, "", date(2026, 12, 1), NOW
        )


async def take(database: Database, actor: Actor, referral: UUID) -> None:
    async with database.transaction() as uow:
        await service.take(uow, actor, referral, 1, NOW)


class TestOrder:
    async def test_most_urgent_first_then_oldest_first(self, database: Database, office: Office) -> None:
        given = [("low", 0), ("high", 3), ("emergency", 2), ("high", 1), ("medium", 0), ("emergency", 4)]
        for priority, minutes in given:
            await submit(database, f"{priority}{minutes}", minutes, priority=Priority(priority))
        rows = await page(database, office.triage)
        assert [(row.priority, (row.received_at - NOW) // timedelta(minutes=1)) for row in rows] == [
            ("emergency", 2),
            ("emergency", 4),
            ("high", 1),
            ("high", 3),
            ("medium", 0),
            ("low", 0),
        ]

    async def test_pages_follow_each_other_without_gap_or_repetition(self, database: Database, office: Office) -> None:
        for number in range(7):
            await submit(database, f"KZ-{number}", number // 3, priority=list(Priority)[number % 2])
        whole = [row.id for row in await page(database, office.triage)]
        walked: list[UUID] = []
        while rows := await page(database, office.triage, limit=2, before=walked[-1] if walked else None):
            walked += [row.id for row in rows]
        assert walked == whole
        assert len(set(whole)) == 7

    async def test_closed_ones_stand_last_and_pages_go_on_over_the_border(
        self, database: Database, office: Office
    ) -> None:
        for number in range(5):
            priority = Priority.EMERGENCY if number < 3 else Priority.LOW
            referral = await submit(database, f"KZ-{number}", number, priority=priority)
            if number < 3:
                async with database.transaction() as uow:
                    await service.change_status(uow, office.triage, referral, Status.CANCELLED, "重複", 1, NOW)
        everything = InboxFilters(tab="all")
        whole = await page(database, office.triage, everything)
        assert [row.status for row in whole] == ["submitted"] * 2 + ["cancelled"] * 3
        walked: list[UUID] = []
        while rows := await page(database, office.triage, everything, 2, walked[-1] if walked else None):
            walked += [row.id for row in rows]
        assert walked == [row.id for row in whole]


class TestRow:
    async def test_a_decline_stays_in_the_citys_row_until_the_agency_is_asked_again(
        self, database: Database, office: Office
    ) -> None:
        referral = await submit(database, "KZ-1")
        first = await offer(database, office, referral)
        async with database.transaction() as uow:
            await handoffs.decline(uow, office.agency, first, DeclineReason.CAPACITY, "", later(minutes=1))
            action = RequestedAction.VISIT
            await handoffs.offer(uow, office.triage, referral, "maisapo", action, "", None, later(minutes=2))
        (row,) = await page(database, office.triage)
        assert (row.status, row.declined, row.agencies) == (Status.OFFERED, ("地域包括",), ("まいさぽ",))
        (theirs,) = await page(database, office.other_agency)
        assert theirs.declined == ()
        async with database.transaction() as uow:
            await handoffs.offer(uow, office.triage, referral, "houkatsu", action, "", None, later(minutes=3))
        (row,) = await page(database, office.triage)
        assert row.declined == ()

    async def test_everything_a_decision_needs(self, database: Database, office: Office) -> None:
        referral = await submit(database, "KZ-1", free_text=f"{STORY}\n\n心配です" + "。" * 200)
        await take(database, office.triage, referral)
        await offer(database, office, referral)
        (row,) = await page(database, office.triage)
        assert (row.id, row.status, row.version) == (referral, Status.OFFERED, 3)
        assert row.words.startswith(f"{STORY} 心配です。")
        assert len(row.words) == inbox_module.WORDS
        assert (row.concerns, row.agencies, row.assigned_name) == (("安否不明",), ("地域包括",), "triage")
        assert (row.district, row.household_type, row.immediate_danger) == ("yoshida", "unknown", "unknown")

    async def test_an_agencys_row_is_masked_and_tells_the_day_only(
        self, database: Database, database_url: str, office: Office
    ) -> None:
        referral = await submit(database, "KZ-1")
        await offer(database, office, referral)
        sql(
            database_url,
            'INSERT INTO masked_spans (id, referral_id, start, "end", masked_at) '
            "VALUES (gen_random_uuid(), %s, 2, 4, now())",
            referral,
        )
        (row,) = await page(database, office.agency)
        assert row.words == "隣の■■さんの家に新聞がたまっています"
        assert row.received_at == NOW.replace(hour=15, minute=0) - timedelta(days=1)
        (row,) = await page(database, office.triage)
        assert (row.words, row.received_at) == (STORY, NOW)


class TestFilters:
    @pytest.mark.parametrize(
        ("filters", "found"),
        [
            (InboxFilters(), {"a", "b"}),
            (InboxFilters(tab="all"), {"a", "b", "closed"}),
            (InboxFilters(tab="unassigned"), {"b"}),
            (InboxFilters(tab="mine"), {"a"}),
            (InboxFilters(tab="offered"), {"b"}),
            (InboxFilters(priority=Priority.HIGH), {"a"}),
            (InboxFilters(district="miwa"), {"b"}),
            (InboxFilters(concern="debt"), {"a"}),
            (InboxFilters(agency="houkatsu"), {"b"}),
            (InboxFilters(status=Status.TRIAGE), {"a"}),
            (InboxFilters(tab="all", status=Status.CANCELLED), {"closed"}),
            (InboxFilters(district="miwa", priority=Priority.HIGH), set()),
        ],
    )
    async def test_each_alone_and_together(
        self, database: Database, office: Office, filters: InboxFilters, found: set[str]
    ) -> None:
        debt = [ConcernRecord("debt", "借金")]
        ids = {
            "a": await submit(database, "a", priority=Priority.HIGH, concerns=debt),
            "b": await submit(database, "b", district="miwa"),
            "closed": await submit(database, "closed"),
        }
        await take(database, office.triage, ids["a"])
        await offer(database, office, ids["b"])
        async with database.transaction() as uow:
            await service.change_status(uow, office.triage, ids["closed"], Status.CANCELLED, "重複", 1, NOW)
        assert {row.id for row in await page(database, office.triage, filters)} == {ids[name] for name in found}

    async def test_the_tabs_of_an_agency_are_its_own_work(self, database: Database, office: Office) -> None:
        offered, accepted = await submit(database, "a"), await submit(database, "b")
        await submit(database, "never handed on")
        await offer(database, office, offered)
        handoff = await offer(database, office, accepted)
        async with database.transaction() as uow:
            await handoffs.accept(uow, office.agency, handoff, NOW)
        tabs = {"offered": {offered}, "mine": {accepted}, "open": {offered, accepted}, "all": {offered, accepted}}
        for tab, ids in tabs.items():
            rows = await page(database, office.agency, InboxFilters(tab=tab))  # type: ignore[arg-type]
            assert {row.id for row in rows} == ids
            assert await page(database, office.other_agency, InboxFilters(tab=tab)) == []  # type: ignore[arg-type]

    async def test_an_agency_does_not_learn_who_else_has_it(self, database: Database, office: Office) -> None:
        referral = await submit(database, "a")
        await offer(database, office, referral)
        for agency in ("maisapo", "houkatsu"):
            rows = await page(database, office.agency, InboxFilters(tab="all", agency=agency))
            assert [row.id for row in rows] == [referral], agency


class TestFinished:
    async def test_an_ended_support_is_marked_until_the_city_decides(self, database: Database, office: Office) -> None:
        referral = await submit(database, "a")
        handoff = await offer(database, office, referral)
        for number, step in enumerate((handoffs.accept, handoffs.finish)):
            assert (await page(database, office.triage))[0].finished == ()
            async with database.transaction() as uow:
                await step(uow, office.agency, handoff, later(hours=number))
        (row,) = await page(database, office.triage)
        assert (row.status, row.finished, row.agencies) == (Status.ASSIGNED, ("地域包括",), ())
        async with database.transaction() as uow:
            await service.change_status(
                uow, office.triage, referral, Status.IN_PROGRESS, "市で続ける", 4, later(hours=3)
            )
        assert (await page(database, office.triage))[0].finished == ()


class TestCounts:
    async def test_each_tab_is_counted(
        self, database: Database, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, second, third = [await submitted(database, f"KZ-{number}") for number in range(3)]
        await take(database, office.triage, first)
        await offer(database, office, second)
        async with database.transaction() as uow:
            await service.change_status(uow, office.triage, third, Status.CANCELLED, "重複", 1, NOW)
        async with database.reading() as reader:
            assert await counts(reader, office.triage) == TabCounts(unassigned=1, mine=1, offered=1, open=2, all=3)
            assert await counts(reader, office.agency) == TabCounts(unassigned=1, mine=0, offered=1, open=1, all=1)
            assert await counts(reader, office.other_agency) == TabCounts(0, 0, 0, 0, 0)
            monkeypatch.setattr(inbox_module, "COUNTED", 2)
            assert (await counts(reader, office.triage)).all == 2


class TestIndexes:
    """A page is read from the index that holds its order: its cost must not grow with the years."""

    @pytest.fixture
    async def plenty(self, database: Database, database_url: str, office: Office) -> Database:
        sql(
            database_url,
            """
            INSERT INTO referrals (id, referral_no, receipt_hash, received_at, updated_at, channel, status, priority,
                district, assigned_to)
            SELECT gen_random_uuid(), n, sha256(n::text::bytea), now() - n * interval '1 hour', now(), 'line',
                CASE WHEN n %% 8 = 0 THEN 'triage' WHEN n %% 8 = 1 THEN 'offered' ELSE 'completed' END,
                (ARRAY['emergency', 'high', 'medium', 'low'])[1 + n %% 4], 'd' || n %% 31,
                CASE WHEN n %% 24 = 0 THEN CAST(%s AS uuid) END
            FROM generate_series(1, 6000) AS n""",
            office.triage.staff_id,
        )
        sql(database_url, "ANALYZE")
        return database

    async def test_each_tab_and_filter_has_its_own(self, plenty: Database, office: Office) -> None:
        expected = {
            InboxFilters(): "ix_referrals_open",
            InboxFilters(tab="all"): "ix_referrals_queue",
            InboxFilters(tab="mine"): "ix_referrals_assigned",
            InboxFilters(tab="offered"): "ix_referrals_status",
            InboxFilters(district="d7"): "ix_referrals_district",
        }
        async with plenty.reading() as reader:
            connection = await reader.session.connection()
            for filters, index in expected.items():
                for part in reversed(await inbox_module._parts(reader, filters.tab, None)):
                    query = inbox_module._page(office.triage, filters).where(part).limit(50)
                    literal = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
                    plan = "\n".join(row[0] for row in await connection.exec_driver_sql(f"EXPLAIN {literal}"))
                    assert index in plan or (part is inbox_module._OPEN and "ix_referrals_open" in plan), (
                        filters,
                        plan,
                    )
                    assert "Seq Scan on referrals" not in plan
