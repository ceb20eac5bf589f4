import asyncio
import getpass
import os
from uuid import UUID

import pytest
from sqlalchemy import update

from cases import audit, inbound, parked
from cases.crypto import Keyring
from cases.db import Database
from cases.inbound import Arrived, InboundRow
from deploy.house import now
from tests.deploy.cli.conftest import KEYS, Operator

USER = "U" + "1" * 32
WORDS = "となりの人のひみつ"


async def _park(url: str, count: int) -> list[UUID]:
    database = Database(url, Keyring.parse(KEYS))
    payload = {"type": "message", "message": {"type": "text", "text": WORDS}, "replyToken": "tokenoftheevent"}
    async with database.transaction() as uow:
        events = [Arrived(f"e{n}", USER, "message.text", now(), payload) for n in range(count)]
        await inbound.accept(uow, events, now())
    async with database.transaction() as uow:
        await uow.session.execute(update(InboundRow).values(state="parked", attempts=5))
    async with database.reading() as reader:
        ids = [event.id for event in await parked.listed(reader)]
    await database.close()
    return ids


async def _audited(url: str, event_id: UUID) -> list[tuple[str, str, str]]:
    database = Database(url, Keyring.parse(KEYS))
    async with database.reading() as reader:
        entries = await audit.entries(reader, parked.TARGET, event_id)
    await database.close()
    return [(entry.action, entry.detail["who"], entry.detail.get("why", "")) for entry in entries]


def test_an_operator_lists_shows_retries_and_drops(offline: Operator, database_url: str) -> None:
    first, second, third = asyncio.run(_park(database_url, 3))
    listed = offline.run("events", "list")
    assert all(str(one) in listed.stdout for one in (first, second, third))
    assert WORDS not in listed.stdout
    assert USER not in listed.stdout

    shown = offline.call("events", "list", "--show", str(first)[:8], stdin="不具合の調査\n")
    assert WORDS in shown.stdout
    assert "tokenoftheevent" not in shown.stdout

    assert "1 件" in offline.call("events", "retry", str(first)).stdout
    dropped = offline.call("events", "drop", str(second)[:8], "--why", "試験の連絡")
    assert "1 件" in dropped.stdout
    user = getpass.getuser()
    assert asyncio.run(_audited(database_url, first)) == [
        ("parked.shown", user, "不具合の調査"),
        ("parked.retried", user, ""),
    ]
    assert asyncio.run(_audited(database_url, second)) == [("parked.dropped", user, "試験の連絡")]

    assert "1 件" in offline.call("events", "retry", "--all").stdout
    assert "ありません" in offline.call("events", "list").stdout


def test_of_those_who_share_a_user_of_the_machine_the_audit_log_tells_who_it_was(
    offline: Operator, database_url: str
) -> None:
    first, second = asyncio.run(_park(database_url, 2))
    by = ("--by", " 佐藤 ")
    offline.call("events", "list", "--show", str(first), "--why", "調査", *by, USER="kizuki", LOGNAME="kizuki")
    offline.call("events", "retry", str(first), *by, USER="kizuki", LOGNAME="kizuki")
    offline.call("events", "drop", str(second), "--why", "試験", *by, USER="kizuki", LOGNAME="kizuki")
    kept = [*asyncio.run(_audited(database_url, first)), *asyncio.run(_audited(database_url, second))]
    assert [action for action, _, _ in kept] == ["parked.shown", "parked.retried", "parked.dropped"]
    assert {who for _, who, _ in kept} == {"佐藤(OS の利用者 kizuki)"}


def test_a_user_without_a_name_is_told_by_number(
    offline: Operator, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Containers may run under any number."""

    def nameless() -> str:
        raise KeyError

    monkeypatch.setattr(getpass, "getuser", nameless)
    [event] = asyncio.run(_park(database_url, 1))
    assert offline.call("events", "retry", str(event)).returncode == 0
    assert asyncio.run(_audited(database_url, event)) == [("parked.retried", f"番号 {os.getuid()}", "")]


def test_an_unknown_id_stops_all_before_anything_is_done(offline: Operator, database_url: str) -> None:
    [known] = asyncio.run(_park(database_url, 1))
    done = offline.call("events", "drop", "--why", "x", str(known), "abcdef99")
    assert (done.returncode, "abcdef99" in done.stderr) == (2, True)
    assert offline.call("events", "drop", str(known), "--all", "--why", "x").returncode == 2
    assert offline.call("events", "retry").returncode == 2
    assert offline.call("events", "drop", str(known), stdin="\n").returncode != 0
    assert str(known) in offline.call("events", "list").stdout


def test_answers_that_did_not_arrive_are_counted(offline: Operator) -> None:
    done = offline.call("events", "list", "--undelivered", "--days", "7")
    assert (done.returncode, "7 日" in done.stdout) == (0, True)
