"""Live arrivals: a stream that says *that* something changed, never what. The page then asks for its list again."""

import json
from collections.abc import AsyncIterator
from time import monotonic

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from admin.desk import INBOX, Desk
from admin.visit import SignInNeeded, visit_of_token
from cases.referrals import repository
from cases.referrals.sheets import TabCounts

LOOK_SECONDS = 5.0
"""How long a stream waits for a call. It then looks for itself, so that nothing depends on the calls."""

ROUNDS = 720
"""A stream ends after so many rounds, an hour of silence at most; the browser opens the next one by itself."""


async def arrivals(desk: Desk, token: str) -> AsyncIterator[bytes]:
    """The number of open referrals, whenever something may have changed.

    The session is read again each time, and what is counted is what it may see *now*: a revoked session hears
    `ended`, and a hand-off that was taken back stops at once.
    """
    yield b"retry: 3000\n\n"
    told: TabCounts | None = None
    called = False
    for _ in range(ROUNDS):
        try:
            counts = await _counts(desk, token)
        except SignInNeeded:
            yield format_sse_event(event="ended", data_str="{}")
            return
        changed = called or counts != told
        yield _news(counts) if changed else KEEPALIVE_COMMENT
        told = counts
        called = await _called(desk)


def _news(counts: TabCounts) -> bytes:
    return format_sse_event(event="inbox", data_str=json.dumps({"open": counts.open}))


async def _counts(desk: Desk, token: str) -> TabCounts:
    visit = await visit_of_token(desk, token)
    async with desk.db.reading() as reader:
        return await repository.counts(reader, visit.actor)


async def _called(desk: Desk) -> bool:
    until = monotonic() + LOOK_SECONDS
    while (left := until - monotonic()) > 0:
        if await desk.live.wait(INBOX, left):
            return True
    return False
