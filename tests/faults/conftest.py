"""The house in pieces, each a process of its own, so that one can be killed while the others go on."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy import embedded
from tests import demo_house
from tests.processes import Program, free_port

SECRET = "fault-test-channel-secret-0001"
TOKEN = "fault-test-channel-access-token-0001"
KEYS = "fault:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@dataclass
class Pieces:
    environment: dict[str, str]
    simulator_url: str
    database_url: str
    started: list[Program] = field(default_factory=list)

    def worker(self) -> Program:
        return self._start("deploy.cli.main", "worker")

    def dying_worker(self, point: str, nth: int) -> Program:
        return self._start("tests.faults.dying_worker", point, str(nth))

    def _start(self, *arguments: str) -> Program:
        program = Program.start(arguments, self.environment)
        self.started.append(program)
        return program.wait_ready()

    def end(self) -> None:
        for program in reversed(self.started):
            with contextlib.suppress(AssertionError):
                program.stop()


@pytest.fixture
def pieces(database_url: str, services: embedded.Services, tmp_path: Path) -> Iterator[Pieces]:
    port, simulator_port = free_port(), free_port()
    house = Pieces(
        {
            "KIZUKI_DATABASE_URL": database_url,
            "KIZUKI_REDIS_URL": services.redis_url,
            "KIZUKI_LINE_CHANNEL_SECRET": SECRET,
            "KIZUKI_LINE_CHANNEL_ACCESS_TOKEN": TOKEN,
            "KIZUKI_LINE_API_BASE": f"http://127.0.0.1:{simulator_port}",
            "KIZUKI_KEYS": KEYS,
            "KIZUKI_PORT": str(port),
            "KIZUKI_DATA_DIR": str(tmp_path),
        },
        f"http://127.0.0.1:{simulator_port}",
        database_url,
    )
    try:
        house._start("deploy.cli.main", "serve", "--web-only")
        house._start(
            "deploy.simulator",
            *("--port", str(simulator_port), "--webhook-url", f"http://127.0.0.1:{port}/line/webhook"),
            *("--channel-secret", SECRET, "--access-token", TOKEN),
            *("--walk", str(demo_house.WALK), "--examples", str(demo_house.EXAMPLES)),
        )
        yield house
    finally:
        house.end()
