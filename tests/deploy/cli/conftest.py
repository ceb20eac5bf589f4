"""The commands as an operator runs them, against real services and a real simulator program.

A process of Python with all that a command needs takes seconds to start, so each command has one test with a process
of its own; every other case calls the same program inside this one.
"""

import base64
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from unittest import mock

import pytest
from typer.testing import CliRunner

from deploy import embedded
from deploy.cli.main import app
from tests.processes import HOUSE, Program, free_port

SECRET, TOKEN = "0123456789abcdef0123456789abcdef", "t" * 40
KEYS = "test:" + base64.b64encode(bytes(range(32))).decode()


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Operator:
    """Runs `kizuki` with an environment that holds nothing else of ours."""

    environment: dict[str, str]

    def call(self, *arguments: str, stdin: str = "", **more: str) -> Done:
        """In this process. Never a command that becomes another program (`worker`)."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KIZUKI_")}
        on_sigterm = signal.getsignal(signal.SIGTERM)
        try:
            with mock.patch.dict(os.environ, {**kept, **self.environment, **more}, clear=True):
                result = CliRunner().invoke(app, arguments, stdin, prog_name="kizuki")
        finally:
            signal.signal(signal.SIGTERM, on_sigterm)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Done(result.exit_code, result.stdout, result.stderr)

    def run(self, *arguments: str, stdin: str = "", **more: str) -> Done:
        """As a process."""
        done = subprocess.run(
            [sys.executable, "-m", "deploy.cli.main", *arguments],
            cwd=HOUSE,
            env={"PATH": "/usr/bin:/bin", **self.environment, **more},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)


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
def anybody() -> Operator:
    """Without any setting."""
    return Operator({})


@pytest.fixture
def offline(database_url: str, services: embedded.Services) -> Operator:
    """With services, but no LINE to speak with."""
    return Operator(
        {
            "KIZUKI_LINE_CHANNEL_SECRET": SECRET,
            "KIZUKI_LINE_CHANNEL_ACCESS_TOKEN": TOKEN,
            "KIZUKI_KEYS": KEYS,
            "KIZUKI_LINE_API_BASE": "http://127.0.0.1:9",
            "KIZUKI_DATABASE_URL": database_url,
            "KIZUKI_REDIS_URL": services.redis_url,
        }
    )


@pytest.fixture
def operator(offline: Operator, simulator: str) -> Operator:
    return Operator(offline.environment | {"KIZUKI_LINE_API_BASE": simulator})
