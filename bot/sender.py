"""Outbox → LINE. The outcome of a row is `sent`, `not_sent` or `unknown`, and never guessed.

Replies are free and pushes are few, so a row with a token is replied to first. It is pushed only when LINE
said that nothing was sent. A reply of which nobody knows the end is tried again with the same token, which LINE
takes once only; when the token turns out used, the row ends as `unknown` rather than being said twice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid5

import structlog

from bot.events import REPLY_ONLY
from bot.faults import Sync, no_sync
from bot.lanes import Lanes, Wake
from bot.line_api import Answer, LineApi, Verdict
from bot.render import flattened
from cases import outbox, people
from cases.crypto import SealBroken
from cases.db import Database
from cases.outbox import Outcome, Outgoing, Road

log = structlog.get_logger()

LINE_API = "https://api.line.me"
TOKEN_FRESH = timedelta(seconds=55)  # LINE promises a minute from receipt, and the network takes its part
CALL_SECONDS = 8.0
FALLBACK_SECONDS = 5.0  # both calls together stay within the 15 seconds for which a row is ours
IN_FLIGHT = 64  # calls under way at once
POLL_SECONDS = 1.0
REPLY_ATTEMPTS = 4
PUSH_ATTEMPTS = 60  # with the pauses below about 13 hours, within the 24 for which LINE knows a retry key
KEY_LIFE = timedelta(hours=23)  # LINE forgets a retry key after 24; an hour is left for clocks and slow calls
LONGEST_BACKOFF = timedelta(minutes=15)
UNAUTHORISED_PAUSE = timedelta(minutes=2)

_FINAL: dict[Verdict, Outcome] = {
    Verdict.ACCEPTED: "sent",
    Verdict.REFUSED: "not_sent",
    Verdict.REJECTED: "not_sent",
    Verdict.MONTHLY_LIMIT: "not_sent",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What is written beside a row after an attempt: final, or again at `retry_at`."""

    outcome: Outcome
    detail: str
    retry_at: datetime | None = None
    road: Road | None = None


class Sender:
    """Sends what stands in the outbox, one row of a person at a time, many people at once."""

    def __init__(
        self,
        database: Database,
        wake: Wake,
        *,
        access_token: str,
        api_base: str = LINE_API,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        call_seconds: float = CALL_SECONDS,
        poll_seconds: float = POLL_SECONDS,
        sync: Sync = no_sync,
    ) -> None:
        self._database = database
        self._access_token = access_token
        self._api_base = api_base
        self._now = now
        self._call_seconds = call_seconds
        self._sync = sync
        self._line: LineApi | None = None
        self._resumes_at = datetime.min.replace(tzinfo=UTC)
        self._lanes = Lanes("sender", self._begin, wake, channel="outbox", count=1, poll=poll_seconds)
        self._sending: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set; calls under way are finished first."""
        try:
            await self._lanes.run(stop)
            await self._settled()
        finally:
            await self.close()

    async def close(self) -> None:
        for task in self._sending:
            task.cancel()
        await self._settled()
        if self._line is not None:
            await self._line.close()
            self._line = None

    async def step(self) -> bool:
        """Send what is due; False when nothing was, or while LINE refuses our token."""
        has_begun = await self._begin()
        await self._settled()
        return has_begun

    async def _begin(self) -> bool:
        """Claim as many rows as there are places free, and begin to send them. A call that ends looks for the next."""
        now, places = self._now(), IN_FLIGHT - len(self._sending)
        if not places or now < self._resumes_at:
            return False
        async with self._database.transaction() as uow:
            rows = await outbox.claim(uow, now, places)
        for row in rows:
            task = asyncio.create_task(self._send(row))
            self._sending.add(task)
            task.add_done_callback(self._ended)
        return bool(rows)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._lanes.call_one()

    async def _settled(self) -> None:
        while self._sending:
            await asyncio.wait(self._sending)

    async def _send(self, row: Outgoing) -> None:
        """One row. A failure of our own leaves it to its lease, and the other rows alone."""
        try:
            await self._sync("before-send")
            decision = await (self._reply(row) if row.road == "reply" else self._push(row))
            await self._sync("after-send")
            await self._sync("before-mark")
            await self._mark(row, decision)
        except Exception:
            log.exception("outbox.failed", row=str(row.id), attempt=row.attempts)

    async def _mark(self, row: Outgoing, decision: Decision) -> None:
        async with self._database.transaction() as uow:
            await outbox.mark(
                uow,
                row.id,
                decision.outcome,
                now=self._now(),
                detail=decision.detail,
                retry_at=decision.retry_at,
                road=decision.road,
            )
        log.info(
            "outbox.attempt",
            row=str(row.id),
            attempt=row.attempts,
            outcome="later" if decision.retry_at else decision.outcome,
            detail=decision.detail,
        )

    async def _reply(self, row: Outgoing) -> Decision:
        if row.reply_token is None or not (row.unsure or self._is_fresh(row)):
            return Decision("not_sent", "reply token_old", retry_at=self._now(), road="push")
        token, line = row.reply_token, self._api()
        answer = await _with_fallback(
            lambda: line.reply(token, row.messages, timeout=self._call_seconds),
            lambda: line.reply(token, flattened(row.messages), timeout=FALLBACK_SECONDS),
        )
        if answer.verdict is Verdict.TOKEN_DEAD and not row.unsure:
            log.warning("outbox.token_taken", row=str(row.id), hint="another program may be answering on this account")
            return Decision("not_sent", _detail("reply", answer), retry_at=self._now(), road="push")
        is_unsure = row.unsure or answer.verdict is Verdict.UNCLEAR
        is_last = answer.verdict is Verdict.TOKEN_DEAD or (is_unsure and row.attempts >= REPLY_ATTEMPTS)
        return self._decision(row, answer, "reply", is_last=is_last)

    async def _push(self, row: Outgoing) -> Decision:
        if row.unsure_since is not None and self._now() - row.unsure_since >= KEY_LIFE:
            return Decision("unknown", "push key_forgotten")
        try:
            async with self._database.reading() as reader:
                to = await people.line_user(reader, row.person_id)
        except SealBroken:
            return Decision("unknown" if row.unsure else "not_sent", "push address_unreadable")
        if to.startswith(REPLY_ONLY):
            return Decision("not_sent", "push reply_only")
        line = self._api()
        # Another payload under the same key would break LINE's rule; this key too is the same at every attempt.
        plain_key = uuid5(row.retry_key, "plain")
        answer = await _with_fallback(
            lambda: line.push(to, row.messages, retry_key=str(row.retry_key), timeout=self._call_seconds),
            lambda: line.push(to, flattened(row.messages), retry_key=str(plain_key), timeout=FALLBACK_SECONDS),
        )
        return self._decision(row, answer, "push", is_last=row.attempts >= PUSH_ATTEMPTS)

    def _decision(self, row: Outgoing, answer: Answer, road: Road, *, is_last: bool) -> Decision:
        detail = _detail(road, answer)
        if answer.verdict in _FINAL:
            return Decision(_FINAL[answer.verdict], detail)
        is_unsure = answer.verdict is Verdict.UNCLEAR or (is_last and row.unsure)
        outcome: Outcome = "unknown" if is_unsure else "not_sent"
        return Decision(outcome, detail, retry_at=None if is_last else self._later(row, answer))

    def _later(self, row: Outgoing, answer: Answer) -> datetime:
        now = self._now()
        if answer.verdict is Verdict.UNAUTHORISED:
            # Every other row would be refused as well: wait for a person to mend the token.
            self._resumes_at = now + UNAUTHORISED_PAUSE
            log.error("outbox.unauthorised", pause=UNAUTHORISED_PAUSE.total_seconds())
            return self._resumes_at
        return now + min(timedelta(seconds=2.0 ** min(row.attempts, 20)), LONGEST_BACKOFF)

    def _is_fresh(self, row: Outgoing) -> bool:
        return row.token_received_at is not None and self._now() - row.token_received_at < TOKEN_FRESH

    def _api(self) -> LineApi:
        if self._line is None:
            self._line = LineApi(access_token=self._access_token, api_base=self._api_base)
        return self._line


async def _with_fallback(send: Callable[[], Awaitable[Answer]], send_plain: Callable[[], Awaitable[Answer]]) -> Answer:
    """LINE's answer to the messages, or, where it refused one of them, to the same said in one plain text."""
    answer = await send()
    if answer.verdict is not Verdict.REFUSED:
        return answer
    log.error("outbox.message_refused", status=answer.status, request=answer.request_id)
    return await send_plain()


def _detail(road: str, answer: Answer) -> str:
    """Road, verdict, status and LINE's request id: never a word of the message."""
    return " ".join(part for part in (road, answer.verdict.name.lower(), str(answer.status), answer.request_id) if part)
