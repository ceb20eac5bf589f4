"""Two web programs and two workers on one database behind a small balancer, as a city with two servers has them."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from deploy import embedded
from deploy.simulator.client import SimulatorClient
from tests import demo_house
from tests.processes import Program, free_port

SECRET = "side-by-side-channel-secret-0001"
TOKEN = "side-by-side-channel-access-token-0001"
KEYS = "side:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


class Balancer:
    """Gives each connection to the next web program that takes it, as a proxy with health checks would."""

    def __init__(self, ports: list[int]) -> None:
        self._turns = itertools.cycle(ports)
        self._tries = len(ports)
        self._server: asyncio.Server | None = None
        self._pipes: set[asyncio.Task[None]] = set()
        self.port = free_port()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", self.port)

    async def cut(self) -> None:
        """End every connection, with whatever is under way on it, as a proxy that is started again does."""
        for pipe in self._pipes:
            pipe.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        await self.cut()
        await self._server.wait_closed()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind = await self._behind()
        if behind is None:
            writer.close()
            return
        for one, other in ((reader, behind[1]), (behind[0], writer)):
            pipe = asyncio.create_task(_pour(one, other))
            self._pipes.add(pipe)
            pipe.add_done_callback(self._pipes.discard)

    async def _behind(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in range(self._tries):
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", next(self._turns))
        return None


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        with contextlib.suppress(OSError):
            while part := await reader.read(65536):
                writer.write(part)
                await writer.drain()
    finally:
        writer.close()


@dataclass
class Office:
    """The programs, by what they are; each can be stopped and started again."""

    environment: dict[str, str]
    simulator_port: int
    balancer: Balancer = field(init=False)
    web_ports: list[int] = field(default_factory=lambda: [free_port(), free_port()])
    web: list[Program] = field(default_factory=list)
    workers: list[Program] = field(default_factory=list)
    simulator: Program | None = None
    ended: list[Program] = field(default_factory=list)

    @classmethod
    def of(cls, services: embedded.Services, database_url: str, data_dir: Path) -> "Office":
        simulator_port = free_port()
        return cls(
            {
                "KIZUKI_DATABASE_URL": database_url,
                "KIZUKI_REDIS_URL": services.redis_url,
                "KIZUKI_LINE_CHANNEL_SECRET": SECRET,
                "KIZUKI_LINE_CHANNEL_ACCESS_TOKEN": TOKEN,
                "KIZUKI_LINE_API_BASE": f"http://127.0.0.1:{simulator_port}",
                "KIZUKI_KEYS": KEYS,
                "KIZUKI_DATA_DIR": str(data_dir),
            },
            simulator_port,
        )

    def open(self, webhook_port: int) -> None:
        self.web = [self.start_web(port) for port in self.web_ports]
        self.workers = [self.start_worker() for _ in range(2)]
        self.simulator = Program.start(
            [
                "deploy.simulator",
                *("--port", str(self.simulator_port), "--channel-secret", SECRET, "--access-token", TOKEN),
                *("--webhook-url", f"http://127.0.0.1:{webhook_port}/line/webhook"),
                *("--walk", str(demo_house.WALK), "--examples", str(demo_house.EXAMPLES)),
            ]
        )
        for program in (*self.web, *self.workers, self.simulator):
            program.wait_ready()

    def start_web(self, port: int) -> Program:
        return Program.start(["deploy.cli.main", "serve", "--web-only"], {**self.environment, "KIZUKI_PORT": str(port)})

    def start_worker(self) -> Program:
        return Program.start(["deploy.cli.main", "worker"], self.environment)

    def restart(self) -> list[int]:
        """Stop one of each as a service manager would, and start it again; their exit statuses."""
        stopped = [self.web[0], self.workers[0]]
        statuses = [program.stop() for program in stopped]
        self.ended += stopped
        self.web[0], self.workers[0] = self.start_web(self.web_ports[0]), self.start_worker()
        for program in (self.web[0], self.workers[0]):
            program.wait_ready()
        return statuses

    def close(self) -> None:
        self.ended += [*self.web, *self.workers]
        for program in (*self.web, *self.workers, self.simulator):
            if program is not None:
                with contextlib.suppress(AssertionError):
                    program.stop()

    def complaints(self) -> str:
        return "".join(line for program in self.ended for line in program.complained)


@contextlib.asynccontextmanager
async def running(services: embedded.Services, database_url: str, data_dir: Path) -> AsyncIterator[Office]:
    office = Office.of(services, database_url, data_dir)
    office.balancer = Balancer(office.web_ports)
    await office.balancer.open()
    try:
        await asyncio.to_thread(office.open, office.balancer.port)
        yield office
    finally:
        await asyncio.to_thread(office.close)
        await office.balancer.close()


def line(office: Office) -> SimulatorClient:
    return SimulatorClient(f"http://127.0.0.1:{office.simulator_port}")
