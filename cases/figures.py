"""How the queues stand, as numbers for those who keep the service running. Nothing here tells of a person.

Every part is answered by a small index, so that asking costs the same with a million rows as with ten.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from cases.db import Reader

PATIENCE = "2s"
"""How long PostgreSQL may take for one of these; a question of an operator never holds up the work."""
SENDS_WITHIN = timedelta(hours=1)
OUTCOMES = ("sent", "not_sent", "unknown", "cancelled")


@dataclass(frozen=True, slots=True)
class Figures:
    """The state of the service at one moment.

    Attributes:
        open_events: events that wait or are in hand, those that rest included.
        oldest_event: when the oldest of them was received.
        resting: people's events that wait for a next attempt.
        parked: events that were set aside after their last attempt.
        waiting: answers on their way out.
        held: answers that wait for their person's next word, because the month's pushes are used up.
        oldest_answer: when the oldest answer on its way was made.
        sends: of the answers made in the last hour, how many ended how.
        refused_since: since when LINE refuses our access token.
        forbidden_since: since when LINE lets the account say nothing, though it takes the token.
        used_up_since: since when LINE refuses pushes because the month's are used up.
        quota: pushes a month; None without a limit or before it was read.
        used: pushes of this month; None before it was read.
        standby_at: when another program last led a talk in our stead.
        suspended_at: since when LINE has suspended the account.
        forms: links to the secure form that are open now.
        passing: events of a shared account that wait to be passed on.
    """

    open_events: int
    oldest_event: datetime | None
    resting: int
    parked: int
    waiting: int
    held: int
    oldest_answer: datetime | None
    refused_since: datetime | None
    forbidden_since: datetime | None
    used_up_since: datetime | None
    quota: int | None
    used: int | None
    standby_at: datetime | None
    suspended_at: datetime | None
    forms: int
    passing: int
    sends: dict[str, int]


@dataclass(frozen=True, slots=True)
class Troubles:
    """What does not stop the service, but wants a person."""

    line_refuses: bool
    parked: bool


_FIGURES = text("""
    SELECT
        (SELECT count(*) FROM inbound WHERE state = 'open') AS open_events,
        (SELECT min(received_at) FROM inbound WHERE state = 'open') AS oldest_event,
        (SELECT count(*) FROM inbound
            WHERE state = 'open' AND not_before IS NOT NULL AND not_before > :now) AS resting,
        (SELECT count(*) FROM inbound WHERE state = 'parked') AS parked,
        (SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending')) AS waiting,
        (SELECT count(*) FROM outbox WHERE state = 'held') AS held,
        (SELECT created_at FROM outbox WHERE state IN ('waiting', 'sending') ORDER BY seq LIMIT 1) AS oldest_answer,
        refused_since, forbidden_since, used_up_since, quota, used, standby_at, suspended_at,
        (SELECT count(*) FROM forms WHERE expires_at > :now AND confirmed_at IS NULL) AS forms,
        (SELECT count(*) FROM passed_on WHERE state = 'waiting') AS passing
    FROM channel
""")

_SENDS = text("""
    SELECT state, count(*) AS number FROM outbox
    WHERE created_at > :since AND state IN ('sent', 'not_sent', 'unknown', 'cancelled')
    GROUP BY state
""")

_TROUBLES = text("""
    SELECT coalesce(refused_since, forbidden_since) IS NOT NULL AS line_refuses,
        EXISTS (SELECT FROM inbound WHERE state = 'parked') AS parked
    FROM channel
""")

_VERSION = text("SELECT version_num FROM alembic_version")


async def figures(reader: Reader, now: datetime) -> Figures:
    """Read everything in two statements.

    Raises:
        SQLAlchemyError: PostgreSQL did not answer, or took longer than `PATIENCE`.
    """
    await _hurry(reader)
    row = (await reader.session.execute(_FIGURES, {"now": now})).one()
    ended = await reader.session.execute(_SENDS, {"since": now - SENDS_WITHIN})
    sends = {**dict.fromkeys(OUTCOMES, 0), **{row.state: row.number for row in ended}}
    values: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 - its public name, underscored so that no column hides it
    return Figures(**values, sends=sends)


async def schema_version(reader: Reader) -> str | None:
    """The name of the migration that the database is at."""
    await _hurry(reader)
    found: str | None = await reader.session.scalar(_VERSION)
    return found


async def troubles(reader: Reader) -> Troubles:
    """What an operator should look at, for a check that runs every few seconds."""
    row = (await reader.session.execute(_TROUBLES)).one()
    return Troubles(line_refuses=row.line_refuses, parked=row.parked)


async def _hurry(reader: Reader) -> None:
    await reader.session.execute(text(f"SET LOCAL statement_timeout = '{PATIENCE}'"))
