"""Signed webhooks as LINE sends them, with made-up people."""

import base64
import hashlib
import hmac
import itertools
import json
import secrets
import time
from collections.abc import Sequence
from typing import Any

ADDRESS = "/line/webhook"
DESTINATION = "U" + "b" * 32
_serial = itertools.count(1)


def text_event(user: str, text: str, at_ms: int | None = None) -> dict[str, Any]:
    number = next(_serial)
    message = {"type": "text", "id": f"{number:018d}", "quoteToken": secrets.token_urlsafe(60), "text": text}
    return event(user, {"type": "message", "message": message}, at_ms)


def event(user: str, what: dict[str, Any], at_ms: int | None = None) -> dict[str, Any]:
    return {
        "webhookEventId": secrets.token_hex(13).upper(),
        "deliveryContext": {"isRedelivery": False},
        "timestamp": at_ms or int(time.time() * 1_000),
        "source": {"type": "user", "userId": user},
        "replyToken": secrets.token_hex(16),
        "mode": "active",
        **what,
    }


def user_id() -> str:
    return "U" + secrets.token_hex(16)


def request(events: Sequence[dict[str, Any]], secret: str, host: str) -> bytes:
    """A whole HTTP/1.1 request, ready for a kept connection."""
    body = json.dumps({"destination": DESTINATION, "events": list(events)}, ensure_ascii=False).encode()
    signature = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()
    head = (
        f"POST {ADDRESS} HTTP/1.1",
        f"host: {host}",
        "content-type: application/json; charset=utf-8",
        f"x-line-signature: {signature}",
        f"content-length: {len(body)}",
    )
    return "\r\n".join([*head, "", ""]).encode() + body
