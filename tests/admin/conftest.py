"""The staff door as its users meet it: real database, real sessions, a browser that sends what browsers send."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import httpx2
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from admin.app import build
from admin.desk import Desk
from admin.signin.passwords import Passwords
from admin.visit import Visit
from cases import agencies, schema, staff
from cases.actors import Actor, Role
from cases.db import Database
from cases.referrals import service
from cases.referrals.sheets import (
    ConcernRecord,
    Consent,
    HandoffSheet,
    HistoryEntry,
    NewReferral,
    Noticed,
    ReferralSheet,
    Subject,
    SuggestionRecord,
)
from cases.referrals.status import HandoffStatus, Priority, Status
from routing.directory import Agency, Checked, City, District, Hotline, Hours, Span

START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # Tuesday, 10:00 in Nagano
PASSWORD = "made-up-password"
assert schema.metadata.tables  # every table must be known before the first flush
OURS = {"Sec-Fetch-Site": "same-origin"}

EIGHT_TO_FIVE = Hours(spans=(Span(frozenset(range(5)), 8 * 60 + 30, 17 * 60 + 15),), text="平日 8:30〜17:15")
SEEN = Checked(certainty="uncertain", source="made up")


@dataclass
class Clock:
    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **parts: float) -> None:
        self.at += timedelta(**parts)


@dataclass
class Calls:
    """Calls within this process."""

    called: list[str] = field(default_factory=list)
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    async def wake(self, channel: str) -> None:
        self.called.append(channel)
        bell, self.bell = self.bell, asyncio.Event()
        bell.set()

    async def wait(self, _channel: str, timeout: float) -> bool:  # noqa: ASYNC109 - the protocol's name
        try:
            async with asyncio.timeout(timeout):
                await self.bell.wait()
        except TimeoutError:
            return False
        return True


@dataclass
class Staff:
    """Made-up members of staff; their key is `PASSWORD`."""

    triage: Actor
    administrator: Actor
    agency: Actor
    other_agency: Actor

    def email(self, actor: Actor) -> str:
        return f"{actor.role}-{actor.agency_id or 'city'}@example.jp"


Browser = httpx2.AsyncClient
SignIn = Callable[[Actor], Awaitable[Browser]]
BuildApp = Callable[..., FastAPI]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def city() -> City:
    return made_up_city()


def made_up_city() -> City:
    """Eight districts' worth of nothing: two districts, three agencies and two telephone lines, all made up."""
    return City(
        id="mihon",
        name="みほん市",
        readers="みほん市の職員",
        timezone="Asia/Tokyo",
        districts=(District("kita", "北地区", "きた"), District("minami", "南地区", "みなみ")),
        agencies=(
            Agency(
                "houkatsu", "地域包括支援センター北", ("地域包括支援センター",), "district", SEEN, hours=EIGHT_TO_FIVE
            ),
            Agency("shakyo", "みほん市社会福祉協議会", ("社会福祉協議会",), "city", SEEN, phone="000-000-0001"),
            Agency("maisapo", "まいさぽみほん", ("生活就労支援センター",), "city", SEEN, hours=Hours(always=True)),
            Agency("yorisoi", "よりそうでんわ", ("よりそいホットライン",), "nation", SEEN, phone="000-000-0002"),
            Agency("consumer-188", "消費者ホットライン 188", ("消費生活センター188",), "nation", SEEN, phone="188"),
        ),
        hotlines=(Hotline("yorisoi", "よりそうでんわ", "000-000-0002", "0000000002", ("suicide",), SEEN),),
        bounds=(36.0, 138.0, 37.0, 139.0),
        office_hours=EIGHT_TO_FIVE,
        holidays=frozenset({date(2026, 11, 23)}),
    )


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def build_app(city: City, clock: Clock, calls: Calls, passwords: Passwords) -> BuildApp:
    """Builds the staff application over a record; without one, touching the record fails."""

    def over(database: Database | None, **parts: Any) -> FastAPI:
        given: dict[str, Any] = {"now": clock, "secure_cookies": False, "passwords": passwords}
        return build(cast("Database", database), city, calls, **given | parts)

    return over


@pytest.fixture
def app(database: Database, build_app: BuildApp) -> FastAPI:
    return build_app(database)


@pytest.fixture
def desk(build_app: BuildApp) -> Desk:
    """A desk for pages that are only written: touching its record would fail."""
    desk: Desk = build_app(None).state.desk
    return desk


@pytest.fixture
def city_visit() -> Visit:
    return Visit(Actor(uuid4(), Role.TRIAGE, None, "受付 花子"), "token")


@pytest.fixture
def agency_visit() -> Visit:
    return Visit(Actor(uuid4(), Role.AGENCY, "houkatsu", "包括 太郎"), "token", "地域包括支援センター北")


@pytest.fixture
async def people(database: Database, city: City, clock: Clock) -> Staff:
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    async with database.transaction() as uow:
        await agencies.sync(uow, [agencies.AgencyItem(agency.id, agency.name) for agency in city.agencies])

        async def add(role: Role, name: str, agency: str | None = None) -> Actor:
            email = f"{role}-{agency or 'city'}@example.jp"
            staff_id = await staff.add(uow, email, name, role, agency, hashed, clock())
            return Actor(staff_id, role, agency, name)

        return Staff(
            triage=await add(Role.TRIAGE, "受付 花子"),
            administrator=await add(Role.ADMINISTRATOR, "管理 次郎"),
            agency=await add(Role.AGENCY, "包括 太郎", "houkatsu"),
            other_agency=await add(Role.AGENCY, "社協 三郎", "shakyo"),
        )


@pytest.fixture
async def stranger(app: FastAPI) -> AsyncIterator[Browser]:
    """A browser that nobody has signed in with."""
    async with _browser(app) as browser:
        yield browser


@pytest.fixture
async def sign_in(app: FastAPI, people: Staff) -> AsyncIterator[SignIn]:
    """Gives the browser of a member of staff."""
    opened: list[Browser] = []

    async def browser_of(actor: Actor) -> Browser:
        browser = _browser(app)
        opened.append(browser)
        answer = await browser.post("/signin", data={"email": people.email(actor), "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return browser

    yield browser_of
    for browser in opened:
        await browser.aclose()


@pytest.fixture
async def triage(sign_in: SignIn, people: Staff) -> Browser:
    return await sign_in(people.triage)


@pytest.fixture
async def agency(sign_in: SignIn, people: Staff) -> Browser:
    return await sign_in(people.agency)


@pytest.fixture
def report(database: Database, people: Staff, clock: Clock) -> Callable[..., Awaitable[UUID]]:
    """Puts a report into the record, as a door would."""

    async def submit(**parts: object) -> UUID:
        given: dict[str, object] = {"person_id": None, "receipt": uuid4().hex[:10], "free_text": "新聞がたまっています"}
        async with database.transaction() as uow:
            return await service.submit(uow, NewReferral(**given | parts), clock())  # type: ignore[arg-type]

    return submit


@pytest.fixture
def sample() -> ReferralSheet:
    """A full sheet without a database."""
    return _sample()


def _browser(app: FastAPI) -> Browser:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://inbox.example.jp", headers=OURS)


def _sample() -> ReferralSheet:
    concerns = (
        ConcernRecord("isolation", "孤立・見守り", 0.8, ("姿を見ていません",)),
        ConcernRecord("elder_life", "高齢者の暮らし・介護", 0.6, ("一人暮らし", "高齢")),
    )
    noticed = Noticed(
        free_text="となりの高齢の方です。一人暮らしで、三日ほど姿を見ていません。\n新聞もたまっています。",
        signs=("mail", "unseen"),
        concerns=concerns,
        observed_period="days",
        frequency="unknown",
        data_source="seen",
        immediate_danger="unknown",
        danger_flags=("life",),
        subject_wish="",
        strengths="",
        taken_back=(),
    )
    subject = Subject(
        known="face", name="", kana="", age_band="75-84", gender="female", address="", landmark="公民館の裏",
        position=(36.651, 138.181), town="", district="kita", household_type="alone", members=(), language="ja",
        comm_needs=(), known_benefits=(),
    )  # fmt: skip
    offered = HandoffSheet(
        id=uuid4(), agency_id="houkatsu", agency_name="地域包括支援センター北", status=HandoffStatus.OFFERED,
        requested_action="visit", reason="安否の確認をお願いします。", due=date(2026, 11, 25), contact_prohibited=False,
        offered_at=START + timedelta(minutes=50), offered_by="受付 花子", responded_at=None, decline_reason=None,
        comment="", finished_at=None,
    )  # fmt: skip
    declined = replace(
        offered, id=uuid4(), agency_id="shakyo", agency_name="みほん市社会福祉協議会", status=HandoffStatus.DECLINED,
        responded_at=START + timedelta(minutes=45), decline_reason="capacity", comment="今週は訪問できる人がいません。",
        finished_at=START + timedelta(minutes=45), offered_at=START + timedelta(minutes=30),
    )  # fmt: skip
    return ReferralSheet(
        id=uuid4(), version=4, referral_no="2026-000012-7", receipt="KZ7Q-4M2P", status=Status.OFFERED,
        priority=Priority.EMERGENCY, intake_priority=Priority.HIGH, channel="line", reporter_type="neighbour",
        received_at=START, updated_at=START, assigned_to=uuid4(),
        assigned_name="受付 花子", close_reason=None, duplicate_of=None, script="notice", subject=subject,
        noticed=noticed, consent=Consent("not_asked", (), None, None, None, "none", ""), involved=(),
        past_actions="", commissioner_ok="unknown", visit_risks=("dog",), handoffs=(declined, offered),
        suggestions=(
            SuggestionRecord("houkatsu", "地域包括支援センター北", ("elder_life", "isolation"), 0.9, True, "r1"),
            SuggestionRecord("shakyo", "みほん市社会福祉協議会", ("isolation",), 0.5, None, "r1"),
        ),
        plan=None,
        history=(
            HistoryEntry(START, "status", "", "", "", "submitted"),
            HistoryEntry(START + timedelta(minutes=5), "priority", "受付 花子", "三日見ないため", "high", "emergency"),
            HistoryEntry(START + timedelta(minutes=9), "status", "受付 花子", "", "submitted", "triage"),
            HistoryEntry(START + timedelta(minutes=20), "note", "受付 花子", "民生委員に電話。留守。\n夕方に再度。"),
        ),
    )  # fmt: skip
