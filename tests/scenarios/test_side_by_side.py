"""Several web programs and workers side by side; one of each is stopped and started again under traffic."""

import asyncio
from pathlib import Path

import httpx2
import psycopg

from deploy import embedded
from deploy.simulator.client import SimulatorClient
from deploy.simulator.views import RunView
from tests import demo_house
from tests.scenarios import side_by_side

ROUNDS = 2
LATER = 6
"""Conversations after everything runs again."""
UNDER_WAY = 3
"""Conversations that have reached their end before the first stop, so that others are in their middle."""


async def under_way(line: SimulatorClient, run: RunView) -> RunView:
    for _ in range(300):
        run = await line.run(run)
        if run.done >= UNDER_WAY:
            return run
        await asyncio.sleep(0.1)
    raise AssertionError("the conversations do not get on")


async def to_the_end(line: SimulatorClient, run: RunView) -> RunView:
    for _ in range(3):
        run = await line.run(run, wait=60)
        if not run.running:
            break
    return run


def numbers(database_url: str, *queries: str) -> list[int]:
    with psycopg.connect(database_url) as connection:
        rows = [connection.execute(query.encode()).fetchone() for query in queries]
    return [int(row[0]) for row in rows if row is not None]


async def scraped(port: int) -> str:
    async with httpx2.AsyncClient(trust_env=False) as scraper:
        return (await scraper.get(f"http://127.0.0.1:{port}/metrics")).text


async def test_a_restart_of_one_of_each_costs_nobody_a_word(
    services: embedded.Services, database_url: str, tmp_path: Path
) -> None:
    texts = [
        {"id": f"{example['id']}-{turn}", "text": example["text"]}
        for turn in range(ROUNDS)
        for example in demo_house.examples()
    ]
    async with (
        side_by_side.running(services, database_url, tmp_path) as office,
        side_by_side.line(office) as line,
    ):
        await line.settings(redelivery=True, redelivery_interval=0.5, redelivery_limit=20)
        run = await under_way(line, await line.walk(texts, concurrency=6))
        assert run.running
        statuses = await asyncio.to_thread(office.restart)
        run = await to_the_end(line, run)
        await office.balancer.cut()  # so that the web program that came back gets its share again
        again = await to_the_end(line, await line.walk(demo_house.examples()[:LATER], concurrency=4))
        walks = [*run.walks, *again.walks]
        talks = [(walk, await line.talk(walk.person)) for walk in walks]
        assert await line.idle()
        scrapes = [await scraped(port) for port in office.web_ports]
    assert statuses == [0, 0]
    assert [(walk.id, walk.reason) for walk in walks if walk.state != "done"] == []
    assert len({walk.captured for walk in walks}) == len(texts) + LATER
    for walk, talk in talks:
        assert sum(walk.captured in text for text in talk.texts()) == 1
    assert numbers(
        database_url,
        "SELECT count(*) FROM referrals",
        "SELECT count(*) FROM inbound WHERE state <> 'done'",
        "SELECT count(*) FROM outbox WHERE state <> 'sent'",
    ) == [len(texts) + LATER, 0, 0]
    assert "event.failed" not in office.complaints()
    assert all("kizuki_database_up 1.0" in scrape and "kizuki_inbound_open 0.0" in scrape for scrape in scrapes)
    assert not any("kizuki_accepted_events_total 0.0" in scrape for scrape in scrapes)
