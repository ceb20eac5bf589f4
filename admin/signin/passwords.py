"""Passwords: argon2id, at equal cost for people who exist and people who do not."""

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST_PASSWORD = 12
"""Characters a new password has at least; length is what makes guessing hopeless (NIST SP 800-63B)."""

AT_ONCE = 2
"""Hashes worked out at the same time. Each takes 64 MiB: a storm of sign-ins waits its turn instead."""


def hash_password(password: str) -> str:
    """The argon2id hash that the record keeps."""
    return PasswordHasher().hash(password)


class Passwords:
    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe())
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def right(self, stored: str | None, password: str) -> bool:
        """Whether `password` is the one behind `stored`. Without `stored` the same work is done, for False."""
        async with self._turn:
            same = await asyncio.to_thread(self._verify, stored or self._nobody, password)
        return same and stored is not None

    async def renewed(self, stored: str, password: str) -> str | None:
        """A new hash when `stored` was made with weaker settings than today's, else None."""
        if not self._hasher.check_needs_rehash(stored):
            return None
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
