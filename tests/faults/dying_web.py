"""A web program like ours that kills itself, once, at a named point: `python -m tests.faults.dying_web POINT NTH`."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Iterator

import uvicorn

from deploy import logs
from deploy.app import create_web
from deploy.house import House
from deploy.settings import load
from deploy.starting import stop_on_signals
from tests.faults import dying


class Server(uvicorn.Server):
    """Says when it answers, and leaves the signals to us, as the real one does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        dying.say_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def main(point: str, nth: int) -> None:
    settings, stop = load(), stop_on_signals()
    web = create_web(House.build(settings), sync=dying.at(point, nth))
    server = Server(uvicorn.Config(web, host=settings.host, port=settings.port, log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving


if __name__ == "__main__":
    logs.configure()
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
