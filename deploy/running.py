"""Running the programs: web, worker, and both with all they need, until a signal asks for the end."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence

import uvicorn

from admin.desk import DemoAccount
from cases import migrate
from deploy import embedded
from deploy.app import House, create_web, run_worker
from deploy.children import Child, parent_gone
from deploy.settings import Settings
from deploy.texts import text

GRACEFUL_SECONDS = 5  # live inbox streams are cut after this; requests in hand are finished long before
CHILD_READY_SECONDS = 30.0


class StartError(RuntimeError):
    """The programs cannot start; the message tells the operator what to do."""


def say(key: str, **values: object) -> None:
    """Progress for the operator, on stderr, so that stdout keeps the one `ready` line."""
    sys.stderr.write(text(key, **values) + "\n")
    sys.stderr.flush()


@contextlib.contextmanager
def with_services(settings: Settings) -> Iterator[Settings]:
    """The settings with real addresses: embedded services are started for the URLs that are unset."""
    wants_database, wants_redis = not settings.database_url, not settings.redis_url
    if not (wants_database or wants_redis):
        yield settings
        return
    say("starting.postgres", folder=settings.data_dir)
    with embedded.running(settings.data_dir, database=wants_database, redis_server=wants_redis) as addresses:
        yield settings.model_copy(
            update={
                "database_url": settings.database_url or addresses.database_url,
                "redis_url": settings.redis_url or addresses.redis_url,
            }
        )


async def ensure_schema(settings: Settings, *, may_migrate: bool) -> None:
    """Bring the schema up to date, or refuse to start on an old one.

    Raises:
        StartError: the schema is old and migrating was not asked for.
    """
    if await migrate.current(settings.database_url) == migrate.head():
        return
    if not may_migrate:
        raise StartError(text("errors.not_migrated"))
    say("starting.migrating")
    say("starting.migrated", names=", ".join(await migrate.migrate(settings.database_url)))


async def serve(
    settings: Settings,
    *,
    children: Sequence[Child],
    on_ready: Callable[[], Awaitable[None]] | None = None,
    accounts: Sequence[DemoAccount] = (),
) -> None:
    """Run the web program here and `children` beside it, until SIGTERM or SIGINT."""
    _ensure_port_free(settings)
    stop = stop_on_signals()
    async with asyncio.TaskGroup() as group:
        for child in children:
            group.create_task(child.run(stop))
        await _children_ready(children, stop)
        await _web(settings, stop, on_ready, accounts)
        stop.set()


async def _children_ready(children: Sequence[Child], stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(CHILD_READY_SECONDS):
            for child in children:
                await child.ready.wait()
    except TimeoutError:
        stop.set()
        late = next(child.name for child in children if not child.ready.is_set())
        raise StartError(text("errors.child_gone", name=late, log="stderr")) from None


async def _web(
    settings: Settings,
    stop: asyncio.Event,
    on_ready: Callable[[], Awaitable[None]] | None,
    accounts: Sequence[DemoAccount],
) -> None:
    server = _Server(
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
    running = asyncio.create_task(server.serve())
    answering = asyncio.create_task(server.answering.wait())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({running, answering}, return_when=asyncio.FIRST_COMPLETED)
    answering.cancel()
    if server.started:
        if on_ready is not None:
            await on_ready()
        print(f"ready http://{settings.host}:{_port(server)}", flush=True)  # noqa: T201 - the line of DESIGN §9
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stopping.cancel()
    await running


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: ours end the children too, in order."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answering.set()

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


async def work(settings: Settings, *, follow_parent: bool) -> None:
    """Run a worker until a signal, or until the parent is gone when it should follow it."""
    stop = stop_on_signals()
    following = asyncio.create_task(_stop_when_orphaned(stop)) if follow_parent else None
    await run_worker(House.build(settings), stop, on_ready=_say_worker_ready)
    if following is not None:
        following.cancel()


def _say_worker_ready() -> None:
    print("ready worker", flush=True)  # noqa: T201 - the parent waits for this line


async def _stop_when_orphaned(stop: asyncio.Event) -> None:
    await parent_gone()
    stop.set()


def stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def worker_child(settings: Settings) -> Child:
    return Child(
        "worker",
        [sys.executable, "-m", "deploy.cli.main", "worker", "--follow-parent"],
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
