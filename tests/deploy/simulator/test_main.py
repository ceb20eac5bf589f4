"""The program as others start it: arguments, the ready line, a clean stop."""

import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from deploy.simulator.__main__ import main

ARGUMENTS = ["--webhook-url", "http://127.0.0.1:9/hook", "--channel-secret", "s", "--access-token", "t"]


def test_it_says_when_it_answers_and_stops_cleanly(tmp_path: Path) -> None:
    examples = tmp_path / "examples.jsonl"
    examples.write_text('{"id": "a", "text": "一"}\n', encoding="utf-8")
    command = [sys.executable, "-m", "deploy.simulator", *ARGUMENTS, "--examples", str(examples), "--data", "none"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        address = program.stdout.readline().removeprefix("ready ").strip()
        state = httpx2.get(f"{address}/sim/state", trust_env=False).json()
        with httpx2.stream("GET", f"{address}/sim/events", trust_env=False) as stream:
            next(stream.iter_lines())
            program.send_signal(signal.SIGTERM)
            assert program.wait(10) == 0
    assert state["examples"] == 1
    assert len(state["people"]) >= 2


@pytest.mark.parametrize(
    "wrong",
    [
        [*ARGUMENTS[:3], "", *ARGUMENTS[4:]],
        [*ARGUMENTS, "--walk", "missing.yaml"],
        [*ARGUMENTS, "--examples", "missing.jsonl"],
    ],
)
def test_what_cannot_be_used_is_said_before_the_start(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(wrong) == 2
    assert capsys.readouterr().err.startswith("cannot start: ")
