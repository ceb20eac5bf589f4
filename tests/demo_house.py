"""A whole demo as real processes: web, worker, simulator, embedded services, for scenarios, journeys and faults."""

import contextlib
import json
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from cases.crypto import Keyring
from cases.db import Database
from deploy import embedded
from deploy.demo import Secrets
from deploy.simulator.client import SimulatorClient
from tests import folders
from tests.processes import Program, free_port

EXAMPLES = Path(__file__).parent / "scenarios" / "examples.jsonl"
WALK = Path(__file__).parents[1] / "deploy" / "simulator" / "walks" / "notice.yaml"


def examples() -> list[dict[str, Any]]:
    """The texts that are carried: the tests' own, or those of the file that KIZUKI_SCENARIO_TEXTS names."""
    path = Path(os.environ.get("KIZUKI_SCENARIO_TEXTS") or EXAMPLES)
    lines = path.read_text(encoding="utf-8").splitlines()
    return [{"id": line["id"], "text": line["text"]} for line in map(json.loads, filter(None, lines))]


@dataclass
class DemoHouse:
    program: Program
    data_dir: Path
    port: int
    simulator_port: int

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def simulator_url(self) -> str:
        return f"http://127.0.0.1:{self.simulator_port}"

    @property
    def secrets(self) -> Secrets:
        return Secrets.of(self.data_dir)

    @property
    def database_url(self) -> str:
        folder = self.data_dir.resolve() / "postgres"
        return f"postgresql://postgres:@/{embedded.DATABASE_NAME}?host={folder}"

    def simulator(self) -> SimulatorClient:
        return SimulatorClient(self.simulator_url)

    @contextlib.asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        opened = Database(self.database_url, Keyring.parse(self.secrets.keys))
        try:
            yield opened
        finally:
            await opened.close()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query.encode()).fetchall()

    def count(self, table: str) -> int:
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])


def start(data_dir: Path, *, port: int | None = None, simulator_port: int | None = None) -> DemoHouse:
    """Start `kizuki demo` on this folder, on free ports, and wait until it answers."""
    port, simulator_port = port or free_port(), simulator_port or free_port()
    program = Program.start(
        ["deploy.cli.main", "demo", "--simulator-port", str(simulator_port)],
        {"KIZUKI_DATA_DIR": str(data_dir), "KIZUKI_PORT": str(port)},
    )
    return DemoHouse(program.wait_ready(), data_dir, port, simulator_port)


@contextlib.contextmanager
def running() -> Iterator[DemoHouse]:
    """A demo in a folder of its own, gone afterwards."""
    with folders.reachable() as data_dir:
        house = start(data_dir)
        try:
            yield house
        finally:
            house.program.stop()
