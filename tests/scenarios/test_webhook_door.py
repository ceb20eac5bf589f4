"""What LINE, or somebody who pretends to be LINE, sees at our door: real processes, requests made by hand."""

import base64
import hashlib
import hmac
import json
import time
from uuid import uuid4

import httpx2
import psycopg
import pytest

from tests.demo_house import DemoHouse


def sign(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def a_text(text: str = "こんにちは") -> bytes:
    event = {
        "type": "message",
        "mode": "active",
        "timestamp": int(time.time() * 1000),
        "source": {"type": "user", "userId": "U" + uuid4().hex},
        "webhookEventId": uuid4().hex[:26].upper(),
        "deliveryContext": {"isRedelivery": False},
        "replyToken": uuid4().hex,
        "message": {"id": str(uuid4().int)[:18], "type": "text", "text": text, "quoteToken": "q"},
    }
    return json.dumps({"events": [event]}, ensure_ascii=False).encode()


def post(house: DemoHouse, body: bytes, headers: dict[str, str] | dict[str, bytes]) -> httpx2.Response:
    return httpx2.post(f"{house.web}/line/webhook", content=body, headers=headers, trust_env=False)


def test_a_signed_event_is_a_row_before_the_200(house: DemoHouse) -> None:
    body = a_text()
    event_id = json.loads(body)["events"][0]["webhookEventId"]
    answer = post(house, body, {"X-Line-Signature": sign(body, house.secrets.channel_secret)})
    with psycopg.connect(house.database_url) as other:
        rows = other.execute("SELECT count(*) FROM inbound WHERE event_id = %s", (event_id,)).fetchone()
    assert answer.status_code == 200
    assert rows == (1,)


@pytest.mark.parametrize("kind", ["wrong", "missing", "empty", "empty key", "other body", "not ascii"])
def test_whoever_cannot_sign_gets_401_and_nothing_else(house: DemoHouse, kind: str) -> None:
    body = a_text()
    signature = {
        "wrong": sign(body, "another secret"),
        "missing": None,
        "empty": "",
        "empty key": sign(body, ""),
        "other body": sign(body + b" ", house.secrets.channel_secret),
        "not ascii": "署名",
    }[kind]
    before = house.count("inbound")
    answer = post(house, body, {} if signature is None else {"X-Line-Signature": signature.encode()})
    assert answer.status_code == 401
    assert answer.content == b""
    assert house.count("inbound") == before


def test_health_pages_answer(house: DemoHouse) -> None:
    expected = {"/healthz": {"status": "ok"}, "/readyz": {"status": "ok", "degraded": []}}
    for page, body in expected.items():
        answer = httpx2.get(house.web + page, trust_env=False)
        assert (answer.status_code, answer.json()) == (200, body)
