"""The numbers an operator lives by: true, there in an outage, closed to strangers, and about nobody."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx2
import psycopg
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from cases import inbound, outbox, people
from cases.crypto import Keyring
from cases.db import Database
from deploy import metrics

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
TOKEN = "a-token-for-the-scraper-0001"
CANARY = "となりの山田さんが"
LINE_USER = "U" + "7" * 32

Numbers = dict[tuple[str, str], float]


@asynccontextmanager
async def scraper(
    database: Database,
    *,
    counted: metrics.Metrics | None = None,
    address: str = "127.0.0.1",
    token: str = TOKEN,
    redis_up: bool = True,
) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    routes = metrics.router(
        counted or metrics.Metrics(), database, token=token, redis_up=lambda: redis_up, now=lambda: NOW
    )
    app.include_router(routes)
    transport = httpx2.ASGITransport(app, client=(address, 5000))
    async with httpx2.AsyncClient(transport=transport, base_url="http://kizuki") as client:
        yield client


def numbers(answer: httpx2.Response) -> Numbers:
    """Each sample by its name and its label's value."""
    return {
        (sample.name, "".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def scraped(database: Database, counted: metrics.Metrics | None = None) -> Numbers:
    async with scraper(database, counted=counted) as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 200
    return numbers(answer)


async def fill(database: Database, database_url: str) -> None:
    """Three events (one resting, one parked), three answers (one held, one sent), and a troubled channel."""
    events = [
        inbound.Arrived(f"01H{n}", f"U{n:032d}", "message", NOW, {"type": "message", "message": {"text": CANARY}})
        for n in range(3)
    ]
    async with database.transaction() as uow:
        await inbound.accept(uow, events, NOW - timedelta(minutes=5))
        person = await people.lock(uow, LINE_USER, NOW)
        for _ in range(3):
            await outbox.put(uow, person.id, [{"type": "text", "text": CANARY}], now=NOW - timedelta(seconds=90))
    with psycopg.connect(database_url, autocommit=True) as connection:
        for statement in (
            "UPDATE inbound SET state = 'parked' WHERE event_id = '01H1'",
            "UPDATE inbound SET not_before = '2027-01-01' WHERE event_id = '01H2'",
            "UPDATE outbox SET state = 'held' WHERE seq = (SELECT min(seq) FROM outbox)",
            "UPDATE outbox SET state = 'sent' WHERE seq = (SELECT max(seq) FROM outbox)",
            "UPDATE channel SET refused_since = now(), quota = 200, used = 150, standby_at = '2026-11-23T05:00Z'",
        ):
            connection.execute(statement.encode())


async def test_the_queues_and_the_channel_are_told_as_they_are(database: Database, database_url: str) -> None:
    await fill(database, database_url)
    found = await scraped(database)
    told = {name: value for (name, label), value in found.items() if not label}
    assert told == {
        **told,
        "kizuki_database_up": 1,
        "kizuki_redis_up": 1,
        "kizuki_inbound_open": 2,
        "kizuki_inbound_age_seconds": 300,
        "kizuki_inbound_resting": 1,
        "kizuki_inbound_parked": 1,
        "kizuki_outbox_waiting": 1,
        "kizuki_outbox_age_seconds": 90,
        "kizuki_outbox_held": 1,
        "kizuki_forms_open": 0,
        "kizuki_passed_on_waiting": 0,
        "kizuki_token_refused": 1,
        "kizuki_account_refused": 0,
        "kizuki_quota_used_up": 0,
        "kizuki_suspended": 0,
        "kizuki_quota_messages": 200,
        "kizuki_quota_used_messages": 150,
        "kizuki_standby_timestamp_seconds": datetime(2026, 11, 23, 5, tzinfo=UTC).timestamp(),
    }
    sends = {label: value for (name, label), value in found.items() if name == "kizuki_sends_last_hour"}
    assert sends == {"sent": 1, "not_sent": 0, "unknown": 0, "cancelled": 0}


async def test_what_the_web_program_saw_is_counted(database: Database) -> None:
    counted = metrics.Metrics()
    counted.accepted(0.004, 3)
    counted.accepted(1.5, 1)
    counted.refused("signature")
    counted.events_refused("malformed", 3)
    counted.not_stored()
    counted.outage_answer("sent")
    found = await scraped(database, counted)
    assert found["kizuki_accept_seconds_count", ""] == 2
    assert found["kizuki_accept_seconds_bucket", "0.005"] == 1
    assert found["kizuki_accept_seconds_bucket", "2.0"] == 2
    assert found["kizuki_accepted_events_total", ""] == 4
    assert found["kizuki_refused_total", "signature"] == 1
    assert found["kizuki_events_refused_total", "malformed"] == 3
    assert found["kizuki_not_stored_total", ""] == 1
    assert found["kizuki_outage_answers_total", "sent"] == 1


async def test_a_scrape_works_in_part_while_the_database_is_away(keyring: Keyring) -> None:
    counted = metrics.Metrics()
    counted.not_stored()
    nowhere = Database("postgresql://nobody@127.0.0.1:1/none", keyring)
    async with scraper(nowhere, counted=counted, redis_up=False) as client:
        answer = await client.get("/metrics")
    found = numbers(answer)
    assert answer.status_code == 200
    assert found["kizuki_database_up", ""] == 0
    assert found["kizuki_redis_up", ""] == 0
    assert found["kizuki_not_stored_total", ""] == 1
    assert not any(name.startswith(("kizuki_inbound", "kizuki_outbox")) for name, _ in found)


async def test_many_scrapes_ask_the_database_once_in_a_while(database: Database, database_url: str) -> None:
    async with scraper(database) as client:
        before = numbers(await client.get("/metrics"))
        await fill(database, database_url)
        at_once = numbers(await client.get("/metrics"))
    assert before["kizuki_inbound_open", ""] == at_once["kizuki_inbound_open", ""] == 0


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.7", {}, 404),
        ("192.0.2.7", {"authorization": f"Bearer {TOKEN}"}, 200),
        ("192.0.2.7", {"authorization": f"bearer {TOKEN}"}, 404),
        ("192.0.2.7", {"authorization": f"Bearer {TOKEN}x"}, 404),
        ("192.0.2.7", {"authorization": "Bearer "}, 404),
        ("127.0.0.1", {"x-forwarded-for": "192.0.2.7"}, 404),
        ("127.0.0.1", {"forwarded": "for=192.0.2.7"}, 404),
        ("127.0.0.1", {"via": "1.1 proxy"}, 404),
        ("127.0.0.1", {"x-forwarded-for": "192.0.2.7", "authorization": f"Bearer {TOKEN}"}, 200),
        ("not-an-address", {}, 404),
    ],
)
async def test_only_this_machine_or_the_token_opens_it(
    database: Database, address: str, headers: Mapping[str, str], status: int
) -> None:
    async with scraper(database, address=address) as client:
        answer = await client.get("/metrics", headers=headers)
    assert answer.status_code == status
    assert bool(answer.content) == (status == 200)


async def test_an_empty_token_lets_nobody_in(database: Database) -> None:
    async with scraper(database, address="192.0.2.7", token="") as client:
        assert (await client.get("/metrics", headers={"authorization": "Bearer "})).status_code == 404
        assert (await client.get("/metrics")).status_code == 404


async def test_no_label_and_no_number_tells_of_a_person(database: Database, database_url: str) -> None:
    await fill(database, database_url)
    counted = metrics.Metrics()
    counted.refused(CANARY)
    counted.outage_answer(LINE_USER)
    async with scraper(database, counted=counted) as client:
        answer = await client.get("/metrics")
    assert CANARY not in answer.text
    assert "7" * 32 not in answer.text
    assert numbers(answer)["kizuki_refused_total", "other"] == 1
