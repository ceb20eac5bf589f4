"""While nothing can be stored, danger is still answered: numbers first, and that nobody may have read it.

This knows no record: not who writes, nor what was said before. In a one-to-one talk it answers words of danger, and
whoever asks for the numbers by the menu's button or in a word, with the lines of the city pack, through the event's own
reply token. LINE hears 503 all the same; what it brings again later is stored and handled like anything else
(docs/decisions/0009).
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

import httpx2
import structlog

from bot.events import TOKEN_DIES
from bot.limits import clean
from bot.reader import Incoming, mapping
from bot.render import Message, flattened, render
from bot.texts import text, words
from dialogs import answers
from dialogs.events import HelpLine
from dialogs.screens import DangerCard
from routing.results import Line
from routing.watch import DangerWatch

log = structlog.get_logger()

REMEMBERED = 10_000  # event ids: as many as are answered in the worst hour
AT_ONCE = 8  # calls of LINE at the same moment
MOST_WAITING = 500  # messages that wait to be looked at; a flood must not fill the memory
REPLY_SECONDS = 3.0
LINES_BUTTON = "menu:lines"
"""What the rich menu's 緊急の電話 sends."""

Sent = Literal["sent", "refused", "not_reached", "unclear"]


class Replies(Protocol):
    """Sends an answer through a reply token. Never raises."""

    async def send(self, token: str, messages: Sequence[Message]) -> Sent: ...

    async def close(self) -> None: ...


class LineReplies:
    """The one call of LINE that the web program makes; the SDK would cost it two seconds and much memory."""

    def __init__(self, *, access_token: str, api_base: str) -> None:
        self._client = httpx2.AsyncClient(
            base_url=api_base.rstrip("/"),
            headers={"Authorization": f"Bearer {access_token}"},
            timeout=REPLY_SECONDS,
            trust_env=False,
        )

    async def send(self, token: str, messages: Sequence[Message]) -> Sent:
        """Send once; once more in plain text where LINE refuses a message, for then nothing was sent."""
        try:
            answer = await self._reply(token, messages)
            if answer.status_code == httpx2.codes.BAD_REQUEST and "reply token" not in answer.text.lower():
                answer = await self._reply(token, flattened(messages))
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            return "not_reached"
        except httpx2.HTTPError:
            return "unclear"
        if answer.is_success:
            return "sent"
        return "unclear" if answer.is_server_error else "refused"

    async def close(self) -> None:
        await self._client.aclose()

    async def _reply(self, token: str, messages: Sequence[Message]) -> httpx2.Response:
        body = {"replyToken": token, "messages": list(messages)}
        return await self._client.post("/v2/bot/message/reply", json=body)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a person wrote to us alone, or (`is_button`) that they tapped 緊急の電話."""

    words: str = ""
    is_button: bool = False

    def __bool__(self) -> bool:
        return self.is_button or bool(self.words)


class Outage:
    """Answers danger without the record. It belongs to one event loop; `close` it before that ends.

    Args:
        danger: the rules and the lines of the city.
        replies: the way to LINE.
        now: the clock.
        told: hears how each answer ended: `sent`, `refused`, `not_reached`, `unclear`, `failed`, or `too_many`.
    """

    def __init__(
        self, danger: DangerWatch, replies: Replies, *, now: Callable[[], datetime], told: Callable[[str], None]
    ) -> None:
        self._danger = danger
        self._replies = replies
        self._now = now
        self._told = told
        self._answered: dict[str, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)

    def answer(self, events: Sequence[Incoming]) -> None:
        """Look for danger in what could not be stored, and for whoever asks for numbers, and answer it.

        Returns at once, never raises.
        """
        for event in events:
            asked, token = _asked(event), _token(event, self._now())
            if not asked or not token or event.event_id in self._answered:
                continue
            if len(self._tasks) >= MOST_WAITING:
                self._told("too_many")
                continue
            self._remember(event.event_id)
            task = asyncio.create_task(self._look(event.event_id, asked, token), name="outage")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Let the answers in hand end."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2 * REPLY_SECONDS)
        await self._replies.close()

    async def _look(self, event_id: str, asked: _Asked, token: str) -> None:
        try:
            async with self._room:
                messages = await asyncio.to_thread(self._answer_to, asked)
                if not messages:
                    return
                outcome: str = await self._replies.send(token, messages)
        except Exception:
            log.exception("outage.failed")
            outcome = "failed"
        if outcome in {"not_reached", "failed"}:
            self._answered.pop(event_id, None)  # surely nothing was sent: should LINE bring it again, we try again
        self._told(outcome)
        log.warning("outage.answer", outcome=outcome)

    def _answer_to(self, asked: _Asked) -> list[Message]:
        found = self._danger.find(asked.words)
        if found is not None and found.level != "quiet":
            title = text("outage_now") if found.level == "now" else text("outage_soon")
            return _card(title, self._danger.lines(found.kinds, self._now()))
        if asked.is_button or answers.means(asked.words, words("outage_asks")):
            return _card(text("outage_lines"), self._danger.menu_lines(self._now()))
        return []

    def _remember(self, event_id: str) -> None:
        self._answered[event_id] = None
        if len(self._answered) > REMEMBERED:
            del self._answered[next(iter(self._answered))]


def _asked(event: Incoming) -> _Asked:
    """Empty for all that is no word, and where another program leads the talk."""
    if event.mode != "active" or event.line_user is None:
        return _Asked()
    kind, message = event.payload.get("type"), mapping(event.payload.get("message"))
    if kind == "postback":
        return _Asked(is_button=mapping(event.payload.get("postback")).get("data") == LINES_BUTTON)
    written = message.get("text")
    if kind != "message" or message.get("type") != "text" or not isinstance(written, str):
        return _Asked()
    return _Asked(clean(written))


def _card(title: str, lines: Sequence[Line]) -> list[Message]:
    shown = tuple(HelpLine(line.name, line.number, line.dial, line.hours_text) for line in lines)
    return render([DangerCard(title=title, text=text("outage"), lines=shown)])


def _token(event: Incoming, now: datetime) -> str:
    token = event.payload.get("replyToken")
    return token if isinstance(token, str) and now - event.event_at <= TOKEN_DIES else ""
