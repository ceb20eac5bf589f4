"""What is to be said to people: written in the transaction that decided it, sent afterwards, in order per person.

A row goes `waiting → sending → sent | not_sent | unknown`, or `cancelled` for a person who cannot be reached. A push
for which the month has no room left is `held`: it goes out in front of the person's next answer, which costs nothing,
or by itself when there is room again. What goes out so is `joined` to that answer, its carrier, and shares its end.

What is held is heard late, and is the one thing that a newer answer may overtake: where that one is urgent, leaves no
room for it among LINE's five messages of a call, or was written just before it was held. The newer one is never kept
back for it: its token is good for a minute, and it answers what the person said last. Nothing is lost by it, and what
is held keeps its order in itself.

Claiming sets a lease, by PostgreSQL's clock, which is the same for all hosts. A row whose lease ran out belongs to a
sender that died or stalled between claim and outcome: nobody knows whether LINE took the message, so it is given out
again as `unsure`, for a sender that can tell (a push by its retry key, a reply by its single-use token) without saying
anything twice. Each claim has a number; one that was followed by another changes nothing any more.

A row that cannot be opened ends as `not_sent`, so that it holds nobody back.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, LiteralString
from uuid import UUID, uuid4

import structlog
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    CursorResult,
    ForeignKey,
    Identity,
    Index,
    Row,
    case,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from cases import outbox_sql as sql
from cases.base import Base, key, sealed
from cases.crypto import SealBroken
from cases.db import Reader, UnitOfWork
from cases.people import PersonRow

log = structlog.get_logger()

Outcome = Literal["sent", "not_sent", "unknown"]
Road = Literal["reply", "push"]

LEASE = timedelta(seconds=15)
MOST_MESSAGES = 5
"""Messages in one call of LINE's API."""
LONGEST_DETAIL = 500  # characters

_TELLING = 20  # characters by which words are known again where they were shortened
_OTHERS = 64  # rows that other senders may be about to take at the same moment
_NO_SYNC = {"synchronize_session": False}


class OutboxRow(Base):
    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("road IN ('reply', 'push')", name="road"),
        CheckConstraint(
            "state IN ('waiting', 'sending', 'held', 'joined', 'sent', 'not_sent', 'unknown', 'cancelled')",
            name="state",
        ),
        CheckConstraint("state <> 'sending' OR claimed_until IS NOT NULL", name="sending_has_lease"),
        Index("ix_outbox_open", "seq", postgresql_where=text("state IN ('waiting', 'sending')")),
        Index("ix_outbox_person", "person_id", "seq", postgresql_where=text("state IN ('waiting', 'sending')")),
        Index("ix_outbox_held", "person_id", "seq", postgresql_where=text("state IN ('held', 'joined')")),
        Index("ix_outbox_referral_id", "referral_id", "seq", postgresql_where=text("referral_id IS NOT NULL")),
        Index("ix_outbox_created_at", "created_at", postgresql_using="brin"),
        Index("ix_outbox_undelivered", "state", postgresql_where=text("state IN ('not_sent', 'unknown', 'cancelled')")),
        {"postgresql_with": {"autovacuum_vacuum_scale_factor": "0.02"}},
    )

    id: Mapped[UUID] = key()
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(PersonRow.id, ondelete="CASCADE"), index=True)
    inbound_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(default="waiting", server_default="waiting")
    road: Mapped[str]
    retry_key: Mapped[UUID] = mapped_column(default=uuid4)
    messages: Mapped[bytes | None] = sealed()
    reply_token: Mapped[bytes | None] = sealed()
    token_received_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    claims: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often it was claimed: the newest claim's number, which never falls."""
    unsure: Mapped[bool] = mapped_column(default=False, server_default="false")
    attempted_at: Mapped[datetime | None]
    """When the first attempt was made that may have arrived."""
    not_before: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    detail: Mapped[bytes | None] = sealed()
    settles: Mapped[bool] = mapped_column(default=False, server_default="false")
    """It waits for a flood to end, and gives way to a newer answer."""
    referral_id: Mapped[UUID | None] = mapped_column(ForeignKey("referrals.id", ondelete="SET NULL"))
    """What the message is about, so that staff see whether it arrived."""
    carrier_id: Mapped[UUID | None]
    """The answer that says what is joined to it."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A row in hand.

    Attributes:
        retry_key: the same for every attempt of this row; goes into LINE's `X-Line-Retry-Key` of a push.
        attempts: this one included.
        claim: the number of this claim of the row.
        unsure: an earlier attempt may have arrived. A reply that LINE now refuses for its used token has been said
            already, as far as anybody can know, and is not pushed.
        unsure_since: when the earliest such attempt was made; LINE knows its retry key for 24 hours.
    """

    id: UUID
    person_id: UUID
    messages: list[dict[str, Any]]
    reply_token: str | None
    token_received_at: datetime | None
    retry_key: UUID
    attempts: int
    claim: int
    road: Road
    unsure: bool = False
    unsure_since: datetime | None = None


async def put(
    uow: UnitOfWork,
    person_id: UUID,
    messages: list[dict[str, Any]],
    *,
    now: datetime,
    reply_token: str | None = None,
    token_received_at: datetime | None = None,
    inbound_id: UUID | None = None,
    referral_id: UUID | None = None,
    settles_at: datetime | None = None,
) -> None:
    """Put one call's messages (1 to 5) behind what already waits for this person.

    Args:
        uow: the transaction.
        person_id: who hears it.
        messages: LINE's message objects.
        now: the time.
        reply_token: LINE's token of the event that is answered.
        token_received_at: when it was received.
        inbound_id: the event that is answered. An answer replaces one that still settles.
        referral_id: what the messages are about, so that staff see whether they arrived.
        settles_at: the person floods: wait until then, and give way to the next answer.

    Raises:
        ValueError: no message, or more than LINE takes in one call.
    """
    if not 1 <= len(messages) <= MOST_MESSAGES:
        raise ValueError(f"{len(messages)} messages in one row")
    row_id = uuid4()
    row = {
        "id": row_id,
        "person_id": person_id,
        "inbound_id": inbound_id,
        "referral_id": referral_id,
        "road": "reply" if reply_token else "push",
        "retry_key": uuid4(),
        "messages": _sealed_messages(uow, row_id, messages),
        "reply_token": uow.seal(OutboxRow.reply_token, row_id, reply_token or ""),
        "token_received_at": token_received_at,
        "created_at": now,
        "not_before": settles_at,
    }
    await uow.last(sql.PUT, row)


async def claim(uow: UnitOfWork, now: datetime, limit: int, *, fresh_after: datetime | None = None) -> list[Outgoing]:
    """Take up to `limit` rows, at most one of each person, and lease them for `LEASE`.

    What waits for a person who cannot be reached is cancelled instead, row by row, or `unknown` where it may have
    arrived. A row whose reply token was received before `fresh_after`, and surely was not used, takes the push road.
    """
    given = {
        "now": now,
        "lease": LEASE,
        "limit": limit,
        "walk": limit + _OTHERS,
        "fresh_after": fresh_after,
    }
    while rows := sorted(await uow.rows(sql.CLAIM, given), key=lambda row: row.seq):
        await _share_ends(uow, {row.person_id for row in rows if row.state != "sending"})
        opened = [await _opened(uow, row, now) for row in rows if row.state == "sending"]
        if claimed := [outgoing for outgoing in opened if outgoing is not None]:
            return claimed
    return []


async def mark(
    uow: UnitOfWork,
    row: Outgoing | Row[Any],
    outcome: Outcome,
    *,
    now: datetime,
    detail: str = "",
    retry_at: datetime | None = None,
    road: Road | None = None,
) -> bool:
    """Note how a claimed row went. False, and nothing is changed, where another claim followed ours.

    Args:
        uow: the transaction.
        row: the row.
        outcome: `unknown` when LINE may or may not have taken it.
        now: the time.
        detail: LINE's words on a failure.
        retry_at: try again then, with the same retry key; without it the outcome is final and the words are blanked.
        road: the road of the next attempt, when it changes.
    """
    return await _change(
        uow,
        row,
        sql.MARK,
        state="waiting" if retry_at else outcome,
        now=now,
        retry_at=retry_at,
        is_unsure=outcome == "unknown",
        road=road,
        detail=_sealed_detail(uow, row, detail),
    )


async def give_back(uow: UnitOfWork, row: Outgoing) -> bool:
    """A claimed row was not tried after all, through no fault of its own: it waits as before. As `mark`."""
    return await _change(uow, row, sql.GIVE_BACK)


async def hold(uow: UnitOfWork, row: Outgoing, detail: str) -> bool:
    """A claimed row has no room in this month. Its words stay; it stands in no other row's way. As `mark`."""
    return await _change(uow, row, sql.HOLD, detail=_sealed_detail(uow, row, detail))


async def has_held(reader: Reader, person_id: UUID) -> bool:
    """Whether something is held for the person: what is pushed now would be heard before it."""
    held = select(OutboxRow.id).where(OutboxRow.person_id == person_id, OutboxRow.state == "held").limit(1)
    return await reader.session.scalar(held) is not None


async def take_held(uow: UnitOfWork, person_id: UUID, room: int) -> list[dict[str, Any]]:
    """What is held for the person, to go before the next answer: the oldest whole rows, at most `room` messages.

    It is the caller's from here on. Nothing is given for a person who cannot be reached; it is cancelled. Called with
    the person's row locked, and followed by `put` in the same transaction.
    """
    if not await uow.session.scalar(select(PersonRow.reachable).where(PersonRow.id == person_id)):
        await cancel(uow, person_id, None)
        return []
    held = select(OutboxRow).where(OutboxRow.person_id == person_id, OutboxRow.state == "held")
    taken: list[dict[str, Any]] = []
    carriers: list[UUID] = []
    for row in await uow.session.scalars(held.order_by(OutboxRow.seq).with_for_update()):
        try:
            messages = _messages(uow, row)
        except SealBroken:
            row.state, row.finished_at, row.messages = "not_sent", func.now(), None
            continue
        if len(taken) + len(messages) > room:
            break
        taken += messages
        carriers.append(row.id)
        if row.referral_id is None:
            await uow.session.delete(row)  # nobody asks for its end
        else:
            row.state, row.messages, row.detail = "joined", None, None
    await uow.flush()
    await _share_ends(uow, {person_id})
    # What one of them carried itself is said by the next answer as well.
    theirs = OutboxRow.person_id == person_id, OutboxRow.state == "joined", OutboxRow.carrier_id.in_(carriers)
    await uow.session.execute(update(OutboxRow).where(*theirs).values(carrier_id=None), execution_options=_NO_SYNC)
    return taken


async def release_held(uow: UnitOfWork) -> int:
    """The month has room again: what is held waits to be pushed, in its old order. How many rows."""
    held = select(OutboxRow.id).where(OutboxRow.state == "held").with_for_update(skip_locked=True)
    released = update(OutboxRow).where(OutboxRow.id.in_(held), OutboxRow.state == "held")
    result = await uow.session.execute(released.values(state="waiting", attempts=0), execution_options=_NO_SYNC)
    assert isinstance(result, CursorResult)
    return result.rowcount


async def cancel(uow: UnitOfWork, person_id: UUID, now: datetime | None) -> None:
    """The person can no longer be reached: nothing that waits or is held for them is said any more.

    `now` of None is the database's own time.
    """
    pending = OutboxRow.state.in_(["waiting", "held"])
    ending = {
        "state": case((OutboxRow.unsure, "unknown"), else_="cancelled"),
        "finished_at": now or func.now(),
        "messages": None,
        "reply_token": None,
    }
    cancelled = update(OutboxRow).where(OutboxRow.person_id == person_id, pending).values(ending)
    await uow.session.execute(cancelled, execution_options=_NO_SYNC)
    await _share_ends(uow, {person_id})


async def forget(uow: UnitOfWork, person_id: UUID, words: Collection[str], now: datetime) -> None:
    """Words were taken back: texts that repeat one of them and still wait for the person are not said any more.

    What else stands in such a row, telephone numbers above all, is still said; not where an earlier attempt may have
    arrived, because other messages may not go out under the same retry key. What is on its way at this moment cannot be
    called back.
    """
    taken_back = [word[:_TELLING] for word in words if word]
    if not taken_back:
        return
    waiting = select(OutboxRow).where(OutboxRow.person_id == person_id, OutboxRow.state.in_(["waiting", "held"]))
    for row in await uow.session.scalars(waiting.with_for_update()):
        try:
            messages = _messages(uow, row)
        except SealBroken:
            continue  # it is never said
        kept = [message for message in messages if not any(word in message.get("text", "") for word in taken_back)]
        if len(kept) == len(messages):
            continue
        if kept and not row.unsure:
            row.messages = _sealed_messages(uow, row.id, kept)
        else:
            row.state, row.finished_at = "unknown" if row.unsure else "cancelled", now
            row.messages = row.reply_token = None
    await uow.flush()
    await _share_ends(uow, {person_id})


async def _change(uow: UnitOfWork, row: Outgoing | Row[Any], statement: LiteralString, **given: Any) -> bool:
    """Change a claimed row, with what is joined to it at its end. Whether it still was in the hands of this claim."""
    claim = row.claim if isinstance(row, Outgoing) else row.claims
    found = await uow.rows(statement, {"id": row.id, "claim": claim, **given})
    await _share_ends(uow, {changed.person_id for changed in found if changed.carries})
    return bool(found)


async def _share_ends(uow: UnitOfWork, people: set[UUID]) -> None:
    """What is joined to an answer that is at its end, ends as it did."""
    if people:
        await uow.run(sql.SHARE_ENDS, {"people": list(people)})


async def _opened(uow: UnitOfWork, row: Row[Any], now: datetime) -> Outgoing | None:
    try:
        return _outgoing(uow, row)
    except SealBroken:
        log.error("outbox.unreadable", row=str(row.id))  # noqa: TRY400 - its trace tells nothing more
        await mark(uow, row, "not_sent", now=now, detail="unreadable")
        return None


def _outgoing(uow: UnitOfWork, row: Row[Any]) -> Outgoing:
    return Outgoing(
        id=row.id,
        person_id=row.person_id,
        messages=_messages(uow, row),
        reply_token=uow.open(OutboxRow.reply_token, row.id, row.reply_token) or None,
        token_received_at=row.token_received_at,
        retry_key=row.retry_key,
        attempts=row.attempts,
        claim=row.claims,
        road="reply" if row.road == "reply" else "push",
        unsure=row.unsure,
        unsure_since=row.attempted_at if row.unsure else None,
    )


def _sealed_detail(uow: UnitOfWork, row: Outgoing | Row[Any], detail: str) -> bytes | None:
    return uow.seal(OutboxRow.detail, row.id, detail[:LONGEST_DETAIL])


def _messages(reader: Reader, row: OutboxRow | Row[Any]) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = json.loads(reader.open(OutboxRow.messages, row.id, row.messages))
    return messages


def _sealed_messages(uow: UnitOfWork, row_id: UUID, messages: list[dict[str, Any]]) -> bytes | None:
    return uow.seal(OutboxRow.messages, row_id, json.dumps(messages, ensure_ascii=False))
