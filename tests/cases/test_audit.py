import asyncio
from uuid import uuid4

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import text

from cases import audit, staff
from cases.actors import SYSTEM, Actor, Role
from cases.audit import Broken
from cases.db import Database
from tests.cases.builders import NOW, Office, interrupted, keyring_of, later, sql, submitted

TRIAGE = Actor(uuid4(), Role.TRIAGE, None, "受付")
ROWS = 5


async def record(database: Database, action: str = "referral.read", **detail: str) -> None:
    async with database.transaction() as uow:
        await audit.record(uow, TRIAGE, action, "referral", "r1", detail, NOW)


async def verify(database: Database) -> Broken | None:
    async with database.reading() as reader:
        return await audit.verify(reader)


@pytest.fixture
async def chain(database: Database) -> Database:
    for number in range(ROWS):
        await record(database, f"act.{number}", reason="電話で確認")
    return database


async def found(chain: Database, *statements: str) -> Broken | None:
    """What `verify` says after an intruder, who owns the database, switched the triggers off and did this."""
    async with chain.transaction() as uow:
        disabled = (f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in ("audit", "audit_head"))
        async with uow.session.begin_nested() as intrusion:
            for statement in (*disabled, *statements):
                await uow.session.execute(text(statement))
            broken = await audit.verify(uow)
            await intrusion.rollback()
    return broken


class TestRecord:
    async def test_who_did_what_to_what_and_when(self, database: Database) -> None:
        await record(database, "reporter.read", reason="折り返しの電話")
        async with database.reading() as reader:
            (entry,) = await audit.entries(reader, "referral", "r1")
            assert await audit.entries(reader, "referral", "r2") == []
        assert (entry.staff_id, entry.role, entry.action, entry.at) == (
            TRIAGE.staff_id,
            Role.TRIAGE,
            "reporter.read",
            NOW,
        )
        assert entry.detail == {"reason": "折り返しの電話"}

    async def test_what_did_not_happen_is_not_written(self, database: Database) -> None:
        await interrupted(database, lambda uow: audit.record(uow, SYSTEM, "referral.submit", "referral", "r1", {}, NOW))
        async with database.reading() as reader:
            assert await audit.entries(reader, "referral", "r1") == []

    async def test_writers_at_once_keep_one_chain_without_gaps(self, database: Database, database_url: str) -> None:
        async def several() -> None:
            async with database.transaction() as uow:
                for number in range(3):
                    await audit.record(uow, SYSTEM, f"act.{number}", "referral", "r1", {}, NOW)

        await asyncio.gather(*(several() for _ in range(12)))
        assert sql(database_url, "SELECT count(*), min(seq), max(seq) FROM audit") == [(36, 1, 36)]
        assert await verify(database) is None

    async def test_others_are_not_held_up_before_the_end_of_the_transaction(self, database: Database) -> None:
        async with asyncio.timeout(5), database.transaction() as uow:
            await audit.record(uow, SYSTEM, "slow", "referral", "r1", {}, NOW)
            await record(database, "quick")
        assert await verify(database) is None


class TestAppendOnly:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit SET action = 'nothing'",
            "DELETE FROM audit",
            "TRUNCATE audit",
            "DELETE FROM audit_head",
            "TRUNCATE audit_head",
        ],
    )
    async def test_the_database_refuses_to_change_it(self, chain: Database, database_url: str, statement: str) -> None:
        with pytest.raises(InsufficientPrivilege, match="append-only"):
            sql(database_url, statement)
        assert await verify(chain) is None


class TestVerify:
    async def test_an_empty_log_is_whole(self, database: Database) -> None:
        assert await verify(database) is None

    async def test_an_untouched_log_is_whole_across_batches(
        self, chain: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(audit, "_BATCH", 2)
        assert await verify(chain) is None

    async def test_it_stays_whole_while_keys_rotate(self, database_url: str) -> None:
        for keys in (["old"], ["new", "old"]):
            database = Database(database_url, keyring_of(*keys))
            await record(database)
            assert await verify(database) is None
            await database.close()

    @pytest.mark.usefixtures("chain")
    async def test_it_is_not_whole_under_a_strangers_key(self, database_url: str) -> None:
        stranger = Database(database_url, keyring_of("stranger"))
        assert await verify(stranger) == Broken(1, "altered")
        await stranger.close()

    @pytest.mark.parametrize(
        "change",
        [
            "action = 'referral.note'",
            "at = at + interval '1 second'",
            "staff_id = gen_random_uuid()",
            "role = 'administrator'",
            "target_kind = 'staff'",
            "target_id = 'r9'",
            "detail = NULL",
            "id = gen_random_uuid()",
            "code = sha256(code)",
        ],
    )
    async def test_an_altered_row_is_named(self, chain: Database, change: str) -> None:
        for seq in range(1, ROWS + 1):
            assert await found(chain, f"UPDATE audit SET {change} WHERE seq = {seq}") == Broken(seq, "altered")

    async def test_a_removed_row_is_named(self, chain: Database) -> None:
        for seq in range(1, ROWS + 1):
            assert await found(chain, f"DELETE FROM audit WHERE seq = {seq}") == Broken(seq, "missing")

    async def test_a_removed_row_is_named_when_the_others_close_ranks(self, chain: Database) -> None:
        for seq in range(1, ROWS + 1):
            closing = [f"UPDATE audit SET seq = seq - 1 WHERE seq = {behind}" for behind in range(seq + 1, ROWS + 1)]
            broken = await found(chain, f"DELETE FROM audit WHERE seq = {seq}", *closing)
            assert broken == Broken(seq, "missing" if seq == ROWS else "altered")

    async def test_two_exchanged_rows_are_named(self, chain: Database) -> None:
        for seq in range(1, ROWS):
            moves = ((seq, 99), (seq + 1, seq), (99, seq + 1))
            exchange = [f"UPDATE audit SET seq = {new} WHERE seq = {old}" for old, new in moves]
            assert await found(chain, *exchange) == Broken(seq, "altered")

    async def test_rows_cut_off_at_the_end_are_missed(self, chain: Database) -> None:
        for kept in range(ROWS):
            assert await found(chain, f"DELETE FROM audit WHERE seq > {kept}") == Broken(kept + 1, "missing")

    async def test_rows_cut_off_at_the_end_are_missed_even_with_the_head_set_back(self, chain: Database) -> None:
        for kept in range(1, ROWS):
            last = f"(SELECT code FROM audit WHERE seq = {kept})"
            set_back = f"UPDATE audit_head SET seq = {kept}, code = {last}"
            broken = await found(chain, set_back, f"DELETE FROM audit WHERE seq > {kept}")
            assert broken == Broken(kept + 1, "altered")

    async def test_a_log_begun_anew_is_missed_by_what_is_older(self, database: Database, office: Office) -> None:
        """Staff, sessions and referrals each left a row when they came."""
        async with database.transaction() as uow:
            assert office.triage.staff_id
            await staff.sessions.create(uow, office.triage.staff_id, NOW)
        await submitted(database)
        assert await verify(database) is None
        for others in (("referrals", "staff_sessions"), ("staff_sessions", "staff"), ("referrals", "staff")):
            for goes_on in (False, True):
                await self._begun_anew(database, others, goes_on=goes_on)

    async def _begun_anew(self, database: Database, others: tuple[str, ...], *, goes_on: bool) -> None:
        async with database.transaction() as uow:
            async with uow.session.begin_nested() as intrusion:
                for statement in (
                    "SET LOCAL session_replication_role = replica",
                    "DELETE FROM audit",
                    "UPDATE audit_head SET seq = 0, code = '', seal = ''",
                    *(f"DELETE FROM {table}" for table in others),
                ):
                    await uow.session.execute(text(statement))
                if goes_on:
                    await audit.record(uow, TRIAGE, "referral.read", "referral", "r1", {}, later(days=1))
                    await uow.settle()
                assert await audit.verify(uow) == Broken(1, "missing"), others
                await intrusion.rollback()
            uow.session.expunge_all()

    async def test_a_row_added_without_the_key_is_named(self, chain: Database) -> None:
        forged = (
            "INSERT INTO audit (seq, id, at, role, action, target_kind, target_id, code) "
            f"VALUES ({ROWS + 1}, gen_random_uuid(), now(), 'system', 'referral.read', 'referral', 'r1', 'code')"
        )
        assert await found(chain, forged) == Broken(ROWS + 1, "altered")
