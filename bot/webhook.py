"""`POST /line/webhook`: the door that LINE knocks at.

A `200` means that every event is committed. LINE waits two seconds, so nothing is understood here.
Refusals carry no body, and the log of a refusal carries neither the body nor the signature.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

import structlog
from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from bot.lanes import Rings
from bot.reader import Batch, UnreadableError, read
from bot.signature import verify
from cases import inbound
from cases.db import Database

log = structlog.get_logger()

LARGEST_BODY = 1_000_000  # bytes; a webhook of 100 long messages has about half of it
STORE_SECONDS = 10.0  # LINE has given up by then, but a late durable row is better than none
SIGNATURE_HEADER = "x-line-signature"


def utc_now() -> datetime:
    return datetime.now(UTC)


def router(
    database: Database,
    secrets: Sequence[str],
    wake: Rings,
    *,
    now: Callable[[], datetime] = utc_now,
    bot_user_id: str | None = None,
) -> APIRouter:
    """The route of the webhook.

    Args:
        database: where events are stored before the answer.
        secrets: channel secrets, several while one is rotated.
        wake: told of new events after their commit.
        now: the clock.
        bot_user_id: refuse webhooks for another bot, where our own id is known.
    """
    door = _Door(database, secrets, wake, now, bot_user_id)
    routes = APIRouter()
    routes.add_api_route("/line/webhook", door.receive, methods=["POST"], include_in_schema=False)
    return routes


class _Door:
    def __init__(
        self,
        database: Database,
        secrets: Sequence[str],
        wake: Rings,
        now: Callable[[], datetime],
        bot_user_id: str | None,
    ) -> None:
        self._database = database
        self._secrets = tuple(secrets)
        self._wake = wake
        self._now = now
        self._bot_user_id = bot_user_id
        self._refused = 0

    async def receive(self, request: Request) -> Response:
        try:
            body = await _body(request)
        except ClientDisconnect:
            return self._refuse(400, "cut_off")
        if body is None:
            return self._refuse(413, "too_large")
        if not verify(body, _signature(request), self._secrets):
            return self._refuse(401, "signature")
        received_at = self._now()
        try:
            batch = read(body, received_at)
        except UnreadableError:
            return self._refuse(400, "unreadable")
        if self._bot_user_id and batch.destination not in {None, self._bot_user_id}:
            return self._refuse(403, "destination")
        if batch.skipped:
            log.error("webhook.malformed", skipped=batch.skipped, read=len(batch.events))
        return await self._store(batch, received_at)

    async def _store(self, batch: Batch, received_at: datetime) -> Response:
        if not batch.events:
            return Response(status_code=200)
        try:
            async with asyncio.timeout(STORE_SECONDS), self._database.transaction() as uow:
                new = await inbound.accept(uow, [event.arrived() for event in batch.events], received_at)
                uow.after_commit(partial(self._wake.wake, "inbound"))
        except Exception:
            # Whatever kept the events from being stored, LINE must not hear 200.
            log.exception("webhook.not_stored", events=len(batch.events))
            return Response(status_code=503)
        log.info("webhook.accepted", events=len(batch.events), new=new)
        return Response(status_code=200)

    def _refuse(self, status: int, reason: str) -> Response:
        self._refused += 1
        log.warning("webhook.refused", status=status, reason=reason, count=self._refused)
        return Response(status_code=status)


async def _body(request: Request) -> bytes | None:
    """The raw body, or None when it is larger than any webhook; read no further than that."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared[:20]) > LARGEST_BODY:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


def _signature(request: Request) -> str | None:
    """The one signature header; two of them are nobody's signature."""
    given = request.headers.getlist(SIGNATURE_HEADER)
    return given[0] if len(given) == 1 else None
