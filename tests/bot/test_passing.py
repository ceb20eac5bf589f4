import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from sqlalchemy import select
from structlog.testing import capture_logs

from bot import passing
from bot.events import Filled, Invited, Left, Meaning, Nameless, Nothing, meaning
from bot.passing import GIVE_UP_AFTER, Ours, Passer, entry_words, is_ours
from bot.step import Passes
from bot.worker import Worker
from cases import channel, passed_on
from cases.db import Database
from cases.inbound import Claimed
from cases.passed_on import PassedOnRow
from dialogs.book import load_book
from dialogs.engine import Engine
from dialogs.events import Followed, FormDone, Located, Said, SentOther, Tapped, Unsent
from dialogs.state import Entry, State
from routing.directory import City
from routing.router import Router
from tests.bot.talking import NOW, USER, Bell, Talk, event, said, tapped, unsent, until

SECRET = "a secret between two programs"
BOT = "U" + "b" * 32
WORDS = entry_words(load_book().texts)
FRESH = State()
ASKED = State(session="s", step="where", touched=NOW)


def claimed(at: datetime = NOW) -> Claimed:
    return Claimed(uuid4(), "e", USER, "message.text", at, at, {}, 0)


def ours(asked: Meaning, state: State = FRESH, *, at: datetime = NOW) -> bool:
    return is_ours(claimed(at), asked, state, words=WORDS, is_danger=lambda text: "死にたい" in text)


@pytest.mark.parametrize("data", ["k1:s:n:yes", "menu:notice", "menu:home"])
def test_our_buttons_are_ours(data: str) -> None:
    assert ours(Tapped(data))


@pytest.mark.parametrize("state", [FRESH, ASKED])
@pytest.mark.parametrize("data", ["", "action=garbage&day=1", "{}", "K1:s"])
def test_a_button_of_the_other_program_is_its_own_even_in_our_talk(data: str, state: State) -> None:
    assert not ours(Tapped(data), state)


@pytest.mark.parametrize(
    "text", ["気になる人がいる", "　メニュー！", "緊急の電話", "使い方", "相談したい", "ﾒﾆｭｰ", "つづきから"]
)
def test_words_that_name_an_entry_of_ours_are_ours(text: str) -> None:
    assert ours(Said(text))


@pytest.mark.parametrize("text", ["ごみの日", "気になる人がいるので市役所の地図を見せて", "", "1", "相談所はどこ"])
def test_other_words_are_the_other_program_s(text: str) -> None:
    assert not ours(Said(text))


def test_danger_is_always_ours() -> None:
    assert ours(Said("もう死にたい"))


@pytest.mark.parametrize(
    "state",
    [
        ASKED,
        State(session="s", entries=(Entry("story", "となりの人"),), aside="begin", touched=NOW),
        State(session="s", calm=True, touched=NOW),
        replace(ASKED, aside="stop"),
    ],
)
@pytest.mark.parametrize("asked", [Said("となりの人"), SentOther("sticker"), Located(36.6, 138.2, "")])
def test_while_a_question_of_ours_stands_everything_said_is_ours(state: State, asked: Meaning) -> None:
    assert ours(asked, state)


def test_a_talk_that_was_put_aside_or_has_run_out_asks_nothing() -> None:
    assert not ours(Said("ごみの日"), replace(ASKED, aside="later"))
    assert not ours(Said("ごみの日"), ASKED, at=NOW + timedelta(hours=25))
    assert not ours(SentOther("sticker"))


def test_a_number_answers_our_first_screen_for_some_minutes() -> None:
    home = State(session="s", touched=NOW)
    assert ours(Said("１"), home, at=NOW + timedelta(minutes=9))
    assert not ours(Said("1"), home, at=NOW + timedelta(minutes=11))
    assert not ours(Said("9"), home)


@pytest.mark.parametrize("asked", [Followed(), Left(), Unsent("m"), Invited(), Nameless(), Nothing()])
def test_coming_leaving_and_groups_are_passed_on(asked: Meaning) -> None:
    assert not ours(asked, ASKED)


@pytest.mark.parametrize("asked", [Filled(uuid4()), FormDone()])
def test_the_secure_form_is_ours_alone(asked: Meaning) -> None:
    assert ours(asked)


@dataclass
class Other:
    """The other program: keeps what came, answers as told."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    before: Callable[[], Any] | None = None

    async def hook(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.read())
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        if self.before is not None:
            await self.before()
        status = self.statuses.pop(0) if self.statuses else 200
        headers = {"location": f"{self.url}/elsewhere"} if status == 302 else {}
        return web.Response(status=status, headers=headers, text="x" * 1_000_000 if status == 500 else "")

    @property
    def events(self) -> list[dict[str, Any]]:
        return [one for body in self.bodies for one in json.loads(body)["events"]]


@pytest.fixture
async def other() -> AsyncIterator[Other]:
    program = Other()
    app = web.Application()
    app.router.add_post("/hook", program.hook)
    app.router.add_route("*", "/hook/elsewhere", program.hook)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    program.url = f"http://{host}:{port}/hook"
    yield program
    await runner.cleanup()


@pytest.fixture
def passer(database: Database, bell: Bell, other: Other) -> Passer:
    return Passer(database, bell, other.url, f"{SECRET}, an older one", lambda: NOW)


async def put(database: Database, payload: dict[str, Any]) -> None:
    async with database.transaction() as uow:
        await channel.note_bot(uow, BOT, "bot")
        await passed_on.put(uow, payload, NOW)


async def row(database: Database) -> PassedOnRow:
    async with database.reading() as reader:
        found = await reader.session.scalar(select(PassedOnRow))
        assert found is not None
        return found


async def test_the_other_program_gets_what_line_sent_signed_with_its_own_secret(
    database: Database, passer: Passer, other: Other
) -> None:
    sent = said("ごみの日は𠮷？")
    await put(database, sent)
    assert await passer.step(NOW)
    assert json.loads(other.bodies[0]) == {"destination": BOT, "events": [sent]}
    signed = base64.b64encode(hmac.digest(SECRET.encode(), other.bodies[0], hashlib.sha256)).decode()
    assert other.headers[0]["x-line-signature"] == signed
    assert other.headers[0]["content-type"].startswith("application/json")
    assert ((await row(database)).state, (await row(database)).event) == ("passed", None)
    assert not await passer.step(NOW)


@pytest.mark.parametrize("status", [500, 400, 302])
async def test_what_is_not_taken_is_brought_again_as_a_redelivery(
    database: Database, passer: Passer, other: Other, status: int
) -> None:
    """A redirect is not followed: only the address that was set is ever called."""
    other.statuses = [status]
    await put(database, said("ごみの日"))
    assert await passer.step(NOW)
    assert not await passer.step(NOW)
    assert await passer.step(NOW + timedelta(seconds=1))
    assert [one["deliveryContext"]["isRedelivery"] for one in other.events] == [False, True]
    assert (await row(database)).state == "passed"
    assert len(other.bodies) == 2


async def test_after_ten_minutes_it_is_given_up_and_what_was_said_is_gone(
    database: Database, passer: Passer, other: Other
) -> None:
    other.statuses = [500] * 100
    await put(database, said("ごみの日"))
    at = NOW
    while (await row(database)).state == "waiting":
        await passer.step(at)
        at += timedelta(seconds=30)
    assert at - NOW >= GIVE_UP_AFTER
    assert ((await row(database)).state, (await row(database)).event) == ("given_up", None)
    assert len(other.bodies) < 25


async def test_what_is_too_old_is_given_up_without_another_call(
    database: Database, passer: Passer, other: Other
) -> None:
    for number in range(20):
        await put(database, said(f"質問{number}"))
    with capture_logs() as logs:
        assert not await passer.step(NOW + GIVE_UP_AFTER)
    assert other.bodies == []
    assert [(entry["event"], entry["rows"]) for entry in logs] == [("passing.given_up", 20)]
    assert (await row(database)).event is None


async def test_a_program_that_answers_late_or_is_away_does_not_hold_us(
    database: Database, passer: Passer, other: Other, bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passing, "SECONDS", 0.2)

    async def slowly() -> None:
        await asyncio.sleep(1)

    other.before = slowly
    await put(database, said("ごみの日"))
    assert await passer.step(NOW)
    assert (await row(database)).state == "waiting"
    away = Passer(database, bell, "http://127.0.0.1:9/", SECRET, lambda: NOW)
    assert await away.step(NOW + timedelta(minutes=1))
    assert (await row(database)).attempts == 2


async def test_a_ring_sends_at_once_and_several_workers_send_each_event_once(
    database: Database, bell: Bell, other: Other
) -> None:
    stop = asyncio.Event()
    workers = [Passer(database, bell, other.url, SECRET, lambda: NOW) for _ in range(2)]
    async with asyncio.TaskGroup() as group:
        for worker in workers:
            group.create_task(worker.run(stop))
        events = [said(f"質問{number}") for number in range(20)]
        for sent in events:
            await put(database, sent)
        await bell.wake("passing")
        await until(lambda: len(other.bodies) >= 20)
        stop.set()
        await bell.wake("passing")
    ids = sorted(one["webhookEventId"] for one in other.events)
    assert ids == sorted(sent["webhookEventId"] for sent in events)


@pytest.fixture
def sharing(database: Database, engine: Engine, router: Router, city: City, bell: Bell) -> Talk:
    """A talk on an account that is shared with another program."""
    found = Ours(WORDS, lambda text: router.danger(text) is not None)
    passes = Passes(found, passed_on.put)
    return Talk(database, Worker(database, engine, router, city, bell, passes=passes), bell)


async def waiting(database: Database) -> list[str]:
    async with database.transaction() as uow:
        events = []
        while (taken := await passed_on.claim(uow, NOW + timedelta(hours=1))) is not None:
            events.append(taken.event)
    return [one.get("message", {}).get("text") or one.get("postback", {}).get("data") or one["type"] for one in events]


async def test_on_a_shared_account_we_answer_what_is_ours_and_pass_on_the_rest(
    sharing: Talk, database: Database
) -> None:
    assert await sharing.do(said("ごみの日")) == []
    assert await sharing.do(event("follow")) == []
    assert await sharing.do(tapped("day=monday")) == []
    assert await sharing.do(said("気になる人がいる"))
    assert await sharing.do(said("となりの人です"))
    assert await sharing.do(tapped("day=monday")) == []
    assert await sharing.do(event("unfollow", replyToken=...)) == []
    assert await waiting(database) == ["ごみの日", "follow", "day=monday", "day=monday", "unfollow"]


async def test_what_was_taken_back_does_not_reach_the_other_program_any_more(sharing: Talk, database: Database) -> None:
    await sharing.do(said("ごみの日", message="m1"))
    await sharing.do(said("べつの質問", message="m2"))
    await sharing.do(unsent("m1"))
    assert await waiting(database) == ["べつの質問", "unsend"]


async def test_on_a_shared_account_danger_is_answered_by_us(sharing: Talk, database: Database) -> None:
    [answer] = await sharing.do(said("死にたい"))
    assert "119" in answer.words
    assert await waiting(database) == []


async def test_an_event_without_id_and_delivery_context_can_be_passed_on(
    database: Database, passer: Passer, other: Other
) -> None:
    """A program in front of us may have lost them."""
    bare = said("ごみの日", webhookEventId=..., deliveryContext=...)
    other.statuses = [500]
    await put(database, bare)
    await passer.step(NOW)
    await passer.step(NOW + timedelta(minutes=1))
    assert other.events[0] == bare
    assert other.events[1]["deliveryContext"] == {"isRedelivery": True}


def test_what_a_location_or_sticker_means_is_asked_of_the_same_reader() -> None:
    sticker = Claimed(uuid4(), "e", USER, "message.sticker", NOW, NOW, event("message", message={"type": "sticker"}), 0)
    assert ours(meaning(sticker), ASKED)
    assert not ours(meaning(sticker))
