"""What people say, and who they are, stands in the record, sealed, and nowhere else; on good roads and on bad ones.

The programs run as they do in service. Everything that must not come out is a canary: words, names, numbers, LINE ids,
tokens, receipt codes, secrets. Afterwards every sink is searched for each of them.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import httpx2
import psycopg
import pytest

from bot.webhook import utc_now
from cases import forms, people
from deploy.simulator.client import SimulatorClient
from deploy.simulator.views import PersonView
from tests import demo_house
from tests.demo_house import DemoHouse
from tests.scenarios import sinks

STORY = "となりのひばり荘二〇四のおばあさんが、三日も新聞をためたままで心配です"
TYPED = {
    "a name and a number": "たかなしミツエさんの電話は090-5512-7788です",
    "an address": "長野市大字鶴賀緑町9613番地のほそかわさん",
    "a mail address": "mitsue.takanashi@example.net",
    "words of danger": "ほそかわのおじさんが今まさに殴られている",
}
NAMES = ["たかなしミツエ", "ほそかわ", "ひばり荘"]
NUMBERS = ["090-5512-7788", "09055127788", "9613番地"]
POISON = "どくのある知らせです"
REPLY_TOKEN = "0123456789abcdef0123456789cafe42"
FORM = {
    "story": "ふせさんの家から夜中に泣き声がします",
    "name": "ふせ はるえ",
    "address": "長野市大字三輪田町8524番地",
    "landmark": "青いトタン屋根のとなり",
    "contact": "phone",
    "phone": "080-3391-4460",
}
SEARCHED = "さがすひとの名前"
GUESSED = "guessed-password-0001"


@pytest.fixture(scope="module")
def house() -> Iterator[DemoHouse]:
    """One of its own: everything that it wrote is searched, and nobody else may have written there."""
    with demo_house.running() as running:
        yield running


@dataclass
class Stage:
    house: DemoHouse
    line: SimulatorClient
    canaries: dict[str, str] = field(default_factory=dict)
    metrics: str = ""

    def watch_for(self, **more: str) -> None:
        self.canaries |= {name.replace("_", " "): text for name, text in more.items()}

    def change(self, statement: str, *values: object) -> None:
        with psycopg.connect(self.house.database_url, autocommit=True) as connection:
            connection.execute(statement.encode(), values)

    def number(self, query: str) -> int:
        return int(self.house.rows(query)[0][0])

    async def until(self, query: str, number: int) -> None:
        for _ in range(200):
            if self.number(query) == number:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"{query} is {self.number(query)}, not {number}")


@pytest.fixture(scope="module")
async def stage(house: DemoHouse) -> AsyncIterator[Stage]:
    async with house.simulator() as line:
        secrets = house.secrets
        canaries = {
            "the channel secret": secrets.channel_secret,
            "the access token": secrets.access_token,
            "a key": secrets.keys.partition(":")[2],
            "the whole story": STORY,
            "the words of the poison": POISON,
            "what staff searched": SEARCHED,
            "a guessed password": GUESSED,
            "a forged reply token": REPLY_TOKEN,
            **TYPED,
            **{f"the form's {name}": text for name, text in FORM.items() if name != "contact"},
            "the form's number in digits": FORM["phone"].replace("-", ""),
            **{f"the name {name}": name for name in NAMES},
            **{f"the number {number}": number for number in NUMBERS},
        }
        yield Stage(house, line, canaries)


async def a_report_is_told_and_sent(stage: Stage) -> None:
    run = await stage.line.walk([{"id": "canary", "text": STORY}], concurrency=1)
    run = await stage.line.run(run, wait=60)
    (walk,) = run.walks
    assert walk.state == "done", walk.reason
    stage.watch_for(a_receipt_code=walk.captured, the_reporters_LINE_id=walk.person)


async def people_type_what_they_should_not(stage: Stage) -> PersonView:
    person = await stage.line.add_person("ほそかわ よしえ", follow=True)
    stage.watch_for(a_LINE_id=person.id)
    for words in TYPED.values():
        before = await stage.line.say(person, words)
        await stage.line.hear(person, before.n)
    return person


async def an_event_is_poison(stage: Stage) -> None:
    """The database refuses the step, each time with the row in its complaint, until the event is set aside."""
    person = await stage.line.add_person("どくの ひと", follow=True)
    stage.watch_for(a_poisoned_LINE_id=person.id)
    await stage.until("SELECT count(*) FROM inbound WHERE state = 'open'", 0)
    stage.change("ALTER TABLE conversations ADD CONSTRAINT poison CHECK (version < 0) NOT VALID")
    parked = stage.number("SELECT count(*) FROM inbound WHERE state = 'parked'")
    await stage.line.say(person, POISON)
    await stage.until("SELECT count(*) FROM inbound WHERE state = 'open' AND attempts > 0", 1)
    stage.change("UPDATE inbound SET attempts = 4, not_before = NULL WHERE state = 'open'")
    await stage.until("SELECT count(*) FROM inbound WHERE state = 'parked'", parked + 1)
    stage.change("ALTER TABLE conversations DROP CONSTRAINT poison")


async def webhooks_are_forged_and_broken(stage: Stage) -> None:
    event = {"type": "message", "replyToken": REPLY_TOKEN, "message": {"type": "text", "text": TYPED["an address"]}}
    body = json.dumps({"events": [event, None, 5, {"no": "type"}]}, ensure_ascii=False).encode()
    await stage.line.send_raw(body, "bm90IGEgc2lnbmF0dXJl")
    await stage.line.send_raw(body)
    await stage.line.send_raw(body[:-9])
    await stage.line.send_raw(b"\xff\xfe" + body)


async def the_database_refuses_to_store(stage: Stage) -> None:
    person = await stage.line.add_person("しまえない ひと", follow=True)
    stage.watch_for(an_unstored_LINE_id=person.id)
    assert await stage.line.idle()
    stage.change("ALTER TABLE inbound ADD CONSTRAINT full_up CHECK (place < 0) NOT VALID")
    await stage.line.say(person, TYPED["words of danger"])
    assert await stage.line.idle()
    stage.change("ALTER TABLE inbound DROP CONSTRAINT full_up")


async def staff_search_and_guess(stage: Stage) -> None:
    async with httpx2.AsyncClient(base_url=stage.house.web, trust_env=False) as browser:
        await browser.get("/inbox", params={"q": SEARCHED})
        fields = {"email": "hosokawa@example.net", "password": GUESSED}
        await browser.post("/signin", data=fields, headers={"sec-fetch-site": "same-origin"})
        await browser.get(f"/form/{REPLY_TOKEN}")
        await browser.get(f"/nowhere/{REPLY_TOKEN}", params={"words": STORY})


async def a_form_is_filled(stage: Stage, person: PersonView) -> None:
    """Through the pages that the person would see; the talk then takes what was written."""
    async with stage.house.database() as database, database.transaction() as uow:
        token = await forms.issue(uow, (await people.lock(uow, person.id, utc_now())).id, utc_now())
    stage.watch_for(a_forms_link=token)
    headers = {"sec-fetch-site": "same-origin"}
    async with httpx2.AsyncClient(base_url=stage.house.web, headers=headers, trust_env=False) as browser:
        assert (await browser.get(f"/form/{token}")).status_code == 200
        await browser.post(f"/form/{token}/agree")
        stage.watch_for(**{f"the_cookie_{name}": value for name, value in browser.cookies.items()})
        await browser.post(f"/form/{token}", data={**FORM, "next": "review"})
        assert FORM["landmark"] in (await browser.get(f"/form/{token}/review")).text
        await browser.post(f"/form/{token}/confirm")
        await browser.post(f"/form/{token}", data=FORM)  # too late
        await browser.post(f"/form/{token[:-1]}x", data=FORM)  # nobody's
    await stage.until("SELECT count(*) FROM inbound WHERE kind = 'form' AND state = 'done'", 1)


async def line_answers_badly(stage: Stage, person: PersonView) -> None:
    """The refused token comes last: after it, nothing is sent for a while."""
    for kind in ("error", "empty", "rate", "drop"):
        await stage.line.fault("reply", kind)  # type: ignore[arg-type]  # each is a kind of fault
        before = await stage.line.say(person, TYPED["a name and a number"])
        await stage.line.talk(person, after=before.n, wait=5, sender="bot")
    await stage.line.fault("any", "unauthorized", count=3)
    await stage.line.say(person, TYPED["an address"])
    await stage.until("SELECT count(*) FROM channel WHERE refused_since IS NOT NULL", 1)


async def test_nothing_of_a_person_stands_anywhere_but_sealed(stage: Stage) -> None:
    await a_report_is_told_and_sent(stage)
    person = await people_type_what_they_should_not(stage)
    await a_form_is_filled(stage, person)
    await an_event_is_poison(stage)
    await webhooks_are_forged_and_broken(stage)
    await the_database_refuses_to_store(stage)
    await staff_search_and_guess(stage)
    await line_answers_badly(stage, person)
    for call in [call for call in await stage.line.api_calls("reply") if isinstance(call.request, dict)]:
        stage.watch_for(**{f"the_reply_token_of_{call.request_id}": str(call.request["replyToken"])})
    async with httpx2.AsyncClient(base_url=stage.house.web, trust_env=False) as scraper:
        stage.metrics = (await scraper.get("/metrics")).text
    everywhere = {
        "metrics": stage.metrics,
        **sinks.of_programs(stage.house),
        **sinks.of_services(stage.house),
        **sinks.of_database(stage.house),
    }
    for sink, mark in {
        "metrics": "kizuki_inbound_parked 1.0",
        "stderr": "event.parked",
        "PostgreSQL's log": "violates check constraint",
        "table referrals": "submitted",
    }.items():
        assert mark in everywhere[sink], sink  # it was looked at, and the road was taken
    assert len(stage.canaries) > 20
    assert sinks.found(stage.canaries, everywhere) == []


def test_a_canary_in_a_sink_is_found() -> None:
    shown = {"one": "…たかなし…", "two": "\\x" + "たかなし".encode().hex(), "three": "nothing"}
    assert sinks.found({"a name": "たかなし"}, shown) == ["a name in one", "a name in two"]
