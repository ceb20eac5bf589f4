"""Identifiers in the shapes that LINE uses."""

import itertools
import secrets

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""The alphabet of ULIDs: base 32 without I, L, O and U."""

FIRST_MESSAGE = 500_000_000_000_000_001


def ulid(at_ms: int) -> str:
    """A ULID for this moment (milliseconds since 1970): 48 bits of time, then 80 random bits."""
    number = (at_ms << 80) | secrets.randbits(80)
    return "".join(CROCKFORD[(number >> shift) & 31] for shift in range(125, -5, -5))


def user_id() -> str:
    """An id as LINE gives to users and bots: `U` and 32 hexadecimal digits."""
    return "U" + secrets.token_hex(16)


def reply_token() -> str:
    return secrets.token_hex(16)


def quote_token() -> str:
    return secrets.token_urlsafe(64)


class MessageIds:
    """Message ids are decimal strings that grow; 18 digits today."""

    def __init__(self) -> None:
        self._numbers = itertools.count(FIRST_MESSAGE)

    def next(self) -> str:
        return str(next(self._numbers))
