"""Whether a webhook body comes from LINE.

`x-line-signature` is the base64 of HMAC-SHA256 over the raw bytes of the body, with the channel secret
as its key (https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/). The SDK's own
check accepts a blank secret and raises on a missing header, so this is ours.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

SIGNATURE_LENGTH = 44  # characters of base64 for the 32 bytes of SHA-256


def verify(body: bytes, header: str | None, secrets: Sequence[str]) -> bool:
    """True when `header` is the signature of `body` under one of `secrets`.

    Several secrets are valid while one is rotated. A blank secret never verifies anything. The texts are
    compared, not the bytes they stand for, because base64 has several spellings of one value. Never raises.
    """
    if header is None or len(header) != SIGNATURE_LENGTH or not header.isascii():
        return False
    given = header.encode("ascii")
    # Every secret is tried, so that the time does not tell which one fitted.
    matches = [hmac.compare_digest(_sign(body, secret), given) for secret in secrets if secret.strip()]
    return any(matches)


def _sign(body: bytes, secret: str) -> bytes:
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256))
