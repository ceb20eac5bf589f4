"""Sealing and keyed hashing: what makes a stolen database unreadable.

A sealed value is AES-256-GCM: one byte with the length of the key's id, the id, a 12-byte random nonce, the
ciphertext with its tag. The table, column and row it belongs to are authenticated with it, so a value moved to
another place does not open. Look-ups by a sealed value go through HMAC-SHA256 under a key of their own purpose.
"""

import base64
import binascii
import functools
import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


class KeyringError(ValueError):
    """The key setting cannot be used. The message never holds key material."""


class SealBroken(Exception):  # noqa: N818 - it says what happened to the seal
    """The value was altered, moved from its place, or sealed with a key that is not on the ring."""


class Keyring:
    """The keys, first one first: it seals and hashes, all of them open and look up."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise KeyringError("no key is given")
        self._keys = dict(keys)
        self._ciphers = {key_id: AESGCM(key) for key_id, key in self._keys.items()}
        self._first = next(iter(self._keys))

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """Read `id:base64 of 32 bytes,…`.

        Raises:
            KeyringError: no key, a malformed entry, a wrong length, or an id given twice.
        """
        keys: dict[str, bytes] = {}
        for number, entry in enumerate(filter(None, map(str.strip, text.split(","))), start=1):
            key_id, key = _parse_entry(entry, number)
            if key_id in keys:
                raise KeyringError(f"key id {key_id!r} is given twice")
            keys[key_id] = key
        return cls(keys)

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self._keys)})"

    def seal(self, plain: str, *, table: str, column: str, row: UUID) -> bytes:
        """Seal `plain` for one column of one row."""
        return self.seal_bytes(plain.encode(), table=table, column=column, row=row)

    def open(self, sealed: bytes, *, table: str, column: str, row: UUID) -> str:
        """The text sealed for this column of this row.

        Raises:
            SealBroken: see there.
        """
        return self.open_bytes(sealed, table=table, column=column, row=row).decode()

    def seal_bytes(self, plain: bytes, *, table: str, column: str, row: UUID) -> bytes:
        """`seal` for what is no text, such as a photo."""
        key_id = self._first.encode()
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self._first].encrypt(nonce, plain, _place(table, column, row))
        return bytes([len(key_id)]) + key_id + nonce + sealed

    def open_bytes(self, sealed: bytes, *, table: str, column: str, row: UUID) -> bytes:
        """What `seal_bytes` sealed for this column of this row.

        Raises:
            SealBroken: see there.
        """
        start = 1 + sealed[0] if sealed else 1
        cipher = self._ciphers.get(sealed[1:start].decode("ascii", "replace"))
        nonce, body = sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :]
        if cipher is None or len(nonce) < NONCE_BYTES:
            raise SealBroken(f"{table}.{column} of {row}: no key for it")
        try:
            return cipher.decrypt(nonce, body, _place(table, column, row))
        except InvalidTag:
            raise SealBroken(f"{table}.{column} of {row}") from None

    def hash(self, value: str, *, purpose: str) -> bytes:
        """HMAC-SHA256 of `value` under the first key, for storing: equal values of one purpose hash alike."""
        return self._hash(self._first, value, purpose)

    def hashes(self, value: str, *, purpose: str) -> tuple[bytes, ...]:
        """The hash under every key, the first key's first: for look-ups while keys rotate."""
        return tuple(self._hash(key_id, value, purpose) for key_id in self._keys)

    def _hash(self, key_id: str, value: str, purpose: str) -> bytes:
        return hmac.digest(_derived(self._keys[key_id], purpose), value.encode(), "sha256")


def sha256(value: str) -> bytes:
    """The plain hash of a random token that is never stored itself."""
    return hashlib.sha256(value.encode()).digest()


@functools.lru_cache(maxsize=64)
def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"kizuki hash {purpose}".encode()).derive(key)


def _parse_entry(entry: str, number: int) -> tuple[str, bytes]:
    key_id, _, encoded = entry.partition(":")
    if not _KEY_ID.fullmatch(key_id):
        raise KeyringError(f"entry {number} has no usable key id before ':'")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise KeyringError(f"key {key_id!r} is not base64") from None
    if len(key) != KEY_BYTES:
        raise KeyringError(f"key {key_id!r} has {len(key)} bytes instead of {KEY_BYTES}")
    return key_id, key


def _place(table: str, column: str, row: UUID) -> bytes:
    return f"{table}|{column}|{row}".encode()
