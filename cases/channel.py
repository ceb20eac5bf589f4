"""What LINE says of our account, as the workers last heard it: one row that every program reads.

Every `note_*` compares first, so that what is heard again and again does not write again and again.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, CursorResult, Executable, func, or_, select, text, true, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from cases.base import Base
from cases.db import Reader, UnitOfWork

ONE = 1

FIRST_PAUSE = timedelta(minutes=2)
"""How long LINE is left alone after it refused our token or account. The pause then grows with the trouble's time."""
LONGEST_PAUSE = timedelta(minutes=15)


class ChannelRow(Base):
    __tablename__ = "channel"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    token_mark: Mapped[str | None]
    """By which the access token is known with which all this was heard; see `mark_of`."""
    bot_user_id: Mapped[str | None]
    chat_mode: Mapped[str | None]
    quota: Mapped[int | None]
    """Pushes a month; None without a limit or before it was read."""
    used: Mapped[int | None]
    quota_read_at: Mapped[datetime | None]
    refused_since: Mapped[datetime | None]
    """Since when LINE refuses our access token."""
    forbidden_since: Mapped[datetime | None]
    """Since when LINE takes the token but lets the account say nothing: suspended, or not in its plan."""
    probe_at: Mapped[datetime | None]
    """When one worker may try LINE again; None while it refuses neither."""
    used_up_since: Mapped[datetime | None]
    """Since when LINE refuses pushes because the month's are used up."""
    standby_at: Mapped[datetime | None]
    """When another program last led a talk in our stead."""
    suspended_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Channel:
    """Our account. Each time is None where the matter is not so, or nothing is known of it.

    Attributes:
        token_mark: by which the access token is known with which this was heard.
        bot_user_id: LINE's id of the account, to which its webhooks are addressed.
        chat_mode: `chat` where somebody may answer by hand in LINE's own console, `bot` where only programs do.
        quota: pushes a month; None without a limit, or before it was read.
        used: pushes of this month, as LINE counts them: approximately.
        refused_since: since when LINE refuses our access token.
        forbidden_since: since when LINE lets the account say nothing, though it takes the token.
        probe_at: when one worker may try LINE again.
        used_up_since: since when LINE refuses pushes because the month's are used up.
        standby_at: when another program last led a talk in our stead.
        suspended_at: when LINE suspended the account.
    """

    token_mark: str | None = None
    bot_user_id: str | None = None
    chat_mode: str | None = None
    quota: int | None = None
    used: int | None = None
    quota_read_at: datetime | None = None
    refused_since: datetime | None = None
    forbidden_since: datetime | None = None
    probe_at: datetime | None = None
    used_up_since: datetime | None = None
    standby_at: datetime | None = None
    suspended_at: datetime | None = None


_COLUMNS = [getattr(ChannelRow, name) for name in Channel.__slots__]
_STANDBY_STEP = timedelta(minutes=1)
_READING = 0x6B697A756B69  # "kizuki" in ASCII: the advisory lock of whoever asks LINE about the account


async def read(reader: Reader) -> Channel:
    row = (await reader.session.execute(select(*_COLUMNS).where(ChannelRow.id == ONE))).one_or_none()
    return Channel() if row is None else Channel(*row)


def mark_of(access_token: str) -> str:
    """A mark by which a token is known again; it does not tell the token."""
    return hashlib.sha256(access_token.encode()).hexdigest()[:32]


async def note_token(uow: UnitOfWork, mark: str) -> bool:
    """The token of this mark is ours. What was heard with another one may be of another account: it is forgotten.

    Whether that is news.
    """
    unknown = dict.fromkeys(("bot_user_id", "chat_mode", "refused_since", "forbidden_since", "probe_at"))
    changed = update(ChannelRow).where(ChannelRow.id == ONE, ChannelRow.token_mark.is_distinct_from(mark))
    return await _has_changed(uow, changed.values(token_mark=mark, **unknown))


async def note_bot(uow: UnitOfWork, bot_user_id: str, chat_mode: str, *, mark: str | None = None) -> None:
    """Who we are, as LINE told it to the token of `mark`; not noted where that is no longer ours. None: whichever."""
    is_ours = None if mark is None else ChannelRow.token_mark == mark
    await _note(uow, {"bot_user_id": bot_user_id, "chat_mode": chat_mode}, only_while=is_ours)


async def note_quota(uow: UnitOfWork, quota: int | None, used: int | None, now: datetime) -> None:
    """What LINE says of the month; `quota` is None without a limit."""
    await _note(uow, {"quota": quota, "used": used, "quota_read_at": now})


async def note_refused(uow: UnitOfWork, now: datetime | None) -> bool:
    """LINE refuses our token, since `now` or since longer; None: it takes it again. Whether that is news."""
    return await _note_trouble(uow, ChannelRow.refused_since, ChannelRow.forbidden_since, now)


async def note_forbidden(uow: UnitOfWork, now: datetime | None) -> bool:
    """LINE takes our token and lets us say nothing, since `now` or since longer; None: we may. Whether that is news."""
    return await _note_trouble(uow, ChannelRow.forbidden_since, ChannelRow.refused_since, now)


async def _note_trouble(
    uow: UnitOfWork,
    trouble: InstrumentedAttribute[datetime | None],
    other: InstrumentedAttribute[datetime | None],
    now: datetime | None,
) -> bool:
    """LINE tells one of the two at a time: while it refuses the token, it tells nothing of the account."""
    changed = update(ChannelRow).where(ChannelRow.id == ONE)
    if now is None:
        changed = changed.where(trouble.is_not(None)).values({trouble: None, ChannelRow.probe_at: None})
    else:
        values = {trouble: now, other: None, ChannelRow.probe_at: now + FIRST_PAUSE}
        changed = changed.where(trouble.is_(None)).values(values)
    return await _has_changed(uow, changed)


_TAKE_PROBE = text("""
    UPDATE channel
    SET probe_at = CAST(:now AS timestamptz) + least(
        greatest(CAST(:now AS timestamptz) - coalesce(refused_since, forbidden_since), CAST(:first AS interval)),
        CAST(:longest AS interval)
    )
    WHERE id = 1 AND coalesce(refused_since, forbidden_since) IS NOT NULL AND probe_at <= CAST(:now AS timestamptz)
""")


async def take_probe(uow: UnitOfWork, now: datetime) -> bool:
    """Whether the one try of LINE that is due now is ours. The next one is due after a longer pause."""
    given = {"now": now, "first": FIRST_PAUSE, "longest": LONGEST_PAUSE}
    return await _has_changed(uow, _TAKE_PROBE.bindparams(**given))


async def give_probe_back(uow: UnitOfWork, now: datetime) -> None:
    """The try that was taken did not reach LINE, so another one may come at once."""
    await _note(uow, {"probe_at": now}, only_while=ChannelRow.probe_at.is_not(None))


async def note_used_up(uow: UnitOfWork, now: datetime | None) -> bool:
    """The month's pushes are used up, since `now` or since longer; None: they no longer are. Whether that is news."""
    known = ChannelRow.used_up_since.is_not(None) if now is None else ChannelRow.used_up_since.is_(None)
    changed = update(ChannelRow).where(ChannelRow.id == ONE, known).values(used_up_since=now)
    return await _has_changed(uow, changed)


async def note_standby(uow: UnitOfWork, now: datetime) -> None:
    """Another program leads a talk. Noted to the minute: such events may come by the hundred."""
    old = ChannelRow.standby_at.is_(None) | (ChannelRow.standby_at <= now - _STANDBY_STEP)
    await _note(uow, {"standby_at": now}, only_while=old)


async def note_suspended(uow: UnitOfWork, now: datetime | None) -> None:
    """LINE suspended the account; None: it is alive again."""
    await _note(uow, {"suspended_at": now})


async def begin_reading(uow: UnitOfWork) -> bool:
    """Whether nobody else asks LINE about the account at this moment; then nobody else will until the commit."""
    return bool(await uow.session.scalar(select(func.pg_try_advisory_xact_lock(_READING))))


async def _note(uow: UnitOfWork, values: Mapping[str, Any], *, only_while: ColumnElement[bool] | None = None) -> None:
    differs = or_(*(getattr(ChannelRow, name).is_distinct_from(value) for name, value in values.items()))
    changed = update(ChannelRow).where(ChannelRow.id == ONE, true() if only_while is None else only_while, differs)
    await uow.session.execute(changed.values(values))


async def _has_changed(uow: UnitOfWork, statement: Executable) -> bool:
    result = await uow.session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount > 0
