"""What must go when its time is over, and how long each thing is kept.

A batch is one transaction that deletes a small number of rows, and passes by those that somebody holds, so that nobody
waits for it. One program at a time purges: a second one that comes finds the work in hand and leaves.

What has a meaning of its own is purged in its own module: drafts, forms and photos, sessions, sign-in attempts.

A person goes only where no table refers to them any more; whoever comes back is met as somebody new.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, text

from cases import conversations, forms, photos
from cases.db import UnitOfWork
from cases.staff import sessions

BATCH = 500
"""Rows of one transaction."""
LOCK = 7_303_015
"""Number of the advisory lock that lets one program purge at a time."""

EVENTS_KEPT = timedelta(days=30)
"""The id of a handled event, and nothing else of it: so long a second delivery is known for what it is. LINE gives up
long before; it does not publish when. What somebody replays later is older than the webhook takes (bot/reader.py)."""
ANSWERS_KEPT = timedelta(days=30)
"""How an answer ended. Its words went when it ended. What is about a referral stays with the referral, for staff."""
TOMBSTONES_KEPT = timedelta(days=90)
"""The keyed hash of a message that was taken back before it was read here: three times as long as a second delivery of
it would still be taken for one, because words that come back after they were taken back are worse than a row."""
PASSED_ON_KEPT = timedelta(days=7)
"""Events that the other program of a shared account has taken, or never took; long enough to find out why not."""

PARKED_KEPT = timedelta(days=90)
"""An event that nobody could handle, with what it says, sealed: long enough to mend the fault and try it again."""
NAMELESS_KEPT = timedelta(days=1)
"""Who stands for a group, or for somebody without a LINE user id: nothing can be said to them again anyway."""
PEOPLE_KEPT = timedelta(days=90)
"""A person who left nothing here: no talk, form, photo or report, and no answer however it ended."""

Purge = Callable[[UnitOfWork, datetime], Awaitable[int]]


def _batch_of(statement: str, kept: timedelta) -> Purge:
    prepared = text(statement)

    async def purge(uow: UnitOfWork, now: datetime) -> int:
        result = await uow.session.execute(prepared, {"before": now - kept, "batch": BATCH})
        assert isinstance(result, CursorResult)
        return result.rowcount

    return purge


def _people(condition: str, kept: timedelta) -> Purge:
    """People for whom `condition` holds: locked first, and then looked at again.

    What somebody wrote for them before the lock came is only seen by the second statement.
    """
    # The conditions are this module's own.
    chosen = text(f"SELECT id FROM people WHERE {condition} LIMIT :batch FOR UPDATE SKIP LOCKED")  # noqa: S608 - see above
    leaving = text(f"DELETE FROM people WHERE id = ANY(:ids) AND {condition}")  # noqa: S608 - see above

    async def purge(uow: UnitOfWork, now: datetime) -> int:
        before = {"before": now - kept}
        ids = (await uow.session.scalars(chosen, {**before, "batch": BATCH})).all()
        result = await uow.session.execute(leaving, {**before, "ids": ids})
        assert isinstance(result, CursorResult)
        return result.rowcount

    return purge


async def _sessions(uow: UnitOfWork, now: datetime) -> int:
    await sessions.purge(uow, now)
    return 0


PURGES: Mapping[str, Purge] = {
    "drafts": conversations.purge_expired,
    "forms": forms.purge,
    "photos": photos.purge,
    "sessions": _sessions,
    "events": _batch_of(
        """
        DELETE FROM inbound WHERE id IN (
            SELECT id FROM inbound WHERE state = 'done' AND received_at < :before
            LIMIT :batch FOR UPDATE SKIP LOCKED
        )
        """,
        EVENTS_KEPT,
    ),
    "answers": _batch_of(
        """
        DELETE FROM outbox WHERE id IN (
            SELECT id FROM outbox
            WHERE state IN ('sent', 'not_sent', 'unknown', 'cancelled')
              AND created_at < :before AND finished_at < :before AND referral_id IS NULL
            LIMIT :batch FOR UPDATE SKIP LOCKED
        )
        """,
        ANSWERS_KEPT,
    ),
    "tombstones": _batch_of(
        """
        DELETE FROM unsent WHERE message_hash IN (
            SELECT message_hash FROM unsent WHERE unsent_at < :before
            LIMIT :batch FOR UPDATE SKIP LOCKED
        )
        """,
        TOMBSTONES_KEPT,
    ),
    "parked": _batch_of(
        """
        DELETE FROM inbound WHERE id IN (
            SELECT id FROM inbound WHERE state = 'parked' AND received_at < :before
            LIMIT :batch FOR UPDATE SKIP LOCKED
        )
        """,
        PARKED_KEPT,
    ),
    "passed_on": _batch_of(
        """
        DELETE FROM passed_on WHERE id IN (
            SELECT id FROM passed_on
            WHERE state <> 'waiting' AND created_at < :before AND finished_at < :before
            LIMIT :batch FOR UPDATE SKIP LOCKED
        )
        """,
        PASSED_ON_KEPT,
    ),
    "nameless": _people(
        """
        reply_only AND first_seen_at < :before AND NOT EXISTS (
            SELECT FROM outbox
            WHERE person_id = people.id AND state IN ('waiting', 'sending', 'held', 'joined')
        )
        """,
        NAMELESS_KEPT,
    ),
    "people": _people(
        """
        first_seen_at < :before AND coalesce(reachable_at < :before, true) AND coalesce(burst_at < :before, true)
        AND NOT EXISTS (SELECT FROM reporters WHERE person_id = people.id)
        AND NOT EXISTS (SELECT FROM outbox WHERE person_id = people.id)
        AND NOT EXISTS (SELECT FROM conversations WHERE person_id = people.id)
        AND NOT EXISTS (SELECT FROM forms WHERE person_id = people.id)
        AND NOT EXISTS (SELECT FROM photos WHERE person_id = people.id)
        """,
        PEOPLE_KEPT,
    ),
}
"""What is purged, in this order: a photo of a draft is an orphan once its draft has gone, and people go last."""


async def purge(uow: UnitOfWork, kind: str, now: datetime) -> int | None:
    """Delete one batch of `kind`; how many rows, or None where another program is at it.

    Fewer than `BATCH` means that nothing is left.
    """
    if not await uow.session.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}):
        return None
    return await PURGES[kind](uow, now)
