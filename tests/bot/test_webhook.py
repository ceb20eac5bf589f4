import asyncio
import base64
import contextlib
import gzip
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import psycopg
import pytest
from fastapi import FastAPI
from sqlalchemy import text as statement
from structlog.testing import capture_logs

from bot import webhook
from bot.outage import LineReplies, Outage
from bot.webhook import LARGEST_BODY, router
from cases import inbound
from cases.db import Database
from routing.directory import City
from routing.watch import DangerWatch
from tests.bot.line_stub import LineStub
from tests.bot.talking import NOW, OTHER, Bell, event, said, until

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
        async with client_of(app_for(database, bell, bot_user_id=lambda: BOT)) as client:
            assert (await knock(client, body_of(said("x"), destination="U" + "c" * 32))).status_code == 403
            assert (await knock(client, body_of(said("x")))).status_code == 200
            assert (await knock(client, b'{"events":[]}')).status_code == 200
        assert await stored(database) == 1

    async def test_no_58_before_that_it_is_looked_whether_we_are_that_bot_by_now(self, database: Database, bell: Bell):
        ours = ["U" + "c" * 32]

        async def moved() -> None:
            ours[0] = BOT

        async with client_of(app_for(database, bell, bot_user_id=lambda: ours[0], look_again=moved)) as client:
            assert (await knock(client, body_of(said("x")))).status_code == 200
            assert (await knock(client, body_of(said("x"), destination="U" + "c" * 32))).status_code == 403
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

    async def test_a_locked_table_is_503_within_lines_patience_and_stored_once_it_is_free(
        self, door, database: Database, database_url: str, monkeypatch
    ):
        monkeypatch.setattr(webhook, "LATE_SECONDS", 0.1)
        monkeypatch.setattr(webhook, "PATIENCE_SECONDS", 0.2)
        async with await psycopg.AsyncConnection.connect(database_url) as other:
            await other.execute("LOCK TABLE inbound IN EXCLUSIVE MODE")
            with capture_logs():
                assert (await knock(door, body_of(said("こんにちは")))).status_code == 503
        await _until_stored(database, 1)

    async def test_a_late_commit_within_lines_patience_is_still_200(
        self, database: Database, bell: Bell, monkeypatch, city: City, line: LineStub
    ):
        monkeypatch.setattr(webhook, "LATE_SECONDS", 0.05)
        monkeypatch.setattr(webhook, "PATIENCE_SECONDS", 60.0)

        async def slowly(point: str) -> None:
            if point == "before-flush":
                await until(lambda: line.calls)

        with capture_logs():
            async with _with_outage(database, bell, city, line, sync=slowly) as client:
                assert (await knock(client, body_of(said("いま なぐられている")))).status_code == 200
        assert line.roads == ["reply"]
        assert await stored(database) == 1

    async def test_danger_is_answered_while_the_database_is_away(self, keyring, bell: Bell, city: City, line: LineStub):
        away = Database("postgresql://nobody@127.0.0.1:1/nothing", keyring)
        counts = Counts()
        with capture_logs():
            async with _with_outage(away, bell, city, line, watch=counts) as client:
                answer = await knock(client, body_of(said("いま なぐられている"), said("こんにちは")))
                assert answer.status_code == 503
                await until(lambda: line.calls)
        assert len(line.calls) == 1
        assert counts.seen == ["not stored"]
        await away.close()

    async def test_what_was_answered_in_the_outage_is_stored_when_line_brings_it_again(
        self, database: Database, bell: Bell, city: City, line: LineStub
    ):
        is_away = True

        async def sync(point: str) -> None:
            if point == "before-flush" and is_away:
                raise ConnectionRefusedError

        body = body_of(said("いま なぐられている"))
        with capture_logs():
            async with _with_outage(database, bell, city, line, sync=sync) as client:
                assert (await knock(client, body)).status_code == 503
                await until(lambda: line.calls)
                is_away = False
                assert (await knock(client, body)).status_code == 200
        assert len(line.calls) == 1
        assert await stored(database) == 1


class Counts:
    """An `AcceptWatch` that remembers."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def accepted(self, seconds: float, events: int) -> None:
        assert 0 < seconds < 60
        self.seen.append(f"accepted {events}")

    def refused(self, reason: str) -> None:
        self.seen.append(reason)

    def events_refused(self, reason: str, events: int) -> None:
        self.seen.append(f"{reason} {events}")

    def not_stored(self) -> None:
        self.seen.append("not stored")

    def outage_answer(self, outcome: str) -> None:
        self.seen.append(outcome)


class TestCounted:
    async def test_every_end_of_a_webhook_is_counted(self, database: Database, bell: Bell):
        counts = Counts()
        async with client_of(app_for(database, bell, watch=counts)) as client:
            await knock(client, body_of(said("a"), said("b")))
            await knock(client, body_of(), {})
            await knock(client, b"{")
            await knock(client, body_of(said("old", at=NOW - timedelta(days=15))))
        assert counts.seen == ["accepted 2", "signature", "unreadable", "stale 1"]

    @pytest.mark.parametrize(
        ("body", "told"),
        [
            (b"[]", ["malformed 1"]),
            (b'{"destination": "U0"}', ["malformed 1"]),
            (b'{"destination": "U0", "events": null}', ["malformed 1"]),
            (b'{"destination": "U0", "events": [null, 5, {"timestamp": 1}]}', ["malformed 3"]),
            (body_of(), []),
        ],
    )
    async def test_no_8_and_9_what_was_no_event_is_200_and_an_alarm(
        self, database: Database, bell: Bell, body: bytes, told: list[str]
    ):
        counts = Counts()
        async with client_of(app_for(database, bell, watch=counts)) as client:
            with capture_logs():
                assert (await knock(client, body)).status_code == 200
        assert counts.seen == told


class TestReplay:
    async def test_no_57_a_recording_of_last_month_is_200_and_not_stored_again(self, door, database: Database):
        """The id of its first delivery is forgotten by then; its signature is as good as ever."""
        with capture_logs() as logs:
            answer = await knock(door, body_of(said("x", at=NOW - timedelta(days=31)), said("y")))
        assert answer.status_code == 200
        assert await stored(database) == 1
        assert logs[0] == {"event": "webhook.stale", "log_level": "warning", "events": 1}


class TestManyAtOnce:
    async def test_two_hundred_requests_at_once_are_each_stored_once_before_their_200(
        self, database: Database, database_url: str, bell: Bell
    ):
        bodies = [body_of(said("こんにちは", user=f"U{n}", webhookEventId=f"e{n}")) for n in range(100)]
        async with client_of(app_for(database, bell)) as client:
            answers = await asyncio.gather(*(knock(client, body) for body in bodies * 2))
        assert {answer.status_code for answer in answers} == {200}
        with psycopg.connect(database_url) as connection:
            rows = connection.execute("SELECT event_id FROM inbound").fetchall()
        assert sorted(rows) == sorted((f"e{n}",) for n in range(100))

    async def test_the_points_of_the_door_are_passed_in_order(self, database: Database, bell: Bell):
        passed: list[str] = []

        async def note(point: str) -> None:
            passed.append(point)

        async with client_of(app_for(database, bell, sync=note)) as client:
            await knock(client, body_of(said("x")))
        assert passed == ["after-receive", "before-flush", "before-accept-commit", "after-accept-commit"]


@contextlib.asynccontextmanager
async def _with_outage(
    database: Database, bell: Bell, city: City, line: LineStub, **options: Any
) -> AsyncIterator[httpx2.AsyncClient]:
    replies = LineReplies(access_token="token", api_base=line.url)
    outage = Outage(DangerWatch(city), replies, now=lambda: NOW, told=lambda _: None)
    async with client_of(app_for(database, bell, outage=outage, **options)) as client:
        yield client
    await outage.close()


async def _until_stored(database: Database, count: int) -> None:
    async with asyncio.timeout(10):
        while await stored(database) != count:  # noqa: ASYNC110 - the database sets no event
            await asyncio.sleep(0.02)
