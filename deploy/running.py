"""Running the programs: web, worker, and both with all they need, until a signal asks for the end."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

import uvicorn
from pydantic import SecretStr

from admin.desk import DemoAccount
from deploy.app import create_web
from deploy.children import Child, python_program
from deploy.house import House
from deploy.memory import settle
from deploy.settings import Settings
from deploy.starting import StartError, keep_alive, stop_on_signals
from deploy.texts import text

GRACEFUL_SECONDS = 2  # live inbox streams are cut after this; requests in hand are finished long before
READY_SECONDS = 60.0


async def serve(
    settings: Settings,
    *,
    children: Sequence[Child],
    revive: Callable[[], None],
    on_ready: Callable[[], None] | None = None,
    accounts: Sequence[DemoAccount] = (),
) -> None:
    """Run the web program here and `children` beside it, until SIGTERM or SIGINT.

    Args:
        settings: with real addresses of the services.
        children: programs that run beside the pages.
        revive: called every few seconds; starts embedded services that died.
        on_ready: called once everything answers.
        accounts: the demo's staff, for the sign-in page.

    Raises:
        StartError: the port is taken, or a program did not come up.
    """
    ensure_port_free(settings.host, settings.port)
    stop = stop_on_signals()
    beside = [asyncio.create_task(child.run(stop), name=child.name) for child in children]
    beside.append(asyncio.create_task(keep_alive(revive, stop), name="keeper"))
    server = _server(settings, accounts)
    web = asyncio.create_task(server.serve(), name="web")
    try:
        if await _all_answer(server, children, stop):
            settle()
            if on_ready is not None:
                on_ready()
            print(f"ready http://{settings.host}:{_port(server)}", flush=True)  # noqa: T201 - the line of DESIGN §9
            await _first(asyncio.wait([web]), stop.wait())
    finally:
        stop.set()
        server.should_exit = True
        await asyncio.gather(web, *beside)


async def _all_answer(server: "_Server", children: Sequence[Child], stop: asyncio.Event) -> bool:
    """Wait until web and children can work; False when a signal came first."""
    await _first(
        _answering(server, children),
        stop.wait(),
        *(child.stillborn.wait() for child in children),
        seconds=READY_SECONDS,
    )
    if stop.is_set():
        return False
    late = [child.name for child in children if not child.ready.is_set()]
    if late or not server.started:
        raise StartError(text("errors.child_gone", name=", ".join(late) or "web"))
    return True


async def _answering(server: "_Server", children: Sequence[Child]) -> None:
    await server.answering.wait()
    for child in children:
        await child.ready.wait()


async def _first(*waits: Coroutine[Any, Any, Any], seconds: float | None = None) -> None:
    """Wait until one of these has ended, at most `seconds`; the others are cancelled."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


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


def ensure_port_free(host: str, port: int) -> None:
    """Refuse a taken port before anything is started.

    Raises:
        StartError: somebody listens there.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise StartError(text("errors.port", host=host, port=port)) from None


def worker_child(settings: Settings) -> Child:
    return Child(
        "worker",
        python_program("deploy.work", "--follow-parent"),
        environment(settings),
    )


def environment(settings: Settings) -> dict[str, str]:
    """The settings as environment variables for a child process."""
    values = {name: getattr(settings, name) for name in Settings.model_fields}
    plain = {name: v.get_secret_value() if isinstance(v, SecretStr) else str(v) for name, v in values.items()}
    return {f"KIZUKI_{name.upper()}": value for name, value in plain.items()}
