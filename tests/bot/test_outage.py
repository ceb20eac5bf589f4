import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot import outage as outages
from bot.outage import LineReplies, Outage
from bot.reader import Incoming, read
from bot.texts import text, words
from dialogs import answers
from dialogs.book import load_book
from routing.directory import City
from routing.watch import DangerWatch
from tests.bot.line_limits import check
from tests.bot.line_stub import LineStub
from tests.bot.talking import NOW, event, said, tapped, until
from tests.bot.test_webhook import body_of

BEATEN = "いま なぐられている"
TIRED = "もう死にたい"


def incoming(*events: dict[str, Any]) -> tuple[Incoming, ...]:
    return read(body_of(*events), NOW).events


@dataclass
class Desk:
    """An outage that answers through a stub of LINE, and what came of it."""

    outage: Outage
    line: LineStub
    outcomes: list[str] = field(default_factory=list)

    async def hears(self, *events: dict[str, Any]) -> None:
        self.outage.answer(incoming(*events))
        with capture_logs():
            await until(lambda: not self.outage._tasks)

    @property
    def words(self) -> str:
        return str([call["messages"] for call in self.line.calls])


@pytest.fixture(scope="module")
def watch(city: City) -> DangerWatch:
    return DangerWatch(city)


@pytest.fixture
async def desk(watch: DangerWatch, line: LineStub) -> AsyncIterator[Desk]:
    outcomes: list[str] = []
    replies = LineReplies(access_token="token", api_base=line.url)
    outage = Outage(watch, replies, now=lambda: NOW, told=outcomes.append)
    yield Desk(outage, line, outcomes)
    await outage.close()


class TestAnswered:
    async def test_danger_now_gets_the_numbers_first_and_an_honest_sentence(self, desk: Desk):
        await desk.hears(said(BEATEN))
        [call] = desk.line.calls
        assert (call["road"], desk.outcomes) == ("reply", ["sent"])
        assert "tel:110" in desk.words
        assert text("outage_now") in desk.words
        assert "届いていないかもしれません" in desk.words
        check(call["messages"])

    async def test_a_wish_to_die_gets_the_lines_for_it(self, desk: Desk):
        await desk.hears(said(TIRED))
        assert desk.outcomes == ["sent"]
        assert "tel:" in desk.words

    async def test_several_people_of_one_webhook_are_each_answered(self, desk: Desk):
        await desk.hears(said(BEATEN), said("こんにちは"), said(BEATEN, user="U" + "3" * 32))
        assert len({call["replyToken"] for call in desk.line.calls}) == 2

    async def test_the_same_event_is_never_answered_twice(self, desk: Desk):
        once = said(BEATEN)
        await desk.hears(once, once)
        await desk.hears({**once, "deliveryContext": {"isRedelivery": True}})
        assert len(desk.line.calls) == 1

    async def test_a_first_redelivery_with_a_living_token_is_answered(self, desk: Desk):
        await desk.hears(said(BEATEN, at=NOW - timedelta(minutes=5), deliveryContext={"isRedelivery": True}))
        assert desk.outcomes == ["sent"]


class TestLines:
    """Whoever looks for a number gets the list of the menu, whether or not anything dangerous was said."""

    @pytest.mark.parametrize(
        "asked",
        [
            tapped("menu:lines"),
            *(said(word) for word in ("緊急の電話", "緊急", "きんきゅう", "救急車", "110", "１１９", "いのちの電話")),
            said("　緊急の電話！"),
            said("電話番号"),
        ],
    )
    async def test_whoever_asks_for_numbers_gets_the_list_of_the_menu(
        self, desk: Desk, watch: DangerWatch, asked: dict[str, Any]
    ):
        await desk.hears(asked)
        [call] = desk.line.calls
        assert (call["road"], desk.outcomes) == ("reply", ["sent"])
        assert all(f"tel:{line.dial}" in desk.words for line in watch.menu_lines(NOW))
        assert text("outage_lines") in desk.words
        assert "届いていないかもしれません" in desk.words
        check(call["messages"])

    def test_all_the_menu_s_own_words_are_known(self):
        assert {answers.plain(word) for word in load_book().texts.words("menu.lines")} <= {
            answers.plain(word) for word in words("outage_asks")
        }

    async def test_danger_in_the_words_comes_before_the_list(self, desk: Desk):
        await desk.hears(said(BEATEN), tapped("menu:lines"))
        assert text("outage_now") in desk.words
        assert text("outage_lines") in desk.words

    async def test_the_same_tap_is_never_answered_twice(self, desk: Desk):
        once = tapped("menu:lines")
        await desk.hears(once)
        await desk.hears({**once, "deliveryContext": {"isRedelivery": True}})
        assert len(desk.line.calls) == 1

    @pytest.mark.parametrize(
        "other",
        [
            tapped("menu:notice"),
            tapped("menu:lines:x"),
            tapped("k1:s:n:yes"),
            event("postback", postback={"data": ["menu:lines"]}),
            event("postback", postback="menu:lines"),
            tapped("menu:lines", mode="standby"),
            tapped("menu:lines", replyToken=...),
            tapped("menu:lines", source={"type": "group", "groupId": "C1", "userId": "U1"}),
            tapped("menu:lines", at=NOW - timedelta(minutes=21)),
            said("となりの家に救急車が来ていました"),
            said("1"),
        ],
    )
    async def test_other_buttons_and_words_stay_silent(self, desk: Desk, other: dict[str, Any]):
        await desk.hears(other)
        assert (desk.line.calls, desk.outcomes) == ([], [])


class TestSilent:
    @pytest.mark.parametrize(
        "heard",
        [
            said("こんにちは"),
            said("漫画で人が死ぬ場面を見た"),
            said(BEATEN, mode="standby"),
            said(BEATEN, replyToken=...),
            said(BEATEN, replyToken=5),
            said(BEATEN, user=None),
            said(BEATEN, source={"type": "group", "groupId": "C1", "userId": "U1"}),
            said(BEATEN, at=NOW - timedelta(minutes=21)),
            event("message", message={"type": "text", "id": "1", "text": ["なぐられている"]}),
            event("message", message={"type": "sticker", "id": "1", "text": BEATEN}),
            event("follow"),
            tapped(BEATEN),
        ],
    )
    async def test_nobody_else_is_answered(self, desk: Desk, heard: dict[str, Any]):
        await desk.hears(heard)
        assert (desk.line.calls, desk.outcomes) == ([], [])


class TestLine:
    async def test_a_used_token_is_the_end_of_it(self, desk: Desk):
        desk.line.refuse(400, "Invalid reply token")
        await desk.hears(said(BEATEN))
        assert (len(desk.line.calls), desk.outcomes) == (1, ["refused"])

    async def test_no_54_a_refused_card_is_said_in_plain_text(self, desk: Desk):
        desk.line.refuse(400, "The request body has 1 error(s)", "altText")
        await desk.hears(said(BEATEN))
        card, plain = desk.line.calls
        assert card["messages"][0]["type"] == "flex"
        assert plain["messages"][0]["type"] == "text"
        assert "110" in plain["messages"][0]["text"]
        assert desk.outcomes == ["sent"]

    @pytest.mark.parametrize(("status", "outcome"), [(401, "refused"), (429, "refused"), (500, "unclear")])
    async def test_other_answers_are_told(self, desk: Desk, status: int, outcome: str):
        desk.line.answer(status)
        await desk.hears(said(BEATEN))
        assert desk.outcomes == [outcome]

    async def test_no_52_a_connection_cut_after_the_request_is_not_repeated(self, desk: Desk):
        desk.line.cut()
        again = said(BEATEN)
        await desk.hears(again)
        await desk.hears(again)
        assert (len(desk.line.calls), desk.outcomes) == (1, ["unclear"])

    async def test_where_line_is_away_too_the_next_delivery_is_tried(self, watch: DangerWatch, line: LineStub):
        outcomes: list[str] = []
        replies = LineReplies(access_token="token", api_base="http://127.0.0.1:1")
        desk = Desk(Outage(watch, replies, now=lambda: NOW, told=outcomes.append), line, outcomes)
        heard = said(BEATEN)
        await desk.hears(heard)
        await desk.hears(heard)
        assert outcomes == ["not_reached", "not_reached"]
        await desk.outage.close()

    async def test_a_slow_line_is_given_up(self, desk: Desk):
        desk.line.hang(2.0)
        desk.outage._replies._client.timeout = 0.05
        await desk.hears(said(BEATEN))
        assert desk.outcomes == ["unclear"]


class Broken:
    """A way to LINE with a fault that nobody thought of."""

    async def send(self, token: str, _messages: Any) -> Any:
        raise RuntimeError(token)

    async def close(self) -> None:
        """Nothing is open."""


class Slow:
    """A way to LINE that answers when it is told to, and counts who is on it."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.under_way = 0
        self.sent: list[str] = []

    async def send(self, token: str, _messages: Any) -> Any:
        self.under_way += 1
        await self.go.wait()
        self.sent.append(token)
        return "sent"

    async def close(self) -> None:
        """Nothing is open."""


class TestBounds:
    async def test_a_fault_of_ours_is_told_and_raises_nothing(self, watch: DangerWatch):
        outcomes: list[str] = []
        outage = Outage(watch, Broken(), now=lambda: NOW, told=outcomes.append)
        outage.answer(incoming(said(BEATEN)))
        with capture_logs() as logs:
            await outage.close()
        assert outcomes == ["failed"]
        assert "なぐ" not in str([{**entry, "exc_info": None} for entry in logs])

    async def test_a_flood_calls_line_a_few_times_at_once_and_fills_no_memory(self, watch: DangerWatch, monkeypatch):
        monkeypatch.setattr(outages, "MOST_WAITING", 20)
        outcomes: list[str] = []
        replies = Slow()
        outage = Outage(watch, replies, now=lambda: NOW, told=outcomes.append)
        outage.answer(incoming(*(said(BEATEN) for _ in range(30))))
        await until(lambda: replies.under_way == outages.AT_ONCE)
        assert outcomes == ["too_many"] * 10
        replies.go.set()
        with capture_logs():
            await outage.close()
        assert len(replies.sent) == 20

    async def test_only_so_many_ids_are_remembered(self, watch: DangerWatch, monkeypatch):
        monkeypatch.setattr(outages, "REMEMBERED", 3)
        replies = Slow()
        replies.go.set()
        outage = Outage(watch, replies, now=lambda: NOW, told=lambda _: None)
        outage.answer(incoming(*(said(BEATEN) for _ in range(10))))
        assert len(outage._answered) == 3
        with capture_logs():
            await outage.close()
