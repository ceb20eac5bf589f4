"""A simulator inside the test's own event loop, a tiny bot on loopback, and a clock that the test moves."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.simulator.app import build
from deploy.simulator.client import SimulatorClient
from deploy.simulator.clock import ManualClock
from deploy.simulator.models import Json
from deploy.simulator.server import running
from deploy.simulator.settings import Settings
from deploy.simulator.world import World

SECRET = "channel secret"
TOKEN = "access token"

Answer = Callable[["Bot", Json], Awaitable[None]]


@dataclass
class Bot:
    """Takes webhooks, keeps what came, and answers as the test scripts it."""

    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    events: list[Json] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    delay: float = 0.0
    answer: Answer | None = None
    api: httpx2.AsyncClient | None = None

    async def hook(self, request: Request) -> Response:
        body = await request.body()
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        events = (await request.json())["events"]
        self.events += events
        await asyncio.sleep(self.delay)
        status = self.statuses.pop(0) if self.statuses else 200
        if self.answer and status == 200:
            for event in events:
                await self.answer(self, event)
        return Response(status_code=status)

    async def reply(self, event: Json, *messages: Any) -> httpx2.Response:
        """Answer this event; a bare text becomes a text message."""
        shaped = [one if isinstance(one, dict) else {"type": "text", "text": one} for one in messages]
        return await self.post("/v2/bot/message/reply", {"replyToken": event["replyToken"], "messages": shaped})

    async def post(self, path: str, body: Any, **headers: str) -> httpx2.Response:
        assert self.api is not None
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.api.post(path, json=body, headers=named)


@dataclass
class Line:
    """The simulator under test, its control client, its clock and the bot behind it."""

    world: World
    clock: ManualClock
    client: SimulatorClient
    api: httpx2.AsyncClient
    bot: Bot
    address: str

    async def friend(self, name: str = "住民", **more: Any) -> Any:
        """A person who follows the account; the bot has had the event."""
        person = await self.client.add_person(name, **more)
        await self.client.follow(person)
        await self.client.idle()
        return person

    async def event(self, person: Any, text: str = "こんにちは") -> Json:
        """Say something and return the event as the bot got it."""
        outcome = await self.client.say(person, text)
        await self.client.idle()
        return next(event for event in self.bot.events if event["webhookEventId"] == outcome.events[0])


class Announced(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(uvicorn.Config(app, port=0, log_level="warning", timeout_graceful_shutdown=1))
        self.listening = asyncio.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[str]:
    server = Announced(app)
    task = asyncio.create_task(server._serve())
    await server.listening.wait()
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


@pytest.fixture(scope="session")
async def shared_line() -> AsyncIterator[Line]:
    """One simulator and one bot for all tests: starting servers costs more than the tests themselves."""
    bot = Bot()
    clock = ManualClock()
    async with serving(Starlette(routes=[Route("/hook", bot.hook, methods=["POST"])])) as hook:
        world = World(Settings(webhook_url=f"{hook}/hook"), secret=SECRET, access_token=TOKEN, clock=clock)
        headers = {"authorization": f"Bearer {TOKEN}"}
        async with (
            running(build(world)) as address,
            SimulatorClient(address) as client,
            httpx2.AsyncClient(base_url=address, trust_env=False, headers=headers) as api,
        ):
            bot.api = api
            yield Line(world, clock, client, api, bot, address)


@pytest.fixture
async def line(shared_line: Line) -> Line:
    """The shared simulator with an empty world, the clock at its start, and a bot that knows nothing."""
    await shared_line.client.reset()
    shared_line.clock.at = ManualClock().at
    bot = shared_line.bot
    for heap in (bot.bodies, bot.headers, bot.events, bot.statuses):
        heap.clear()
    bot.delay, bot.answer = 0.0, None
    return shared_line
