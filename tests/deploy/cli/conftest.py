"""The commands as an operator runs them: real processes, against a real simulator program."""

import base64
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from deploy import embedded
from tests.processes import HOUSE, Program, free_port

SECRET, TOKEN = "0123456789abcdef0123456789abcdef", "t" * 40
KEYS = "test:" + base64.b64encode(bytes(range(32))).decode()


@dataclass(frozen=True)
class Operator:
    """Runs `kizuki` with an environment."""

    environment: dict[str, str]

    def run(self, *arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "deploy.cli.main", *arguments],
            cwd=HOUSE,
            env={"PATH": "/usr/bin:/bin", **self.environment, **more},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture(scope="session")
def simulator() -> Iterator[str]:
    """The address of a simulator that every command of these tests speaks with."""
    port = free_port()
    program = Program.start(
        [
            *("deploy.simulator", "--port", str(port), "--webhook-url", "http://127.0.0.1:9/line/webhook"),
            *("--channel-secret", SECRET, "--access-token", TOKEN),
        ]
    )
    program.wait_ready()
    yield f"http://127.0.0.1:{port}"
    program.stop()


@pytest.fixture
def operator(simulator: str, database_url: str, services: embedded.Services) -> Operator:
    return Operator(
        {
            "KIZUKI_LINE_CHANNEL_SECRET": SECRET,
            "KIZUKI_LINE_CHANNEL_ACCESS_TOKEN": TOKEN,
            "KIZUKI_KEYS": KEYS,
            "KIZUKI_LINE_API_BASE": simulator,
            "KIZUKI_DATABASE_URL": database_url,
            "KIZUKI_REDIS_URL": services.redis_url,
        }
    )
