"""What the simulator remembers: people, their talks, contents and logs. All of it is in memory."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Device = Literal["phone", "pc"]
Delivery = Literal["waiting", "delivered", "failed", "none"]
Sender = Literal["person", "bot"]
Road = Literal["reply", "push", "multicast", "person"]


class Signal:
    """Wakes everybody who waits, and is ready for the next wait at once."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def fire(self) -> None:
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def wait(self, seconds: float) -> bool:
        """Whether the signal came within these seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        return True


MOST_CALLS = 5_000
"""Calls of each direction that are remembered."""


@dataclass(slots=True)
class Item:
    """One message in a talk.

    Attributes:
        n: its place in the talk, from 1.
        at: milliseconds since 1970.
        delivery: for a person's message: whether the webhook was answered 200.
        read: for a person's message: whether 既読 is shown.
        webhook: whether LINE told the bot of it (the display text of a postback is only shown).
    """

    n: int
    id: str
    sender: Sender
    at: int
    message: Json
    road: Road
    delivery: Delivery = "none"
    read: bool = False
    unsent: bool = False
    webhook: bool = True
    quote_token: str = ""


@dataclass(slots=True)
class Quick:
    """The quick reply buttons that stand above the keyboard now."""

    item: str
    actions: list[Json]


@dataclass(slots=True)
class Person:
    id: str
    name: str
    device: Device = "phone"
    group: Literal["person", "walk"] = "person"
    following: bool = False
    blocked: bool = False
    items: list[Item] = field(default_factory=list)
    quick: Quick | None = None
    loading_until: float = 0.0
    menu: str | None = None
    changed: Signal = field(default_factory=Signal)

    @property
    def reachable(self) -> bool:
        """Whether a message from the bot arrives."""
        return self.following and not self.blocked

    @property
    def last(self) -> int:
        return self.items[-1].n if self.items else 0

    def item(self, item_id: str) -> Item | None:
        return next((item for item in self.items if item.id == item_id), None)


@dataclass(frozen=True, slots=True)
class Content:
    """A picture, sound, film or file that a person sent."""

    media_type: str
    data: bytes
    name: str = ""


@dataclass(slots=True)
class WebhookCall:
    """One webhook as it was sent. `outcome` has the names of LINE's error statistics."""

    at: int
    attempt: int
    events: list[Json]
    outcome: str = "waiting"
    status: int = 0
    milliseconds: int = 0
    detail: str = ""


@dataclass(slots=True)
class ApiCall:
    """One call of the Messaging API and what was answered. The access token is not kept."""

    at: int
    name: str
    method: str
    path: str
    request_id: str
    status: int = 0
    request: Any = None
    response: Any = None
    retry_key: str = ""
    fault: str = ""
    milliseconds: int = 0


@dataclass(slots=True)
class Logs:
    """The latest calls in both directions, and how webhooks ended since the start."""

    webhooks: deque[WebhookCall] = field(default_factory=lambda: deque(maxlen=MOST_CALLS))
    api: deque[ApiCall] = field(default_factory=lambda: deque(maxlen=MOST_CALLS))
    statistics: dict[str, int] = field(default_factory=dict)

    def count(self, outcome: str) -> None:
        self.statistics[outcome] = self.statistics.get(outcome, 0) + 1
