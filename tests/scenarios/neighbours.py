"""People at the simulator, and events that LINE could send for them, for the numbered inputs of the specification."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from deploy.simulator.client import SimulatorClient
from deploy.simulator.views import PersonView, TalkView, WebhookView
from tests.demo_house import DemoHouse

PATIENCE = 30.0  # seconds; the machine may be busy
DESTINATION: str | None = None
"""Nobody: a webhook for another bot than the simulator's is refused, and one without an address is for us."""
UNDER_WAY = """
    SELECT (SELECT count(*) FROM inbound WHERE state = 'open')
         + (SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending'))
"""


def event(kind: str, user: str | None, /, *, age: float = 0.0, **fields: Any) -> dict[str, Any]:
    """An event as LINE would send it, `age` seconds old; fields given as ... are left out. Its token is nobody's."""
    made = {
        "type": kind,
        "mode": "active",
        "timestamp": int((time.time() - age) * 1000),
        "webhookEventId": "01" + uuid4().hex[:24].upper(),
        "deliveryContext": {"isRedelivery": False},
        "source": {"type": "user"} | ({"userId": user} if user else {}),
        "replyToken": uuid4().hex,
    } | fields
    return {name: value for name, value in made.items() if value is not ...}


def text(user: str | None, words: Any, /, *, age: float = 0.0, **fields: Any) -> dict[str, Any]:
    message = {"type": "text", "id": str(uuid4().int)[:18], "quoteToken": "q", "text": words}
    return event("message", user, age=age, **{"message": message} | fields)


def tap(user: str, data: Any, /, **fields: Any) -> dict[str, Any]:
    return event("postback", user, **{"postback": {"data": data}} | fields)


def body(*events: Any, destination: str | None = ...) -> bytes:  # type: ignore[assignment]
    whole: dict[str, Any] = {"events": list(events)}
    if destination is not ...:
        whole["destination"] = destination
    return json.dumps(whole, ensure_ascii=True).encode()


@dataclass
class Neighbours:
    """A running house and the people who write to it."""

    house: DemoHouse
    line: SimulatorClient

    async def newcomer(self, device: str = "phone") -> PersonView:
        """Somebody who has just added the account, and was greeted."""
        person = await self.line.add_person("ひと" + uuid4().hex[:6], device)  # type: ignore[arg-type]
        followed = await self.line.follow(person)
        await self.hear(person, followed.n)
        return person

    async def hear(self, person: PersonView, after: int) -> str:
        """What the bot says behind `after`, once it has finished speaking."""
        await self.line.hear(person, after, wait=PATIENCE)
        await self.settled()
        return "\n".join((await self.line.talk(person, after=after)).texts())

    async def say(self, person: PersonView, words: str) -> str:
        return await self.hear(person, (await self.line.say(person, words)).n)

    async def says(self, person: PersonView, *several: str) -> str:
        """Say one after the other; the answer to the last."""
        heard = ""
        for words in several:
            heard = await self.say(person, words)
        return heard

    async def act(self, person: PersonView, kind: str, /, **more: Any) -> str:
        return await self.hear(person, (await self.line.act(person, kind, **more)).n)

    async def place(self, person: PersonView) -> int:
        return (await self.line.talk(person)).last

    async def talk(self, person: PersonView, after: int = 0) -> TalkView:
        return await self.line.talk(person, after=after)

    async def send(self, *events: Any, destination: str | None = DESTINATION) -> WebhookView:
        """These events in one webhook, rightly signed; then everything has been handled."""
        sent = await self.raw(body(*events, destination=destination))
        assert sent.status == 200, sent
        return sent

    async def raw(self, content: bytes, signature: str | None = None) -> WebhookView:
        sent = await self.line.send_raw(content, signature)
        await self.settled()
        return sent

    async def silent(self, person: PersonView, after: int) -> bool:
        """Whether the bot has said nothing behind `after`, now that all is handled."""
        await self.settled()
        return (await self.line.talk(person, after=after)).texts() == []

    async def to_the_story(self, person: PersonView) -> str:
        return await self.says(person, "気になる人がいる", "わかりました", "近所の人", "わからない")

    async def to_the_summary(self, person: PersonView) -> str:
        """From the story's question to the summary, telling nothing more."""
        return await self.says(person, "これでよい", "この数日", "いいえ", "わからない", "連絡はいらない")

    async def settled(self) -> None:
        await self.until(lambda: self.house.rows(UNDER_WAY) == [(0,)])

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110 - the database rings no event of ours
                await asyncio.sleep(0.05)

    def states(self, *event_ids: str) -> list[str]:
        """The states of these events in the queue, in this order; those never stored are left out."""
        rows = dict(self.house.rows("SELECT event_id, state FROM inbound"))
        return [rows[event_id] for event_id in event_ids if event_id in rows]

    def referrals(self) -> int:
        return self.house.count("referrals")
