import asyncio
from uuid import UUID

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


async def _audited(url: str, event_id: UUID) -> list[tuple[str, str]]:
    database = Database(url, Keyring.parse(KEYS))
    async with database.reading() as reader:
        entries = await audit.entries(reader, parked.TARGET, event_id)
    await database.close()
    return [(entry.action, entry.detail["why"]) for entry in entries]


def test_an_operator_lists_shows_retries_and_drops(operator: Operator, database_url: str) -> None:
    first, second, third = asyncio.run(_park(database_url, 3))
    listed = operator.run("events", "list")
    assert all(str(one) in listed.stdout for one in (first, second, third))
    assert WORDS not in listed.stdout
    assert USER not in listed.stdout

    shown = operator.run("events", "list", "--show", str(first)[:8], stdin="不具合の調査\n")
    assert WORDS in shown.stdout
    assert "tokenoftheevent" not in shown.stdout

    assert "1 件" in operator.run("events", "retry", str(first)).stdout
    dropped = operator.run("events", "drop", str(second)[:8], "--why", "試験の連絡")
    assert "1 件" in dropped.stdout
    assert asyncio.run(_audited(database_url, first)) == [("parked.shown", "不具合の調査")]
    assert asyncio.run(_audited(database_url, second)) == [("parked.dropped", "試験の連絡")]

    assert "1 件" in operator.run("events", "retry", "--all").stdout
    assert "ありません" in operator.run("events", "list").stdout


def test_an_unknown_id_stops_all_before_anything_is_done(operator: Operator, database_url: str) -> None:
    [known] = asyncio.run(_park(database_url, 1))
    done = operator.run("events", "drop", "--why", "x", str(known), "abcdef99")
    assert (done.returncode, "abcdef99" in done.stderr) == (2, True)
    assert operator.run("events", "drop", str(known), "--all", "--why", "x").returncode == 2
    assert operator.run("events", "drop", str(known), stdin="\n").returncode != 0
    assert str(known) in operator.run("events", "list").stdout


def test_answers_that_did_not_arrive_are_counted(operator: Operator) -> None:
    done = operator.run("events", "list", "--undelivered", "--days", "7")
    assert (done.returncode, "7 日" in done.stdout) == (0, True)
