"""An account shared with another program: what is ours, and how the rest reaches that program.

LINE knows one webhook URL for a channel. Where it is ours, what another program answers is passed on to it, signed
anew, as LINE itself would have sent it. The reply token travels with the event and lives for a minute, so it is sent
at once; whoever takes it again after a failure sees it marked as a redelivery.
"""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx2
import structlog

from bot.events import Filled, Meaning
from bot.lanes import Lanes, Wake
from bot.reader import mapping
from cases import passed_on
from cases.db import Database
from cases.inbound import Claimed
from cases.passed_on import Passing
from dialogs import answers
from dialogs.events import FormDone, Located, Said, SentOther, Tapped
from dialogs.prompts import MENU
from dialogs.state import State
from dialogs.texts import Texts

log = structlog.get_logger()

OUR_BUTTONS = ("k1:", "menu:")
HOME_STANDS = timedelta(minutes=10)
"""So long a bare number answers our first screen, which lists what can be chosen."""

LANES = 8
POLL_SECONDS = 1.0
SECONDS = 8.0
GIVE_UP_AFTER = timedelta(minutes=10)
LONGEST_PAUSE = timedelta(minutes=1)

Words = Sequence[Sequence[str]]


def is_ours(event: Claimed, asked: Meaning, state: State, *, words: Words, is_danger: Callable[[str], bool]) -> bool:
    """Whether we answer the event; everything else is the other program's.

    Ours are our own buttons, whatever is said while a question of ours stands, words that name an entry of ours, and
    danger, always. A button that is not ours was made by the other program, even in the middle of our talk. A person's
    coming, leaving and taking back concern both; they count as the other's here, because only that one greets.

    Args:
        event: as LINE sent it.
        asked: what it means.
        state: the talk of its person, a fresh one where there is none.
        words: what names our entries, see `entry_words`.
        is_danger: whether danger is heard in a text.
    """
    if isinstance(asked, Filled | FormDone):
        return True
    if isinstance(asked, Tapped):
        return asked.data.startswith(OUR_BUTTONS)
    if isinstance(asked, Said):
        return (
            _asks(state, event.event_at)
            or any(answers.means(asked.text, entry) for entry in words)
            or _answers_home(asked.text, state, event.event_at)
            or is_danger(asked.text)
        )
    return isinstance(asked, Located | SentOther) and _asks(state, event.event_at)


def entry_words(texts: Texts) -> Words:
    """What a person says to come to us, or to come back to what they put aside."""
    menu = [f"menu.{item}" for item in (*MENU, "home")]
    return [texts.words(key) for key in (*menu, "asides.resume.choices.go", "asides.resume.choices.fresh")]


@dataclass(frozen=True, slots=True)
class Ours:
    """`is_ours` with what it needs of the book and of routing: ready for the worker."""

    words: Words
    is_danger: Callable[[str], bool]

    def __call__(self, event: Claimed, asked: Meaning, state: State) -> bool:
        return is_ours(event, asked, state, words=self.words, is_danger=self.is_danger)


class Passer:
    """Passes events on until they are taken. What is older than ten minutes is given up, without another call.

    Args:
        database: where they wait.
        wake: rings `passing`.
        url: the other program's webhook. Nothing else is ever called: no redirect is followed, no proxy asked.
        secret: what the body is signed with; of several, the first.
        now: the clock.
    """

    def __init__(
        self, database: Database, wake: Wake, url: str, secret: str, now: Callable[[], datetime], *, lanes: int = LANES
    ) -> None:
        self._database = database
        self._url = url
        self._secret = secret.split(",", maxsplit=1)[0].strip()
        self._now = now
        self._client: httpx2.AsyncClient | None = None
        self._lanes = Lanes("passing", self._step, wake, channel="passing", count=lanes, poll=POLL_SECONDS)

    async def run(self, stop: asyncio.Event) -> None:
        """Pass events on until `stop` is set; those in hand are finished first."""
        async with self._opened() as self._client:
            await self._lanes.run(stop)

    async def step(self, now: datetime) -> bool:
        """Pass one event on; False when none is due.

        Raises:
            SQLAlchemyError: the database cannot be used.
        """
        async with self._database.transaction() as uow:
            # First, so that a program that hangs is not waited for once more for each of them.
            given_up = await passed_on.give_up_before(uow, now - GIVE_UP_AFTER, now)
            passing = await passed_on.claim(uow, now)
        if given_up:
            log.error("passing.given_up", rows=given_up)
        if passing is None:
            return False
        self._lanes.call_one()
        outcome = await self._sent(passing)
        async with self._database.transaction() as uow:
            if outcome == "passed":
                await passed_on.passed(uow, passing, now)
            else:
                log.warning("passing.later", row=str(passing.id), attempt=passing.attempts, outcome=outcome)
                await passed_on.again(uow, passing, now + _pause(passing.attempts))
        return True

    async def _step(self) -> bool:
        return await self.step(self._now())

    async def _sent(self, passing: Passing) -> str:
        """`passed`, or in a word or number why not."""
        body = _body(passing)
        headers = {"content-type": "application/json; charset=utf-8", "x-line-signature": signature(self._secret, body)}
        try:
            async with asyncio.timeout(SECONDS):
                status = await self._post(body, headers)
        except TimeoutError:
            return "late"
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            return type(error).__name__
        return "passed" if status // 100 == 2 else str(status)  # noqa: PLR2004 - the hundred of success

    async def _post(self, body: bytes, headers: dict[str, str]) -> int:
        if self._client is None:
            async with self._opened() as client:
                return await _status(client, self._url, body, headers)
        return await _status(self._client, self._url, body, headers)

    def _opened(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(trust_env=False, follow_redirects=False, timeout=SECONDS)


def signature(secret: str, body: bytes) -> str:
    """The value of `x-line-signature` (https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/)."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


async def _status(client: httpx2.AsyncClient, url: str, body: bytes, headers: dict[str, str]) -> int:
    """The status of the answer, whose body is not read: it may be of any size."""
    async with client.stream("POST", url, content=body, headers=headers) as answer:
        return answer.status_code


def _body(passing: Passing) -> bytes:
    event: dict[str, Any] = passing.event
    if passing.attempts > 1:
        event = {**event, "deliveryContext": {**mapping(event.get("deliveryContext")), "isRedelivery": True}}
    whole = {"destination": passing.destination, "events": [event]}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def _pause(attempts: int) -> timedelta:
    return min(timedelta(seconds=2 ** min(attempts - 1, 10)), LONGEST_PAUSE)


def _asks(state: State, now: datetime) -> bool:
    """Whether a question of ours stands. What was put aside with あとで asks nothing."""
    if state.is_expired(now):
        return False
    return state.calm or (state.aside != "later" and (bool(state.aside) or state.is_draft))


def _answers_home(text: str, state: State, now: datetime) -> bool:
    number = answers.number(text)
    fresh = state.touched is not None and now - state.touched <= HOME_STANDS
    return fresh and number is not None and 1 <= number <= len(MENU)
