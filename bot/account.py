"""Our account at LINE as the workers see it: what LINE says of it, and the three dots while somebody waits.

LINE is asked at the start and every quarter of an hour, by one worker of all. What it says stands in the account's row,
where the doors and the senders read it. When the month has room for pushes again, what was held goes out.
"""

import asyncio
import contextlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.lanes import Rings
from bot.line_admin import Bot, LineAdmin, LineAdminError, Quota
from bot.line_api import LineApi, Verdict
from cases import channel, outbox
from cases.db import Database, UnitOfWork

log = structlog.get_logger()

EVERY = timedelta(minutes=15)
JUST_NOW = timedelta(seconds=30)  # at the start of several workers one asks; the others take what it heard
LOOK_SECONDS = 60.0  # between looks whether it is time; also the pause after LINE could not be asked

LOADING_SECONDS = 20  # a multiple of 5 (LINE: display-a-loading-indicator); an answer ends the dots sooner
LOADING_TIMEOUT = 3.0  # seconds
LOADING_A_SECOND = 40  # LINE takes 100 a second of all workers together
_PERSON = re.compile(r"U[0-9a-f]{32}")


class Account:
    """Asks LINE about our account, and notes what it says."""

    def __init__(
        self,
        database: Database,
        wake: Rings,
        *,
        access_token: str,
        api_base: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._wake = wake
        self._access_token = access_token
        self._mark = channel.mark_of(access_token)
        self._api_base = api_base
        self._now = now

    async def run(self, stop: asyncio.Event) -> None:
        """Ask now and every quarter of an hour, until `stop` is set."""
        known_for = JUST_NOW
        while not stop.is_set():
            try:
                await self.look(known_for)
            except (SQLAlchemyError, OSError) as error:
                log.warning("account.failed", error=type(error).__name__)
            known_for = EVERY
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_SECONDS)

    async def look(self, known_for: timedelta = EVERY) -> bool:
        """Ask LINE unless what is known is younger than `known_for`, or somebody else asks; whether it was asked.

        While LINE refuses our token this counts as the one try that is due after each pause. With another token than
        that with which it was asked before, it is asked at once, and what was known of the account is forgotten first.

        Raises:
            SQLAlchemyError: the database cannot be used.
        """
        if not await self._is_due(known_for):
            return False
        # Between the workers it is a lock that decides, so that no row is held while LINE is waited for.
        async with self._database.transaction() as uow:
            if not await channel.begin_reading(uow):
                return False
            await self._note(uow, *await self._asked())
        return True

    async def _is_due(self, known_for: timedelta) -> bool:
        now = self._now()
        async with self._database.transaction() as uow:
            if await channel.note_token(uow, self._mark):
                log.info("account.token_changed")
                return True
            known = await channel.read(uow)
            if known.refused_since is not None:
                return await channel.take_probe(uow, now)
            return known.bot_user_id is None or known.quota_read_at is None or now - known.quota_read_at >= known_for

    async def _asked(self) -> tuple[Bot | None, Quota | None, bool]:
        """What LINE says of the account and of the month, as far as it says it, and whether it refuses our token."""
        bot = quota = None
        async with LineAdmin(access_token=self._access_token, api_base=self._api_base) as line:
            try:
                bot = await line.bot()
                quota = await line.quota()
            except LineAdminError as error:
                log.warning("account.not_read", reason=error.reason, status=error.status)
                return bot, quota, error.reason == "unauthorised"
        log.info("account.read", chat_mode=bot.chat_mode, quota=quota.limit, used=quota.used)
        if bot.chat_mode == "chat":
            log.warning("account.chat_on")
        return bot, quota, False

    async def _note(self, uow: UnitOfWork, bot: Bot | None, quota: Quota | None, is_refused: bool) -> None:  # noqa: FBT001 - one answer in three parts
        if is_refused:
            await self._note_token(uow, self._now())
        elif bot is not None:
            await self._note_token(uow, None)
        if bot is not None and bot.user_id:
            await channel.note_bot(uow, bot.user_id, bot.chat_mode, mark=self._mark)
        if quota is not None:
            await self._note_month(uow, quota)

    async def _note_token(self, uow: UnitOfWork, refused_at: datetime | None) -> None:
        if await channel.note_refused(uow, refused_at):
            log.warning("line.token_taken_again" if refused_at is None else "line.token_refused")
            uow.after_commit(partial(self._wake.wake, "inbox"))
            uow.after_commit(partial(self._wake.wake, "outbox"))

    async def _note_month(self, uow: UnitOfWork, quota: Quota) -> None:
        now = self._now()
        await channel.note_quota(uow, quota.limit, quota.used, now)
        is_used_up = quota.limit is not None and quota.used >= quota.limit
        if await channel.note_used_up(uow, now if is_used_up else None):
            uow.after_commit(partial(self._wake.wake, "inbox"))
        if not is_used_up and (released := await outbox.release_held(uow)):
            log.info("outbox.released", rows=released)
            uow.after_commit(partial(self._wake.wake, "outbox"))


class Loading:
    """The three dots in a talk. Nobody waits for them, and nobody hears when they do not appear.

    They count neither as a message nor against the month; LINE takes them for one person only, not in groups.
    """

    def __init__(self, *, access_token: str, api_base: str, clock: Callable[[], float] = monotonic) -> None:
        self._access_token = access_token
        self._api_base = api_base
        self._clock = clock
        self._line: LineApi | None = None
        self._shown: set[asyncio.Task[None]] = set()
        self._second = -1
        self._in_this_second = 0
        self._rests_until = 0.0

    async def show(self, line_user: str) -> None:
        """Begin to show the dots to this person, and return at once. Never raises."""
        if _PERSON.fullmatch(line_user) and self._has_room():
            task = asyncio.create_task(self._show(line_user))
            self._shown.add(task)
            task.add_done_callback(self._shown.discard)

    async def aclose(self) -> None:
        for task in self._shown:
            task.cancel()
        await asyncio.gather(*self._shown, return_exceptions=True)
        if self._line is not None:
            await self._line.close()
            self._line = None

    def _has_room(self) -> bool:
        now = self._clock()
        if int(now) != self._second:
            self._second, self._in_this_second = int(now), 0
        self._in_this_second += 1
        return self._in_this_second <= LOADING_A_SECOND and now >= self._rests_until

    async def _show(self, line_user: str) -> None:
        try:
            if self._line is None:
                self._line = LineApi(access_token=self._access_token, api_base=self._api_base)
            answer = await self._line.show_loading(line_user, seconds=LOADING_SECONDS, timeout=LOADING_TIMEOUT)
            self._rests_until = max(self._rests_until, self._clock() + _REST.get(answer.verdict, 0.0))
        except Exception as error:  # noqa: BLE001 - an ornament: whatever goes wrong with it stays here
            log.warning("loading.failed", error=type(error).__name__)


_REST = {
    Verdict.UNAUTHORISED: 120.0,
    Verdict.FORBIDDEN: 120.0,
    Verdict.RATE_LIMIT: 2.0,
    Verdict.UNCLEAR: 5.0,
    Verdict.NOT_REACHED: 5.0,
}
"""Seconds for which no dots are shown after an answer that would have come to the next ones as well."""
