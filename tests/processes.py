"""Real programs for the tests that need them: started, waited for, stopped or killed by their own id."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HOUSE = Path(__file__).parents[1]
READY_SECONDS = 60.0
STOP_SECONDS = 30.0
LOOK_SECONDS = 0.5


@dataclass
class Program:
    """One process and what it said. `ready` is the line that begins with that word."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)
    complained: list[str] = field(default_factory=list)
    ready: threading.Event = field(default_factory=threading.Event)
    readers: list[threading.Thread] = field(default_factory=list)

    @classmethod
    def start(cls, arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> "Program":
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KIZUKI_")}
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=HOUSE,
            env={**kept, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        program = cls(process)
        for stream, lines in ((process.stdout, program.said), (process.stderr, program.complained)):
            program.readers.append(threading.Thread(target=program._read, args=(stream, lines), daemon=True))
        for reader in program.readers:
            reader.start()
        return program

    def wait_ready(self) -> "Program":
        until = time.monotonic() + READY_SECONDS
        while not self.ready.wait(LOOK_SECONDS) and self.process.poll() is None and time.monotonic() < until:
            continue
        if not self.ready.is_set():
            self.kill()
            raise AssertionError("not ready:\n" + "".join(self.said + self.complained))
        return self

    def stop(self) -> int:
        """Ask it to end, as systemd would, and give its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("did not stop:\n" + "".join(self.said + self.complained)) from None
        self._close()
        return self.process.returncode

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        self._close()

    def _close(self) -> None:
        """The program is gone, so its pipes end: read them out and close them."""
        for reader in self.readers:
            reader.join(STOP_SECONDS)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()

    def _read(self, stream: "subprocess._FILE", lines: list[str]) -> None:
        for line in stream:  # type: ignore[union-attr]
            lines.append(line)
            if line.startswith("ready "):
                self.ready.set()


def free_port() -> int:
    """A port of loopback that nobody has, from below those that the kernel lends to outgoing connections."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)  # tests are seeded, and would all take the same
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
