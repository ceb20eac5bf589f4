"""Running the programs: web, worker, and both with all they need, until a signal asks for the end."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

import uvicorn

from admin.desk import DemoAccount
from deploy.app import create_web
from deploy.children import Child
from deploy.house import House
from deploy.settings import Settings
from deploy.starting import StartError, stop_on_signals
from deploy.texts import text

GRACEFUL_SECONDS = 2  # live inbox streams are cut after this; requests in hand are finished long before
READY_SECONDS = 60.0


async def serve(
    settings: Settings,
    *,
    children: Sequence[Child],
    on_ready: Callable[[], Awaitable[None]] | None = None,
    accounts: Sequence[DemoAccount] = (),
) -> None:
    """Run the web program here and `children` beside it, until SIGTERM or SIGINT.

    Raises:
        StartError: the port is taken, or a child did not come up.
    """
    _ensure_port_free(settings)
    stop = stop_on_signals()
    running = [asyncio.create_task(child.run(stop), name=child.name) for child in children]
    server = _server(settings, accounts)
    web = asyncio.create_task(server.serve(), name="web")
    try:
        if await _all_answer(server, children, stop):
            if on_ready is not None:
                await on_ready()
            print(f"ready http://{settings.host}:{_port(server)}", flush=True)  # noqa: T201 - the line of DESIGN §9
            await _first(web, stop)
        elif not stop.is_set():
            raise StartError(text("errors.child_gone", name="web"))
    finally:
        stop.set()
        server.should_exit = True
        await asyncio.gather(web, *running)


async def _all_answer(server: "_Server", children: Sequence[Child], stop: asyncio.Event) -> bool:
    """Wait until web and children can work; False when a signal came first."""
    everybody = asyncio.gather(server.answering.wait(), *(child.ready.wait() for child in children))
    try:
        async with asyncio.timeout(READY_SECONDS):
            await _first(everybody, stop)
    except TimeoutError:
        late = [child.name for child in children if not child.ready.is_set()]
        raise StartError(text("errors.child_gone", name=", ".join(late) or "web")) from None
    finally:
        everybody.cancel()
    return server.started and not stop.is_set()


async def _first(work: asyncio.Future[Any], stop: asyncio.Event) -> None:
    """Wait until the work is done or a signal came."""
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()


def _server(settings: Settings, accounts: Sequence[DemoAccount]) -> "_Server":
    return _Server(
        uvicorn.Config(
            create_web(House.build(settings), accounts),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACEFUL_SECONDS,
        )
    )


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: ours end the children too, in order."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answering.set()  # also when it failed: `started` tells which

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _port(server: uvicorn.Server) -> int:
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port


def _ensure_port_free(settings: Settings) -> None:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            raise StartError(text("errors.port", host=settings.host, port=settings.port)) from None


def worker_child(settings: Settings) -> Child:
    return Child(
        "worker",
        [sys.executable, "-m", "deploy.work", "--follow-parent"],
        environment(settings),
    )


def environment(settings: Settings) -> dict[str, str]:
    """The settings as environment variables for a child process."""
    values = {
        "LINE_CHANNEL_SECRET": settings.line_channel_secret.get_secret_value(),
        "LINE_CHANNEL_ACCESS_TOKEN": settings.line_channel_access_token.get_secret_value(),
        "KEYS": settings.keys.get_secret_value(),
    }
    plain = ("line_api_base", "database_url", "redis_url", "city", "base_url", "talk_text", "host", "port", "data_dir")
    values |= {name.upper(): str(getattr(settings, name)) for name in plain}
    return {f"KIZUKI_{name}": value for name, value in values.items()}
