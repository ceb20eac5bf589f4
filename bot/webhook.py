"""`POST /line/webhook`: the door that LINE knocks at.

A `200` means that every event is committed. LINE waits two seconds, so nothing is understood here.
Refusals carry no body, and the log of a refusal carries neither the body nor the signature.

It is a plain ASGI program, because LINE's requests need nothing of what a framework does for each.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

import structlog
from fastapi import APIRouter
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.faults import Sync, no_sync
from bot.intake import Intake
from bot.lanes import Rings
from bot.outage import Outage
from bot.reader import Batch, UnreadableError, read
from bot.signature import verify
from cases.db import Database

log = structlog.get_logger()

ADDRESS = "/line/webhook"
LARGEST_BODY = 1_000_000  # bytes; a webhook of 100 long messages has about half of it
LONGEST_LENGTH = 20  # digits of a content-length that are read
LATE_SECONDS = 1.5  # what is not stored by then is late: danger is answered without the record
PATIENCE_SECONDS = 1.9  # LINE counts two seconds as a failure, so it hears 503 before them


class AcceptWatch(Protocol):
    """Who counts what happens at the door. Nothing here may raise, or take long."""

    def accepted(self, seconds: float, events: int) -> None:
        """A webhook was stored, so long after it came."""

    def refused(self, reason: str) -> None:
        """A webhook was refused."""

    def events_refused(self, reason: str, events: int) -> None:
        """So many events of a webhook were not taken, although it was signed and answered 200."""

    def not_stored(self) -> None:
        """A webhook was answered 503."""

    def outage_answer(self, outcome: str) -> None:
        """Danger was answered without the record, or could not be."""


class NoWatch:
    """Counts nothing."""

    def accepted(self, seconds: float, events: int) -> None:
        """See `AcceptWatch`."""

    def refused(self, reason: str) -> None:
        """See `AcceptWatch`."""

    def events_refused(self, reason: str, events: int) -> None:
        """See `AcceptWatch`."""

    def not_stored(self) -> None:
        """See `AcceptWatch`."""

    def outage_answer(self, outcome: str) -> None:
        """See `AcceptWatch`."""


class _RefusedError(Exception):
    """The request is answered with `status`; `reason` is a word for the log."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def utc_now() -> datetime:
    return datetime.now(UTC)


def nobody() -> str | None:
    """Our bot's id, where it is not known."""
    return None


async def nowhere() -> None:
    """A look for our bot's id, where there is nothing to look at."""


def router(
    database: Database,
    secrets: Sequence[str],
    wake: Rings,
    *,
    now: Callable[[], datetime] = utc_now,
    bot_user_id: Callable[[], str | None] = nobody,
    look_again: Callable[[], Awaitable[None]] = nowhere,
    outage: Outage | None = None,
    sync: Sync = no_sync,
    watch: AcceptWatch | None = None,
) -> APIRouter:
    """The route of the webhook. Its lifespan ends with the storing of what was taken in.

    Args:
        database: where events are stored before the answer.
        secrets: channel secrets, several while one is rotated, and those of a forwarder.
        wake: told of new events after their commit.
        now: the clock.
        bot_user_id: our bot's id, once it is known; webhooks for another bot are refused then.
        look_again: awaited before one is refused for that, as the house may have moved to another account.
        outage: answers danger while nothing can be stored.
        sync: called at the named points of `bot.faults`.
        watch: counts what happens.
    """
    intake = Intake(database, wake, sync=sync)
    door = _Door(
        intake,
        secrets=secrets,
        now=now,
        bot_user_id=bot_user_id,
        look_again=look_again,
        outage=outage,
        sync=sync,
        watch=watch or NoWatch(),
    )

    @contextlib.asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await intake.close()
            if outage is not None:
                await outage.close()

    return APIRouter(routes=[Route(ADDRESS, door, methods=["POST"], include_in_schema=False)], lifespan=lifespan)


class _Door:
    def __init__(
        self,
        intake: Intake,
        *,
        secrets: Sequence[str],
        now: Callable[[], datetime],
        bot_user_id: Callable[[], str | None],
        look_again: Callable[[], Awaitable[None]],
        outage: Outage | None,
        sync: Sync,
        watch: AcceptWatch,
    ) -> None:
        self._intake = intake
        self._secrets = tuple(secrets)
        self._now = now
        self._bot_user_id = bot_user_id
        self._look_again = look_again
        self._outage = outage
        self._sync = sync
        self._watch = watch
        self._refused = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            status = await self._receive(scope, receive)
        except _RefusedError as refused:
            status = refused.status
            self._note_refused(refused)
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    async def _receive(self, scope: Scope, receive: Receive) -> int:
        began = time.perf_counter()
        given, length = _headers(scope)
        body = await _body(receive, length)
        if not verify(body, given, self._secrets):
            raise _RefusedError(401, "signature")
        received_at = self._now()
        batch = self._read(body, received_at)
        if not self._is_for_us(batch):
            await self._look_again()
            if not self._is_for_us(batch):
                raise _RefusedError(403, "destination")
        if not batch.events:
            return 200
        await self._sync("after-receive")
        return await self._store(batch, received_at, began)

    def _read(self, body: bytes, received_at: datetime) -> Batch:
        try:
            batch = read(body, received_at)
        except UnreadableError:
            raise _RefusedError(400, "unreadable") from None
        if batch.skipped:
            self._watch.events_refused("malformed", batch.skipped)
            log.error("webhook.malformed", skipped=batch.skipped, read=len(batch.events))
        if batch.stale:
            self._watch.events_refused("stale", batch.stale)
            log.warning("webhook.stale", events=batch.stale)
        return batch

    def _is_for_us(self, batch: Batch) -> bool:
        ours = self._bot_user_id()
        return ours is None or batch.destination in {None, ours}

    async def _store(self, batch: Batch, received_at: datetime, began: float) -> int:
        fate = self._intake.put([event.arrived() for event in batch.events], received_at)
        late = asyncio.get_running_loop().call_later(LATE_SECONDS, self._late, batch, fate)
        try:
            is_stored = await fate
        finally:
            late.cancel()
        if is_stored:
            self._watch.accepted(time.perf_counter() - began, len(batch.events))
            return 200
        self._answer_danger(batch)
        self._watch.not_stored()
        log.error("webhook.not_stored", events=len(batch.events))
        return 503

    def _late(self, batch: Batch, fate: asyncio.Future[bool]) -> None:
        """Storing takes too long: danger is answered now, and soon LINE hears 503, whatever comes of the commit."""
        self._answer_danger(batch)
        asyncio.get_running_loop().call_later(PATIENCE_SECONDS - LATE_SECONDS, _give_up, fate)

    def _answer_danger(self, batch: Batch) -> None:
        if self._outage is not None:
            self._outage.answer(batch.events)

    def _note_refused(self, refused: "_RefusedError") -> None:
        self._refused += 1
        self._watch.refused(refused.reason)
        log.warning("webhook.refused", status=refused.status, reason=refused.reason, count=self._refused)


def _give_up(fate: asyncio.Future[bool]) -> None:
    if not fate.done():
        fate.set_result(False)


def _headers(scope: Scope) -> tuple[str | None, int]:
    """The one signature, for two of them are nobody's, and the length that the body is said to have."""
    signatures: list[bytes] = []
    length = b""
    for name, value in scope["headers"]:
        if name == b"x-line-signature":
            signatures.append(value)
        elif name == b"content-length":
            length = value
    signature = signatures[0].decode("latin-1") if len(signatures) == 1 else None
    return signature, int(length[:LONGEST_LENGTH]) if length.isdigit() else 0


async def _body(receive: Receive, length: int) -> bytes:
    """The raw body, read no further than any webhook of LINE is long.

    Raises:
        _RefusedError: it is longer, or was cut off.
    """
    body, has_more = bytearray(), True
    while has_more:
        if max(length, len(body)) > LARGEST_BODY:
            raise _RefusedError(413, "too_large")
        message = await receive()
        if message["type"] != "http.request":
            raise _RefusedError(400, "cut_off")
        body += message.get("body", b"")
        has_more = message.get("more_body", False)
    if len(body) > LARGEST_BODY:
        raise _RefusedError(413, "too_large")
    return bytes(body)
