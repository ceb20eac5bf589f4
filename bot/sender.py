"""Outbox → LINE. The outcome of a row is `sent`, `not_sent` or `unknown`, and never guessed.

Replies are free and pushes are few, so a row with a token is replied to first. It is pushed only when LINE
said that nothing was sent. A reply of which nobody knows the end is tried again with the same token, which LINE
takes once only; when the token turns out used, the row ends as `unknown` rather than being said twice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from random import random
from time import monotonic
from typing import Literal
from uuid import uuid5

import structlog

from bot.breaker import REFUSES_US, Breaker
from bot.events import REPLY_ONLY
from bot.faults import Sync, no_sync
from bot.lanes import Lanes, Wake
from bot.line_api import Answer, LineApi, Verdict
from bot.render import flattened
from cases import channel, outbox, people
from cases.crypto import SealBroken
from cases.db import Database, UnitOfWork
from cases.outbox import LEASE, Outcome, Outgoing, Road

log = structlog.get_logger()

LINE_API = "https://api.line.me"
TOKEN_FRESH = timedelta(seconds=55)  # LINE promises a minute from receipt, and the network takes its part
CALL_SECONDS = 8.0  # for a row, its fallback included; well within the 15 seconds for which it is ours
LEASE_SECONDS = LEASE.total_seconds()
LEAST_SHARE = 0.25  # of these; with less left the fallback is not begun
IN_FLIGHT = 64  # calls under way at once
POLL_SECONDS = 1.0
REPLY_ATTEMPTS = 4
PUSH_ATTEMPTS = 60  # with the pauses below about 13 hours, within the 24 for which LINE knows a retry key
KEY_LIFE = timedelta(hours=23)  # LINE forgets a retry key after 24; an hour is left for clocks and slow calls
LONGEST_BACKOFF = timedelta(minutes=15)

_Call = Callable[[float], Awaitable[Answer]]
"""A call of LINE, given the seconds it may take."""

_FINAL: dict[Verdict, Outcome] = {
    Verdict.ACCEPTED: "sent",
    Verdict.REFUSED: "not_sent",
    Verdict.REJECTED: "not_sent",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What is written beside a row after an attempt: final, or again at `retry_at`.

    `held` is for a push that has no room in this month, `untried` for a row that waits as before. `verdict` is how the
    call of LINE ended; None where none was made.
    """

    outcome: Outcome | Literal["held", "untried"]
    detail: str
    retry_at: datetime | None = None
    road: Road | None = None
    verdict: Verdict | None = None


class _LateError(Exception):
    """What is left of the lease is shorter than a call may take: LINE was not asked."""


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
        chance: Callable[[], float] = random,
        poll_seconds: float = POLL_SECONDS,
        sync: Sync = no_sync,
    ) -> None:
        self._database = database
        self._access_token = access_token
        self._api_base = api_base
        self._now = now
        self._call_seconds = call_seconds
        self._chance = chance
        self._wake = wake
        self._sync = sync
        self._line: LineApi | None = None
        self._breaker = Breaker()
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
        """Send what is due; False when nothing was, or while LINE refuses us."""
        has_begun = await self._begin()
        await self._settled()
        return has_begun

    async def _begin(self) -> bool:
        """Claim as many rows as there are places free, and begin to send them. A call that ends looks for the next."""
        now, places = self._now(), IN_FLIGHT - len(self._sending)
        if not places:
            return False
        claimed_at = monotonic()  # before PostgreSQL's clock is read: its lease ends no sooner than we think
        async with self._database.transaction() as uow:
            rows = await self._breaker.claim(uow, now, places, fresh_after=now - TOKEN_FRESH)
        for row in rows:
            task = asyncio.create_task(self._send(row, claimed_at + LEASE_SECONDS))
            self._sending.add(task)
            task.add_done_callback(self._ended)
        return bool(rows)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._lanes.call_one()

    async def _settled(self) -> None:
        while self._sending:
            await asyncio.wait(self._sending)

    async def _send(self, row: Outgoing, until: float) -> None:
        """One row, ours until then. A failure of our own leaves it to its lease, and the other rows alone."""
        try:
            await self._sync("before-send")
            try:
                decision = await (self._reply(row, until) if row.road == "reply" else self._push(row, until))
            except _LateError:
                decision = Decision("untried", "lease_short")
            await self._sync("after-send")
            await self._sync("before-mark")
            await self._mark(row, decision)
        except Exception:
            log.exception("outbox.failed", row=str(row.id), attempt=row.attempts)

    async def _mark(self, row: Outgoing, decision: Decision) -> None:
        now = self._now()
        async with self._database.transaction() as uow:
            is_news = await self._breaker.heard(uow, row, decision.verdict, now)
            if decision.verdict is Verdict.MONTHLY_LIMIT:
                is_news = await channel.note_used_up(uow, now) or is_news
            is_ours = await _write(uow, row, decision, now)
            if is_news:
                uow.after_commit(partial(self._wake.wake, "inbox"))
        if not is_ours:
            log.warning("outbox.overtaken", row=str(row.id), attempt=row.attempts, detail=decision.detail)
            return
        log.info(
            "outbox.attempt",
            row=str(row.id),
            attempt=row.attempts,
            outcome="later" if decision.retry_at else decision.outcome,
            detail=decision.detail,
        )

    async def _reply(self, row: Outgoing, until: float) -> Decision:
        if row.reply_token is None or not (row.unsure or self._is_fresh(row)):
            return Decision("not_sent", "reply token_old", retry_at=self._now(), road="push")
        token, line = row.reply_token, self._api()
        answer = await self._with_fallback(
            until,
            lambda seconds: line.reply(token, row.messages, timeout=seconds),
            lambda seconds: line.reply(token, flattened(row.messages), timeout=seconds),
        )
        if answer.verdict is Verdict.TOKEN_DEAD and not row.unsure:
            log.warning("outbox.token_taken", row=str(row.id), hint="another program may be answering on this account")
            detail = _detail("reply", answer)
            return Decision("not_sent", detail, retry_at=self._now(), road="push", verdict=answer.verdict)
        is_unsure = row.unsure or answer.verdict is Verdict.UNCLEAR
        is_last = answer.verdict is Verdict.TOKEN_DEAD or (is_unsure and row.attempts >= REPLY_ATTEMPTS)
        return self._decision(row, answer, "reply", is_last=is_last)

    async def _push(self, row: Outgoing, until: float) -> Decision:
        if row.unsure_since is not None and self._now() - row.unsure_since >= KEY_LIFE:
            return Decision("unknown", "push key_forgotten")
        try:
            async with self._database.reading() as reader:
                to = await people.line_user(reader, row.person_id)
                is_behind_held = await outbox.has_held(reader, row.person_id)
        except SealBroken:
            return Decision("unknown" if row.unsure else "not_sent", "push address_unreadable")
        if to.startswith(REPLY_ONLY):
            return Decision("not_sent", "push reply_only")
        if is_behind_held and not row.unsure:
            return Decision("held", "push behind_held")
        line = self._api()
        # Another payload under the same key would break LINE's rule; this key too is the same at every attempt.
        plain_key = uuid5(row.retry_key, "plain")
        answer = await self._with_fallback(
            until,
            lambda seconds: line.push(to, row.messages, retry_key=str(row.retry_key), timeout=seconds),
            lambda seconds: line.push(to, flattened(row.messages), retry_key=str(plain_key), timeout=seconds),
        )
        return self._decision(row, answer, "push", is_last=row.attempts >= PUSH_ATTEMPTS)

    async def _with_fallback(self, until: float, send: _Call, send_plain: _Call) -> Answer:
        """LINE's answer to the messages, or, where it refused one of them, to the same said in one plain text.

        Raises:
            _LateError: the calls might outlast the lease, and another sender might say the same meanwhile.
        """
        begun_at = monotonic()
        if until - begun_at < self._call_seconds:
            raise _LateError
        answer = await send(self._call_seconds)
        if answer.verdict is not Verdict.REFUSED:
            return answer
        log.error("outbox.message_refused", status=answer.status, request=answer.request_id)
        left = self._call_seconds - (monotonic() - begun_at)
        if left < self._call_seconds * LEAST_SHARE:
            return Answer(Verdict.NOT_REACHED, answer.status, answer.request_id)  # nothing was sent: later again
        return await send_plain(left)

    def _decision(self, row: Outgoing, answer: Answer, road: Road, *, is_last: bool) -> Decision:
        detail, verdict = _detail(road, answer), answer.verdict
        if verdict in REFUSES_US:
            return Decision("untried", detail, verdict=verdict)
        if verdict in _FINAL:
            outcome = _FINAL[verdict]
            return Decision("unknown" if outcome == "not_sent" and row.unsure else outcome, detail, verdict=verdict)
        if verdict is Verdict.MONTHLY_LIMIT:
            # Held words are said by another road, which has no retry key: not what may have been said already.
            return Decision("unknown" if row.unsure else "held", detail, verdict=verdict)
        is_unsure = verdict is Verdict.UNCLEAR or (is_last and row.unsure)
        outcome = "unknown" if is_unsure else "not_sent"
        retry_at = None if is_last else self._now() + self._pause(row, verdict)
        return Decision(outcome, detail, retry_at=retry_at, verdict=verdict)

    def _pause(self, row: Outgoing, verdict: Verdict) -> timedelta:
        """Before the next attempt at this row; other people's rows go on. Those whom LINE found too many spread out."""
        pause = min(timedelta(seconds=2.0 ** min(row.attempts, 20)), LONGEST_BACKOFF)
        return pause * (1 + self._chance()) / 2 if verdict is Verdict.RATE_LIMIT else pause

    def _is_fresh(self, row: Outgoing) -> bool:
        return row.token_received_at is not None and self._now() - row.token_received_at < TOKEN_FRESH

    def _api(self) -> LineApi:
        if self._line is None:
            self._line = LineApi(access_token=self._access_token, api_base=self._api_base)
        return self._line


async def _write(uow: UnitOfWork, row: Outgoing, decision: Decision, now: datetime) -> bool:
    """Whether the row still was ours; another sender has it where our lease ran out."""
    if decision.outcome == "untried":
        return await outbox.give_back(uow, row)
    if decision.outcome == "held":
        return await outbox.hold(uow, row, decision.detail)
    return await outbox.mark(
        uow,
        row,
        decision.outcome,
        now=now,
        detail=decision.detail,
        retry_at=decision.retry_at,
        road=decision.road,
    )


def _detail(road: str, answer: Answer) -> str:
    """Road, verdict, status and LINE's request id: never a word of the message."""
    return " ".join(part for part in (road, answer.verdict.name.lower(), str(answer.status), answer.request_id) if part)
