"""Whose LINE account a page was opened from: an ID token of LIFF, checked at LINE.

What a browser says of itself is never believed. LINE checks signature, audience and time of the token; we look at its
answer once more (LINE Login v2.1, "Verify ID token"). LIFF lets an app choose no nonce, so there is none to compare: a
token counts for this one form and person only, and for no longer than LINE gives it.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

import httpx2
import structlog

log = structlog.get_logger()

ISSUER = "https://access.line.me"
SECONDS = 8.0
MOST_TOKEN = 4096  # characters


@dataclass(frozen=True, slots=True)
class Liff:
    """The LIFF app: its id, the LINE Login channel it belongs to, and where LINE's API is."""

    id: str
    channel: str
    api_base: str


class LineAway(Exception):  # noqa: N818 - it says what is the matter
    """LINE could not be asked; nothing is known of the token."""


async def proves(liff: Liff, id_token: str, line_user: str, now: datetime) -> bool:
    """Whether the token is this LINE user's, for our channel, and still good.

    Raises:
        LineAway: see there.
    """
    if not id_token or len(id_token) > MOST_TOKEN:
        return False
    claims = await _claims(liff, id_token)
    expires = claims.get("exp")
    return (
        claims.get("iss") == ISSUER
        and claims.get("aud") == liff.channel
        and isinstance(expires, int | float)
        and expires > now.timestamp()
        and hmac.compare_digest(str(claims.get("sub", "")).encode(), line_user.encode())
    )


async def _claims(liff: Liff, id_token: str) -> Mapping[str, Any]:
    """What LINE says of the token; nothing where it is not good."""
    form = {"id_token": id_token, "client_id": liff.channel}
    try:
        async with httpx2.AsyncClient(timeout=SECONDS, trust_env=False, follow_redirects=False) as client:
            answer = await client.post(f"{liff.api_base.rstrip('/')}/oauth2/v2.1/verify", data=form)
        claims = answer.json() if answer.status_code == HTTPStatus.OK else {}
    except (httpx2.HTTPError, ValueError) as error:
        log.warning("form.line_away", error=type(error).__name__)
        raise LineAway from None
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        log.warning("form.line_away", status=answer.status_code)
        raise LineAway
    return claims if isinstance(claims, dict) else {}
