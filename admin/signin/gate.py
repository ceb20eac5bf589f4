"""The gate: one attempt to sign in, counted, checked, recorded."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum

from admin.desk import Desk
from cases import audit
from cases.actors import SYSTEM
from cases.db import UnitOfWork
from cases.staff import accounts, sessions, signins
from cases.staff.accounts import Account

NOBODY = "unknown"


class Refusal(StrEnum):
    """Why nobody was let in. Account and password are told apart to nobody."""

    WRONG = "wrong"
    THROTTLED = "throttled"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a browser gave. `address` is its network address; `old_token` the session it came with, which ends."""

    email: str
    password: str
    address: str
    old_token: str


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets people in, one counted attempt at a time.

    An attempt is counted as failed *before* the password is looked at, and a success takes the count back: a
    hundred attempts at the same moment are no more than a hundred one after the other. Attempts beyond the limit
    are refused without looking, so they are not recorded each; the failures that led there are.
    """

    desk: Desk
    counting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def try_(self, attempt: Attempt) -> str | Refusal:
        """The new session's token, or why there is none."""
        if not attempt.email or not attempt.password:
            return Refusal.MISSING
        if not await self._count(attempt):
            return Refusal.THROTTLED
        async with self.desk.db.reading() as reader:
            account = await accounts.by_email(reader, attempt.email)
        stored = account.password_hash if account and account.active else None
        right = await self.desk.passwords.right(stored, attempt.password)
        if account is None or not right:
            await self._note_failure(account, attempt)
            return Refusal.WRONG
        return await self._let_in(account, attempt)

    async def _count(self, attempt: Attempt) -> bool:
        """Whether the attempt may be made; if so it is already counted."""
        now = self.desk.now()
        async with self.counting, self.desk.db.transaction() as uow:
            who, where = _hashes(uow, attempt)
            if not await signins.allowed(uow, who, where, now):
                return False
            await signins.note_attempt(uow, who, where, False, now)
        return True

    async def _note_failure(self, account: Account | None, attempt: Attempt) -> None:
        async with self.desk.db.transaction() as uow:
            target = account.id if account else NOBODY
            detail = {"address": attempt.address}
            await audit.record(uow, SYSTEM, "signin.failed", "staff", target, detail, self.desk.now())

    async def _let_in(self, account: Account, attempt: Attempt) -> str:
        """A new session, never the one the browser came with."""
        now = self.desk.now()
        renewed = await self.desk.passwords.renewed(account.password_hash, attempt.password)
        async with self.desk.db.transaction() as uow:
            if attempt.old_token:
                await sessions.revoke(uow, attempt.old_token)
            if renewed:
                await accounts.renew_hash(uow, account.id, renewed)
            await signins.note_attempt(uow, *_hashes(uow, attempt), True, now)
            detail = {"address": attempt.address}
            await audit.record(uow, account.actor, "signin", "staff", account.id, detail, now)
            return await sessions.create(uow, account.id, now)


def _hashes(uow: UnitOfWork, attempt: Attempt) -> tuple[bytes, bytes]:
    who = signins.account_hash(uow.keyring, attempt.email)
    return who, signins.address_hash(uow.keyring, attempt.address)
