"""The stream: a report that comes in is heard, a session that ended hears so, and nothing of a case is in it."""

import asyncio
import json

import pytest

from admin.inbox import arrivals as stream
from admin.inbox.arrivals import arrivals
from cases import staff
from cases.staff import sessions


@pytest.fixture
async def token(database, people, clock):
    async with database.transaction() as uow:
        return await sessions.create(uow, people.triage.staff_id, clock())


@pytest.fixture
async def told(app, token):
    events = arrivals(app.state.desk, token)
    assert await anext(events) == b"retry: 3000\n\n"
    yield events
    await events.aclose()


async def _next(events):
    async with asyncio.timeout(5):
        return await anext(events)


def _open(event):
    kind, data, *_ = event.decode().split("\n")
    assert kind == "event: inbox"
    return json.loads(data.removeprefix("data: "))


async def test_a_new_report_is_heard_at_once(told, report, calls):
    assert _open(await _next(told)) == {"open": 0}
    waiting = asyncio.create_task(_next(told))
    await report(free_text="ひみつの話")
    await asyncio.sleep(0.05)
    await calls.wake("inbox")
    event = await waiting
    assert _open(event) == {"open": 1}
    assert "ひみつ" not in event.decode()


async def test_without_any_call_the_stream_looks_for_itself(told, report, monkeypatch):
    monkeypatch.setattr(stream, "LOOK_SECONDS", 0.05)
    await _next(told)
    await report()
    assert _open(await _next(told)) == {"open": 1}
    assert await _next(told) == b": ping\n\n"


async def test_a_change_that_moves_no_count_is_told_when_called(told, calls):
    await _next(told)
    waiting = asyncio.create_task(_next(told))
    await asyncio.sleep(0.05)
    await calls.wake("inbox")
    assert _open(await waiting) == {"open": 0}


async def test_a_session_that_ended_hears_it_and_nothing_more(told, database, calls, token):
    await _next(told)
    async with database.transaction() as uow:
        await sessions.revoke(uow, token)
    waiting = asyncio.create_task(_next(told))
    await asyncio.sleep(0.05)
    await calls.wake("inbox")
    assert (await waiting).startswith(b"event: ended")
    with pytest.raises(StopAsyncIteration):
        await anext(told)


async def test_a_closed_account_stops_hearing(told, database, people, clock, monkeypatch):
    monkeypatch.setattr(stream, "LOOK_SECONDS", 0.05)
    await _next(told)
    async with database.transaction() as uow:
        await staff.deactivate(uow, people.administrator, people.triage.staff_id, clock())
    assert (await _next(told)).startswith(b"event: ended")


async def test_listening_is_not_working(app, told, clock, monkeypatch):
    monkeypatch.setattr(stream, "LOOK_SECONDS", 0.05)
    await _next(told)
    clock.advance(minutes=20)
    await _next(told)
    clock.advance(minutes=11)
    assert (await _next(told)).startswith(b"event: ended")


async def test_a_stream_ends_after_its_rounds(told, monkeypatch):
    monkeypatch.setattr(stream, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(stream, "ROUNDS", 3)
    assert len([event async for event in told]) == 3


async def test_the_stream_over_http_is_closed_to_caches(app, triage):
    """Driven by hand: the client of the other tests waits for an answer's end, and a stream has none."""
    sent: asyncio.Queue[dict] = asyncio.Queue()
    cookie = f"kizuki={triage.cookies['kizuki']}".encode()
    scope = {
        "type": "http", "method": "GET", "path": "/inbox/events", "raw_path": b"/inbox/events", "query_string": b"",
        "headers": [(b"host", b"inbox.example.jp"), (b"cookie", cookie)], "scheme": "http", "root_path": "",
        "server": ("inbox.example.jp", 80), "client": ("127.0.0.1", 1), "http_version": "1.1", "state": {},
        "asgi": {"version": "3.0", "spec_version": "2.3"},
    }  # fmt: skip
    gone = asyncio.Event()

    async def receive():
        await gone.wait()
        return {"type": "http.disconnect"}

    serving = asyncio.create_task(app(scope, receive, sent.put))
    async with asyncio.timeout(5):
        start = await sent.get()
        body = [(await sent.get())["body"] for _ in range(2)]
        gone.set()
        await serving
    headers = dict(start["headers"])
    assert headers[b"content-type"].startswith(b"text/event-stream")
    assert headers[b"cache-control"] == b"no-store, private"
    assert body[1].startswith(b"event: inbox")
