import base64
import gzip
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import psycopg
import pytest
from fastapi import FastAPI
from sqlalchemy import text as statement
from structlog.testing import capture_logs

from bot.webhook import LARGEST_BODY, router
from cases import inbound
from cases.db import Database
from tests.bot.talking import NOW, OTHER, Bell, event, said

SECRET = "0123456789abcdef0123456789abcdef"
BOT = "U" + "b" * 32
REFUSE = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'disk full'; END $$"
REFUSE_AT_COMMIT = """
    CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON inbound DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refuse()
"""


def body_of(*events: Any, destination: str = BOT) -> bytes:
    return json.dumps({"destination": destination, "events": list(events)}, ensure_ascii=False).encode()


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-Line-Signature": base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()}


def app_for(database: Database, bell: Bell, **options: Any) -> FastAPI:
    app = FastAPI()
    app.include_router(router(database, [SECRET], bell, now=lambda: NOW, **options))
    return app


def client_of(app: Any) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://door")


@pytest.fixture
async def door(database: Database, bell: Bell) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app_for(database, bell)) as client:
        yield client


async def knock(client: httpx2.AsyncClient, body: bytes, headers: dict[str, str] | None = None) -> httpx2.Response:
    return await client.post("/line/webhook", content=body, headers=signed(body) if headers is None else headers)


async def stored(database: Database) -> int:
    async with database.reading() as reader:
        return await inbound.open_count(reader)


class TestAccepted:
    async def test_events_are_stored_and_the_workers_woken(self, door, database: Database, bell: Bell):
        answer = await knock(door, body_of(said("こんにちは"), event("follow", OTHER)))
        assert (answer.status_code, answer.content) == (200, b"")
        assert await stored(database) == 2
        assert bell.rung == ["inbound"]

    async def test_the_row_is_visible_to_others_before_the_answer(
        self, database: Database, database_url: str, bell: Bell
    ):
        seen: list[int] = []

        async def watched(scope: Any, receive: Any, send: Any) -> None:
            async def look_first(message: Any) -> None:
                if message["type"] == "http.response.start":
                    with psycopg.connect(database_url) as connection:
                        seen.extend(connection.execute("SELECT count(*) FROM inbound").fetchone())
                await send(message)

            await app_for(database, bell)(scope, receive, look_first)

        async with client_of(watched) as client:
            answer = await knock(client, body_of(said("こんにちは")))
        assert (answer.status_code, seen) == (200, [1])

    async def test_no_11_and_13_the_same_event_again_is_a_second_200_and_no_second_row(self, door, database: Database):
        body = body_of(
            said("こんにちは"), said("もう一度", webhookEventId="same"), said("もう一度", webhookEventId="same")
        )
        assert (await knock(door, body)).status_code == 200
        assert (await knock(door, body)).status_code == 200
        assert await stored(database) == 2

    async def test_no_6_no_events_is_200_without_a_row(self, door, database: Database, bell: Bell):
        assert (await knock(door, body_of())).status_code == 200
        assert await stored(database) == 0
        assert bell.rung == []

    async def test_no_7_the_old_check_is_200_without_a_row(self, door, database: Database):
        check = [
            {"replyToken": token * 32, "type": "message", "source": {"type": "user", "userId": "Udeadbeef" + "0" * 24}}
            for token in "0f"
        ]
        body = json.dumps({"events": check}).encode()
        assert (await knock(door, body)).status_code == 200
        assert await stored(database) == 0

    @pytest.mark.parametrize("body", [b"[]", b"{}", b'{"events":null}', b'{"events":[null,5]}'])
    async def test_no_8_and_9_signed_but_misshapen_is_200_and_an_alarm(self, door, database: Database, body: bytes):
        with capture_logs() as logs:
            assert (await knock(door, body)).status_code == 200
        assert [entry["event"] for entry in logs] == ["webhook.malformed"]
        assert await stored(database) == 0

    async def test_no_9_and_10_one_bad_event_costs_only_itself(self, door, database: Database):
        events = [said(f"文{number}", user=f"U{number:032}") for number in range(50)]
        assert (await knock(door, body_of(*events[:25], {"type": None}, *events[25:]))).status_code == 200
        assert await stored(database) == 50

    async def test_no_41_what_postgresql_cannot_hold_is_stored_all_the_same(self, door, database: Database):
        body = b'{"events":[{"type":"message","message":{"type":"text","text":"a\\u0000\\ud83d","id":"\\u0000"}}]}'
        assert (await knock(door, body)).status_code == 200
        assert await stored(database) == 1


class TestRefused:
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"X-Line-Signature": ""},
            {"X-Line-Signature": "A" * 10_000},
            signed(body_of(), ""),
            signed(body_of(), "another secret"),
            signed(body_of() + b" "),
        ],
    )
    async def test_no_1_and_2_a_wrong_signature_is_401_and_nothing_else(self, door, database: Database, headers):
        with capture_logs() as logs:
            answer = await knock(door, body_of(), headers)
        assert (answer.status_code, answer.content) == (401, b"")
        assert await stored(database) == 0
        assert logs == [
            {"event": "webhook.refused", "log_level": "warning", "status": 401, "reason": "signature", "count": 1}
        ]

    async def test_two_signatures_are_nobodys(self, door):
        good = ("X-Line-Signature", signed(body_of())["X-Line-Signature"])
        answer = await door.post("/line/webhook", content=body_of(), headers=[good, good])
        assert answer.status_code == 401

    async def test_no_5_a_compressed_body_is_bytes_like_any_other(self, door):
        packed = gzip.compress(body_of(said("x")))
        headers = {"Content-Encoding": "gzip"}
        assert (await knock(door, packed, headers | signed(body_of(said("x"))))).status_code == 401
        assert (await knock(door, packed, headers | signed(packed))).status_code == 400

    async def test_no_5_a_body_larger_than_any_webhook_is_413_before_anything_else(self, door):
        assert (await knock(door, b"x" * (LARGEST_BODY + 1))).status_code == 413

    async def test_no_5_a_stream_without_length_is_read_no_further_than_the_limit(self, door):
        given = 0

        async def stream() -> AsyncIterator[bytes]:
            nonlocal given
            while given < 20:
                given += 1
                yield b"x" * 200_000

        answer = await door.post("/line/webhook", content=stream(), headers=signed(b""))
        assert answer.status_code == 413
        assert given < 20

    async def test_a_body_that_is_cut_off_harms_nobody(self, database: Database, bell: Bell):
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/line/webhook", "headers": [], "query_string": b""}
        await app_for(database, bell)(scope, receive, send)
        assert sent[0]["status"] == 400

    @pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"\xef\xbb\xbf{}", b'{"events":[' + b"[" * 100_000])
    async def test_no_4_and_63_signed_bytes_that_are_no_json_are_400(self, door, body: bytes):
        assert (await knock(door, body)).status_code == 400

    async def test_no_58_another_bots_webhook_is_refused_where_our_own_id_is_known(
        self, database: Database, bell: Bell
    ):
        async with client_of(app_for(database, bell, bot_user_id=BOT)) as client:
            assert (await knock(client, body_of(said("x"), destination="U" + "c" * 32))).status_code == 403
            assert (await knock(client, body_of(said("x")))).status_code == 200
            assert (await knock(client, b'{"events":[]}')).status_code == 200
        assert await stored(database) == 1


class TestNotStored:
    async def test_a_commit_that_fails_is_503_and_wakes_nobody(self, door, database: Database, bell: Bell):
        async with database.transaction() as uow:
            await uow.session.execute(statement(REFUSE))
            await uow.session.execute(statement(REFUSE_AT_COMMIT))
        with capture_logs() as logs:
            answer = await knock(door, body_of(said("こんにちは")))
        assert (answer.status_code, answer.content) == (503, b"")
        assert "こんにちは" not in str([{**entry, "exc_info": None} for entry in logs])
        assert await stored(database) == 0
        assert bell.rung == []

    async def test_no_51_a_database_that_is_away_is_503(self, keyring, bell: Bell):
        away = Database("postgresql://nobody@127.0.0.1:1/nothing", keyring)
        async with client_of(app_for(away, bell)) as client:
            with capture_logs():
                assert (await knock(client, body_of(said("こんにちは")))).status_code == 503
            assert (await knock(client, body_of())).status_code == 200
        await away.close()
