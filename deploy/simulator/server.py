"""The simulator's own server: can cut a connection, says when it is ready, stops without waiting for open streams."""

import asyncio
import contextlib
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from deploy.simulator.control import Simulator


class CuttableProtocol(HttpToolsProtocol):
    """Hands the transport to the application, so that a fault can cut the connection as a broken network does."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class SimulatorServer(uvicorn.Server):
    """Calls `on_ready` with the address once it answers."""

    def __init__(
        self, app: FastAPI, *, host: str, port: int, on_ready: Callable[[str], None], follow_parent: bool = False
    ) -> None:
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            http=CuttableProtocol,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=3,
        )
        super().__init__(config)
        self._simulator: Simulator = app.state.simulator
        self._on_ready = on_ready
        if follow_parent:
            threading.Thread(target=self._follow_parent, daemon=True).start()

    def _follow_parent(self) -> None:
        """The parent holds the other end of standard input; when that ends, so do we."""
        while os.read(sys.stdin.fileno(), 1024):
            continue
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - a comparison, nothing is bound here
            self._on_ready(f"http://{shown}:{port}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._simulator.world.bus.close()
        for person in self._simulator.world.people.values():
            person.changed.fire()
        await super().shutdown(sockets)


def _never_ready(ready: asyncio.Future[str]) -> None:
    """The server ended before it answered: whoever waits for it is told."""
    if not ready.done():
        ready.set_exception(RuntimeError("the simulator did not start"))


@asynccontextmanager
async def running(app: FastAPI, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """The simulator inside this event loop, for tests; gives its address."""
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    server = SimulatorServer(app, host=host, port=port, on_ready=ready.set_result)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    task = asyncio.create_task(server.serve())
    task.add_done_callback(lambda _: _never_ready(ready))
    try:
        yield await ready
    finally:
        server.should_exit = True
        await task
