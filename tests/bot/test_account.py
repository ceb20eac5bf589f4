"""What the workers ask LINE about the account, against a LINE that answers as told."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.account import EVERY, LOADING_A_SECOND, Account, Loading
from bot.events import REPLY_ONLY
from cases import channel, outbox, people
from cases.channel import FIRST_PAUSE, Channel
from cases.db import Database
from cases.figures import figures
from tests.bot.talking import NOW, USER, Bell, until

HELLO = {"type": "text", "text": "こんにちは"}


@dataclass
class Line:
    """LINE's endpoints about the account; `status` tells of those that do not answer 200."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    status: dict[str, int] = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=lambda: {"userId": "U0", "basicId": "@k", "chatMode": "bot"})
    quota: dict[str, Any] = field(default_factory=lambda: {"type": "limited", "value": 200})
    used: int = 12

    async def answer(self, request: web.Request) -> web.Response:
        name = request.path.rpartition("/")[2]
        self.asked.append(name)
        if request.method == "POST":
            self.bodies.append(await request.json())
        await asyncio.sleep(0)
        given = {"info": self.info, "quota": self.quota, "consumption": {"totalUsage": self.used}, "start": {}}
        return web.json_response(given[name], status=self.status.get(name, 202 if name == "start" else 200))


@pytest.fixture
async def account_line() -> AsyncIterator[Line]:
    line = Line()
    app = web.Application()
    for path in ("/v2/bot/info", "/v2/bot/message/quota", "/v2/bot/message/quota/consumption"):
        app.router.add_get(path, line.answer)
    app.router.add_post("/v2/bot/chat/loading/start", line.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    line.url = f"http://{host}:{port}"
    yield line
    await runner.cleanup()


class Watch:
    """Accounts of several workers over one record, and the time."""

    def __init__(self, database: Database, line: Line, bell: Bell) -> None:
        self.database, self.line, self.bell, self.now = database, line, bell, NOW
        self.one, self.other = self._account(), self._account()

    def _account(self, token: str = "token") -> Account:
        return Account(self.database, self.bell, access_token=token, api_base=self.line.url, now=lambda: self.now)

    async def known(self) -> Channel:
        async with self.database.reading() as reader:
            return await channel.read(reader)

    async def hold_one(self) -> None:
        """A push for which the month had no room."""
        async with self.database.transaction() as uow:
            person = await people.lock(uow, USER, self.now)
            await outbox.put(uow, person.id, [HELLO], now=self.now)
        async with self.database.transaction() as uow:
            [row] = await outbox.claim(uow, self.now, 1)
            await outbox.hold(uow, row, "push monthly_limit 429")
            await channel.note_used_up(uow, self.now)

    async def waiting(self) -> tuple[int, int]:
        async with self.database.reading() as reader:
            found = await figures(reader, self.now)
            return found.waiting, found.held


@pytest.fixture
def watch(database: Database, account_line: Line, bell: Bell) -> Watch:
    return Watch(database, account_line, bell)


class TestReading:
    async def test_what_line_says_is_noted(self, watch: Watch):
        assert await watch.one.look()
        assert await watch.known() == Channel(
            channel.mark_of("token"), bot_user_id="U0", chat_mode="bot", quota=200, used=12, quota_read_at=NOW
        )
        assert watch.bell.rung == [], "no news for anybody"

    @pytest.mark.parametrize("mode", ["bot", "chat"])
    async def test_a_chat_that_is_on_is_a_warning(self, watch: Watch, mode: str):
        watch.line.info = watch.line.info | {"chatMode": mode}
        with capture_logs() as logs:
            await watch.one.look()
        warned = [entry["event"] for entry in logs if entry["log_level"] == "warning"]
        assert warned == ["account.chat_on"] * (mode == "chat")

    async def test_without_a_limit_there_is_none(self, watch: Watch):
        watch.line.quota = {"type": "none"}
        await watch.one.look()
        known = await watch.known()
        assert (known.quota, known.used) == (None, 12)

    async def test_it_is_asked_once_in_a_quarter_of_an_hour(self, watch: Watch):
        asked = []
        for minute in range(31):
            watch.now = NOW + timedelta(minutes=minute)
            if await watch.one.look() or await watch.other.look():
                asked.append(minute)
        assert asked == [0, 15, 30]

    async def test_of_workers_that_start_together_one_asks(self, watch: Watch):
        assert sorted(await asyncio.gather(watch.one.look(), watch.other.look())) == [False, True]
        assert watch.line.asked == ["info", "quota", "consumption"]

    async def test_a_worker_that_starts_asks_though_another_one_asked_some_minutes_ago(self, watch: Watch):
        await watch.one.look()
        watch.now += timedelta(minutes=1)
        stop = asyncio.Event()
        running = asyncio.create_task(watch.other.run(stop))
        await until(lambda: len(watch.line.asked) == 6)
        stop.set()
        await asyncio.wait_for(running, 5)

    @pytest.mark.parametrize("status", [404, 429, 500])
    async def test_what_line_does_not_say_is_asked_at_the_next_look(self, watch: Watch, status: int):
        watch.line.status = {"quota": status}
        assert await watch.one.look()
        known = await watch.known()
        assert (known.bot_user_id, known.quota_read_at) == ("U0", None)
        watch.line.status = {}
        assert await watch.one.look()
        assert (await watch.known()).quota == 200


class TestToken:
    async def test_no_56_a_refused_token_is_noted_and_told_and_line_left_alone(self, watch: Watch):
        watch.line.status = {"info": 401}
        await watch.one.look()
        assert (await watch.known()).refused_since == NOW
        assert "inbox" in watch.bell.rung
        assert not await watch.one.look()
        watch.now += FIRST_PAUSE
        assert await watch.one.look()
        assert not await watch.other.look()
        assert watch.line.asked == ["info", "info"]

    async def test_no_56_once_line_takes_it_again_the_senders_may_go_on(self, watch: Watch):
        watch.line.status = {"info": 401}
        await watch.one.look()
        watch.line.status, watch.bell.rung = {}, []
        watch.now += FIRST_PAUSE
        await watch.other.look()
        assert (await watch.known()).refused_since is None
        assert watch.bell.rung == ["inbox", "outbox"]


class TestAnotherAccount:
    """The city moved to another channel: its token is another one, and so may be its bot."""

    async def test_what_was_known_is_forgotten_before_line_is_asked(self, watch: Watch):
        await watch.one.look()
        watch.line.status = {"info": 500}
        await watch._account("new").look()
        known = await watch.known()
        assert (known.token_mark, known.bot_user_id, known.chat_mode) == (channel.mark_of("new"), None, None)

    async def test_line_is_asked_at_once_though_the_old_account_was_asked_just_now(self, watch: Watch):
        await watch.one.look()
        watch.line.info = {**watch.line.info, "userId": "U-new"}
        assert await watch._account("new").look()
        assert (await watch.known()).bot_user_id == "U-new"

    async def test_it_is_asked_at_once_though_the_old_token_was_refused(self, watch: Watch):
        watch.line.status = {"info": 401}
        await watch.one.look()
        watch.line.status = {}
        assert await watch._account("new").look()
        assert (await watch.known()).refused_since is None

    async def test_what_a_worker_with_the_old_token_hears_last_is_not_noted_as_ours(self, watch: Watch):
        new, asked = watch._account("new"), watch.one._asked

        async def overtaken() -> Any:
            heard = await asked()
            async with watch.database.transaction() as uow:
                await channel.note_token(uow, new._mark)
            return heard

        watch.one._asked = overtaken  # type: ignore[method-assign]
        await watch.one.look()
        assert (await watch.known()).bot_user_id is None
        assert await new.look()
        assert (await watch.known()).bot_user_id == "U0"


class TestMonth:
    async def test_no_55_a_month_that_is_used_up_is_told_and_what_is_held_stays(self, watch: Watch):
        watch.line.used = 200
        await watch.hold_one()
        await watch.one.look()
        assert (await watch.known()).used_up_since == NOW
        assert await watch.waiting() == (0, 1)

    async def test_no_55_when_there_is_room_again_what_is_held_goes_out(self, watch: Watch):
        await watch.hold_one()
        watch.line.used = 0
        await watch.one.look()
        assert (await watch.known()).used_up_since is None
        assert await watch.waiting() == (1, 0)
        assert watch.bell.rung == ["inbox", "outbox"]

    async def test_pushes_that_line_counts_late_are_held_and_tried_with_the_next_reading(self, watch: Watch):
        for _ in range(2):
            await watch.hold_one()
            await watch.one.look()
            assert await watch.waiting() == (1, 0)
            async with watch.database.transaction() as uow:
                await outbox.cancel(uow, (await people.lock(uow, USER, NOW)).id, NOW)
            watch.now += EVERY


class TestLoading:
    @pytest.fixture
    async def loading(self, account_line: Line) -> AsyncIterator[Loading]:
        self.clock = 100.0
        made = Loading(access_token="token", api_base=account_line.url, clock=lambda: self.clock)
        yield made
        await made.aclose()

    async def test_the_dots_are_asked_for_and_nobody_waits(self, loading: Loading, account_line: Line):
        await loading.show(USER)
        assert account_line.asked == []
        await until(lambda: account_line.bodies)
        [body] = account_line.bodies
        assert body["chatId"] == USER
        assert body["loadingSeconds"] % 5 == 0
        assert 5 <= body["loadingSeconds"] <= 60

    @pytest.mark.parametrize("whom", ["", REPLY_ONLY + "C1", "C" + "1" * 32, "Uother"])
    async def test_groups_and_strangers_see_none(self, loading: Loading, account_line: Line, whom: str):
        await loading.show(whom)
        await loading.show(USER)
        await until(lambda: account_line.bodies)
        assert [body["chatId"] for body in account_line.bodies] == [USER]

    async def test_no_more_than_line_takes_in_a_second(self, loading: Loading, account_line: Line):
        for _ in range(LOADING_A_SECOND + 5):
            await loading.show(USER)
        await until(lambda: len(account_line.bodies) == LOADING_A_SECOND)
        self.clock += 1
        await loading.show(USER)
        await until(lambda: len(account_line.bodies) == LOADING_A_SECOND + 1)

    @pytest.mark.parametrize("status", [401, 429, 500])
    async def test_when_line_refuses_there_are_none_for_a_while(
        self, loading: Loading, account_line: Line, status: int
    ):
        account_line.status = {"start": status}
        await loading.show(USER)
        await until(lambda: account_line.bodies and not loading._shown)
        await loading.show(USER)
        assert not loading._shown
        self.clock += 120
        await loading.show(USER)
        await until(lambda: len(account_line.bodies) == 2)

    async def test_without_a_connection_nothing_is_raised(self):
        nowhere = Loading(access_token="token", api_base="http://127.0.0.1:1")
        await nowhere.show(USER)
        await until(lambda: not nowhere._shown)
        await nowhere.aclose()
