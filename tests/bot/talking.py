"""People who talk to a real worker over a real database, with the events that LINE would send for them."""

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from bot.reader import read
from bot.worker import Worker
from cases import inbound, outbox, people
from cases.db import Database

NOW = datetime(2026, 4, 3, 3, 0, tzinfo=UTC)  # a Friday, noon in Nagano
USER = "U" + "1" * 32
OTHER = "U" + "2" * 32
_serial = count(1)


class Bell:
    """Wakes at once whoever waits, and remembers what was rung."""

    def __init__(self) -> None:
        self.rung: list[str] = []
        self._rings: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def wake(self, channel: str) -> None:
        self.rung.append(channel)
        self._rings[channel].set()

    async def wait(self, channel: str, timeout: float) -> None:  # noqa: ASYNC109 - the protocol's own
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._rings[channel].wait()
        self._rings[channel].clear()


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait for something to become true; TimeoutError when it does not."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the condition is a plain look, nobody sets an event for it
            await asyncio.sleep(0.005)


def event(kind: str, user: str | None = USER, *, at: datetime = NOW, **fields: Any) -> dict[str, Any]:
    """An event as LINE sends it; fields set to ... are left out."""
    number = next(_serial)
    made = {
        "type": kind,
        "mode": "active",
        "timestamp": int(at.timestamp() * 1000),
        "webhookEventId": f"01TEST{number:020}",
        "deliveryContext": {"isRedelivery": False},
        "source": {"type": "user"} | ({"userId": user} if user else {}),
        "replyToken": f"{number:032}",
    } | fields
    return {name: value for name, value in made.items() if value is not ...}


def said(words: str, user: str | None = USER, *, message: str | None = None, **fields: Any) -> dict[str, Any]:
    content = {"type": "text", "id": message or f"m{next(_serial)}", "text": words}
    return event("message", user, **{"message": content} | fields)


def tapped(data: str, user: str = USER, **fields: Any) -> dict[str, Any]:
    return event("postback", user, **{"postback": {"data": data}} | fields)


def unsent(message: str, user: str = USER, **fields: Any) -> dict[str, Any]:
    return event("unsend", user, **{"unsend": {"messageId": message}, "replyToken": ...} | fields)


@dataclass(frozen=True)
class Sent:
    """A row of the outbox, as a sender gets it."""

    to: str
    messages: list[dict[str, Any]]
    road: str

    @property
    def words(self) -> str:
        return "\n".join(message.get("text") or message["altText"] for message in self.messages)

    def data(self, label: str) -> str:
        """The postback data of the button that bears `label`."""
        items = self.messages[-1]["quickReply"]["items"]
        return next(item["action"]["data"] for item in items if label in item["action"]["label"])


class Talk:
    """People talking to a real worker over a real database; time stands still unless moved."""

    def __init__(self, database: Database, worker: Worker, bell: Bell) -> None:
        self.database = database
        self.worker = worker
        self.bell = bell
        self.now = NOW

    async def arrive(self, *events: dict[str, Any], received_at: datetime | None = None) -> int:
        body = json.dumps({"destination": "U0", "events": list(events)}).encode()
        received_at = received_at or self.now
        async with self.database.transaction() as uow:
            incoming = [item.arrived() for item in read(body, received_at).events]
            return await inbound.accept(uow, incoming, received_at)

    async def work(self) -> None:
        while await self.worker.step(self.now):
            pass

    async def outbox(self) -> list[Sent]:
        """Everything that now stands in the outbox, in order, taken as sent."""
        sent: list[Sent] = []
        while True:
            async with self.database.transaction() as uow:
                rows = await outbox.claim(uow, self.now, 50)
                for row in rows:
                    sent.append(Sent(await people.line_user(uow, row.person_id), row.messages, row.road))
                    await outbox.mark(uow, row, "sent", now=self.now)
            if not rows:
                return sent

    async def do(self, *events: dict[str, Any]) -> list[Sent]:
        """Let events arrive, handle them, and give what is said."""
        await self.arrive(*events)
        await self.work()
        self.now += timedelta(seconds=1)
        return await self.outbox()

    async def open_events(self) -> int:
        async with self.database.reading() as reader:
            return await inbound.open_count(reader)
