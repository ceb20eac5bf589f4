"""The house in pieces, each a process of its own, so that one can be killed while the others go on."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Literal

import psycopg

from cases.crypto import Keyring
from cases.db import Database
from deploy.simulator.client import SimulatorClient
from tests import demo_house
from tests.faults.ground import Ground
from tests.processes import Program, free_port

SECRET = "fault-test-channel-secret-0001"
TOKEN = "fault-test-channel-access-token-0001"
KEYS = "fault:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
CHANNEL = {"redelivery": True, "redelivery_interval": 2.0, "redelivery_limit": 20, "quota": None}
"""LINE keeps interval and number of its redeliveries to itself; these outlast every outage of a test."""

LONGEST_WAIT = 200.0

Kind = Literal["web", "worker"]


@dataclass
class Pieces:
    ground: Ground
    environment: dict[str, str]
    simulator_url: str
    database_url: str
    started: list[Program] = field(default_factory=list)

    def web(self) -> Program:
        return self._start("deploy.cli.main", "serve", "--web-only")

    def worker(self) -> Program:
        return self._start("deploy.cli.main", "worker")

    def steady(self, kind: Kind) -> Program:
        return self.web() if kind == "web" else self.worker()

    def dying(self, kind: Kind, point: str, nth: int) -> Program:
        """One that kills itself when it passes `point` for the n-th time."""
        return self._start(f"tests.faults.dying_{kind}", point, str(nth))

    def simulator(self, webhook_url: str) -> Program:
        return self._start(
            "deploy.simulator",
            *("--port", self.simulator_url.rpartition(":")[2], "--webhook-url", webhook_url),
            *("--channel-secret", SECRET, "--access-token", TOKEN),
            *("--walk", str(demo_house.WALK), "--examples", str(demo_house.EXAMPLES)),
        )

    def _start(self, *arguments: str) -> Program:
        program = Program.start(arguments, self.environment)
        self.started.append(program)
        return program.wait_ready()

    def end(self) -> None:
        for program in reversed(self.started):
            with contextlib.suppress(AssertionError):
                program.stop()

    async def settled(self) -> None:
        """Return when every message that waits now has come to its end.

        Raises:
            AssertionError: it hangs.
        """
        newest = self.count("SELECT coalesce(max(seq), 0) FROM outbox")
        waiting = f"SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending') AND seq <= {newest}"
        until = time.monotonic() + LONGEST_WAIT
        while self.count(waiting):
            assert time.monotonic() < until, "messages wait for ever"
            await asyncio.sleep(0.3)

    def count(self, query: str) -> int:
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return int(row[0])

    @contextlib.asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        opened = Database(self.database_url, Keyring.parse(KEYS))
        try:
            yield opened
        finally:
            await opened.close()

    @contextlib.asynccontextmanager
    async def line(self) -> AsyncIterator[SimulatorClient]:
        async with SimulatorClient(self.simulator_url) as client:
            yield client


@contextlib.asynccontextmanager
async def standing(ground: Ground) -> AsyncIterator[Pieces]:
    """The simulator, ready and with redelivery on; web and worker are started by whoever wants to kill them."""
    port, simulator_port = free_port(), free_port()
    database_url = await ground.database()
    house = Pieces(
        ground,
        {
            "KIZUKI_DATABASE_URL": database_url,
            "KIZUKI_REDIS_URL": ground.services.redis_url,
            "KIZUKI_LINE_CHANNEL_SECRET": SECRET,
            "KIZUKI_LINE_CHANNEL_ACCESS_TOKEN": TOKEN,
            "KIZUKI_LINE_API_BASE": f"http://127.0.0.1:{simulator_port}",
            "KIZUKI_KEYS": KEYS,
            "KIZUKI_PORT": str(port),
            "KIZUKI_DATA_DIR": str(ground.folder / f"house-{port}"),
        },
        f"http://127.0.0.1:{simulator_port}",
        database_url,
    )
    try:
        house.simulator(f"http://127.0.0.1:{port}/line/webhook")
        async with house.line() as line:
            await line.settings(**CHANNEL)
        yield house
    finally:
        house.end()
