"""Child processes of `serve` and `demo`: started, watched, started again when they die, ended with their parent."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from deploy.texts import text

STOP_SECONDS = 15.0
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
HEALTHY_SECONDS = 60.0  # who lived that long is started again without a long pause


def python_program(module: str, *arguments: str) -> list[str]:
    """The command line of a module of ours; -P keeps what lies in the current folder from being imported."""
    return [sys.executable, "-P", "-m", module, *arguments]


@dataclass(slots=True)
class Child:
    """One program. Its standard input is a pipe that closes when we die, whatever kills us: it ends itself then."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    process: asyncio.subprocess.Process | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    stillborn: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it ended before it was ever ready: starting it again would hardly help."""

    async def run(self, stop: asyncio.Event) -> None:
        pause = FIRST_PAUSE
        while not stop.is_set():
            began = time.monotonic()
            code = await self._once(stop)
            if stop.is_set():
                return
            if not self.ready.is_set():
                self.stillborn.set()
            if time.monotonic() - began > HEALTHY_SECONDS:
                pause = FIRST_PAUSE
            sys.stderr.write(text("errors.child", name=self.name, code=code, seconds=round(pause)) + "\n")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _once(self, stop: asyncio.Event) -> int:
        self.process = await asyncio.create_subprocess_exec(
            *self.arguments,
            env={**os.environ, **self.environment},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C reaches the parent alone, which then stops everybody in order
        )
        reading = asyncio.create_task(self._read_lines(self.process))
        ended = asyncio.create_task(self.process.wait())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not ended.done():
            await self._end(self.process)
        await reading
        return await ended

    async def _read_lines(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            if line.startswith(b"ready "):
                self.ready.set()

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()


async def parent_gone() -> None:
    """Return when standard input closes: the parent that holds its other end is no more."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1024):
        continue
