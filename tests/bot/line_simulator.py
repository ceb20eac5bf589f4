"""LINE's set-up API as the simulator has it, inside the test's own loop."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot.line_admin import LineAdmin
from deploy.simulator.app import build
from deploy.simulator.client import SimulatorClient
from deploy.simulator.server import running
from deploy.simulator.settings import Settings
from deploy.simulator.world import World

SECRET, TOKEN = "0123456789abcdef0123456789abcdef", "t" * 40


@dataclass(frozen=True)
class Simulated:
    """A simulated LINE: what stands in it, its knobs, and our calls to it."""

    world: World
    address: str
    client: SimulatorClient
    admin: LineAdmin

    @property
    def names(self) -> list[str]:
        return [menu.body["name"] for menu in self.world.menus.menus.values()]

    def calls(self, name: str = "") -> list[str]:
        return [call.name for call in self.world.logs.api if call.name.startswith(name)]


@contextlib.asynccontextmanager
async def simulated(webhook_url: str = "http://127.0.0.1:9/line/webhook") -> AsyncIterator[Simulated]:
    world = World(Settings(webhook_url=webhook_url), secret=SECRET, access_token=TOKEN)
    async with (
        running(build(world)) as address,
        SimulatorClient(address) as client,
        LineAdmin(access_token=TOKEN, api_base=address) as admin,
    ):
        yield Simulated(world, address, client, admin)
