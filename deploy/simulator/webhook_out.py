"""The courier: signs webhooks, sends them, and sends them again where the channel asks for it."""

import asyncio
import base64
import copy
import hashlib
import hmac
import json
import random
from collections.abc import Coroutine
from typing import Any

import httpx2

from deploy.simulator.models import Item, Json, Person, WebhookCall
from deploy.simulator.world import World

EVENTS_MOST = 100
OK = range(200, 300)


def sign(secret: str, body: bytes) -> str:
    """The value of `x-line-signature`: base64 of HMAC-SHA256 over the raw body, keyed with the channel secret."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


class Courier:
    """Takes events and brings them to the bot. Every delivery is a task of its own, as at LINE."""

    def __init__(self, world: World, *, seed: int | None = None) -> None:
        self.world = world
        self._random = random.Random(seed)  # noqa: S311 - shuffling, not secrecy
        self._http = httpx2.AsyncClient(
            trust_env=False,
            timeout=None,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=20),
        )
        self._tasks: set[asyncio.Task[Any]] = set()
        self._pool: list[Json] = []
        self._origins: dict[str, tuple[Person, Item]] = {}

    async def close(self) -> None:
        await self.drop_all()
        await self._http.aclose()

    async def drop_all(self) -> None:
        """Forget what is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._pool.clear()
        self._origins.clear()

    async def idle(self) -> None:
        """Return when nothing is under way, redeliveries included."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def submit(self, event: Json, origin: tuple[Person, Item] | None = None) -> None:
        """Bring this event to the bot. `origin` is the message whose state follows the delivery."""
        settings = self.world.settings
        if origin:
            self._origins[event["webhookEventId"]] = origin
        if not settings.webhook_active or not settings.webhook_url:
            self._off(event)
            return
        copies = [event, copy.deepcopy(event)] if settings.twice else [event]
        if not settings.shuffle and not settings.batch:
            for one in copies:
                self._start(self._bring([one]))
            return
        if not self._pool:
            self._start(self._flush(settings.window))
        self._pool.extend(copies)

    def _off(self, event: Json) -> None:
        call = WebhookCall(self.world.now_ms(), 0, [event], "off")
        self.world.logs.webhooks.append(call)
        self._settle([event], delivered=False)
        self.world.bus.tell("webhook")

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _flush(self, window: float) -> None:
        await asyncio.sleep(window)
        events, self._pool = self._pool, []
        if self.world.settings.shuffle:
            self._random.shuffle(events)
        size = EVENTS_MOST if self.world.settings.batch else 1
        for start in range(0, len(events), size):
            self._start(self._bring(events[start : start + size]))

    async def _bring(self, events: list[Json]) -> None:
        """Send once, and again while the channel's settings allow; then the outcome is final."""
        settings = self.world.settings
        if settings.delay:
            await asyncio.sleep(settings.delay)
        attempt = 1
        while not await self._send(events, attempt):
            if not settings.redelivery or attempt > settings.redelivery_limit:
                self._settle(events, delivered=False)
                return
            await asyncio.sleep(settings.redelivery_interval)
            events = [{**event, "deliveryContext": {"isRedelivery": True}} for event in events]
            attempt += 1
        self._settle(events, delivered=True)

    async def _send(self, events: list[Json], attempt: int) -> bool:
        for event in events:
            self.world.tokens.delivered(event.get("replyToken", ""), self.world.clock.now())
        payload = {"destination": self.world.bot_id, "events": events}
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        call = WebhookCall(self.world.now_ms(), attempt, events)
        self.world.logs.webhooks.append(call)
        await self.post(call, body)
        self.world.logs.count(call.outcome)
        self.world.bus.tell("webhook")
        return call.outcome == "success"

    async def post(self, call: WebhookCall, body: bytes, signature: str | None = None, url: str = "") -> None:
        """Send these bytes and write into `call` how it ended, in the words of LINE's error statistics."""
        headers = {"content-type": "application/json; charset=utf-8", "user-agent": "LineBotWebhook/2.0"}
        headers["x-line-signature"] = sign(self.world.secret, body) if signature is None else signature
        started = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self.world.settings.webhook_timeout):
                answer = await self._http.post(url or self.world.settings.webhook_url, content=body, headers=headers)
            call.status = answer.status_code
            call.outcome = "success" if answer.status_code in OK else "error_status_code"
        except TimeoutError:
            call.outcome = "request_timeout"
        except httpx2.ConnectError as error:
            call.outcome, call.detail = "could_not_connect", str(error)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            call.outcome, call.detail = "unclassified", str(error) or type(error).__name__
        call.milliseconds = round((asyncio.get_running_loop().time() - started) * 1000)

    def _settle(self, events: list[Json], *, delivered: bool) -> None:
        """Show at each message whether the bot has it. Without staff chat, LINE marks it as read by itself."""
        for event in events:
            origin = self._origins.pop(event["webhookEventId"], None)
            if origin is None:
                continue
            person, item = origin
            item.delivery = "delivered" if delivered else "failed"
            item.read = item.read or (delivered and self.world.settings.chat_mode == "bot")
            self.world.changed(person)
