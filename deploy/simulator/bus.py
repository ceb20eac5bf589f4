"""News for the web page: small notes that something changed; the page then asks for what it shows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import contextmanager
from typing import Any

QUEUE = 500


class Bus:
    """Many listeners, none of whom can slow the simulator down: a slow one misses notes and is told so."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[dict[str, Any] | None]] = set()

    def tell(self, kind: str, **more: Any) -> None:
        for queue in list(self._queues):
            if queue.qsize() >= QUEUE:
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait({"kind": "missed"})
            queue.put_nowait({"kind": kind, **more})

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        for queue in self._queues:
            queue.put_nowait(None)

    @contextmanager
    def _listening(self) -> Any:
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)

    async def listen(self, heartbeat: float) -> AsyncIterator[dict[str, Any]]:
        """Every note from now on; `{"kind": "beat"}` when nothing happened for `heartbeat` seconds."""
        with self._listening() as queue:
            yield {"kind": "hello"}
            while True:
                try:
                    async with asyncio.timeout(heartbeat):
                        note = await queue.get()
                except TimeoutError:
                    note = {"kind": "beat"}
                if note is None:
                    return
                yield note
