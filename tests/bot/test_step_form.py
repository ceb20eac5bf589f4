"""The 安心フォーム as the talk meets it: the way there, what comes back, its photos."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from bot.step import CONSENTS
from bot.worker import Worker
from cases import audit, conversations, forms, people, photos
from cases.forms import FormFields
from dialogs.engine import Engine
from dialogs.state import State
from routing.directory import City
from routing.router import Router
from tests.bot.line_limits import check
from tests.bot.talking import OTHER, USER, Bell, Sent, Talk, event, said, tapped
from tests.bot.talking import unsent as took_back
from tests.cases.builders import sql

TOLD = FormFields(story="夜どおし声がします", name="甲野乙子", address="長野市何とか町一丁目", contact="none")


@pytest.fixture
def form_talk(talk: Talk, engine: Engine, router: Router, city: City, bell: Bell) -> Talk:
    """A city with a 安心フォーム."""
    talk.worker = Worker(talk.database, engine, router, city, bell, form_address=address)
    return talk


def address(token: str) -> str:
    return f"https://example.test/form/{token}"


def tokens(answers: list[Sent]) -> list[str]:
    return re.findall(r"example\.test/form/([\w-]+)", str([answer.messages for answer in answers]))


async def link(talk: Talk, user: str = USER) -> str:
    """The token of a new form's link, as the person is shown it."""
    talk.now += timedelta(minutes=1)
    answers = await talk.do(tapped("menu:form", user, at=talk.now))
    for answer in answers:
        check(answer.messages)
    return tokens(answers)[0]


async def confirmed(talk: Talk, token: str, told: FormFields = TOLD, *, images: int = 0) -> UUID:
    """The form behind the link is filled in and confirmed; its id."""
    async with talk.database.transaction() as uow:
        form = await forms.open(uow, token, talk.now)
        assert form is not None
        for _ in range(images):
            await photos.add(uow, form.person_id, b"jpeg", 1, 1, talk.now, form_id=form.id)
        await forms.agree(uow, form, "1", talk.now)
        await forms.save(uow, form, told, talk.now)
        form = await forms.open(uow, token, talk.now)
        assert form is not None
        await forms.confirm(uow, form, talk.now)
    return form.id


async def answered(talk: Talk) -> list[Sent]:
    await talk.work()
    talk.now += timedelta(seconds=1)
    return await talk.outbox()


async def consents(talk: Talk) -> tuple[str, ...]:
    """What the draft carries along of what its person agreed to."""
    async with talk.database.transaction() as uow:
        met = await conversations.meet(uow, USER, talk.now, at=None, act_at=None, message_id="")
        return State.from_json(met.state).all(CONSENTS)


async def to_the_receipt(talk: Talk) -> str:
    """Answer whatever is still asked until the report is sent; what is said last."""
    words = ""
    for _ in range(20):
        is_place, is_summary = "どのあたり" in words, "送りますか" in words or "送る" in words
        answer = "古牧" if is_place else "送る" if is_summary else "1"
        [last] = await talk.do(said(answer, at=talk.now))
        words = last.words
        if "KZ-" in words:
            break
    return words


class TestTheWay:
    async def test_a_link_is_shown_once_a_step_and_works(self, form_talk: Talk):
        token = await link(form_talk)
        async with form_talk.database.reading() as reader:
            assert await forms.open(reader, token, form_talk.now) is not None

    async def test_a_newer_link_does_not_end_the_older_one(self, form_talk: Talk):
        """Many answers carry a link: a form that is being written must not die of one."""
        old, new = await link(form_talk), await link(form_talk)
        assert old != new
        async with form_talk.database.reading() as reader:
            assert await forms.open(reader, old, form_talk.now) is not None

    async def test_a_city_without_a_form_makes_no_links(self, talk: Talk, database_url: str):
        assert tokens(await talk.do(tapped("menu:form"))) == []
        assert sql(database_url, "SELECT count(*) FROM forms") == [(0,)]


class TestComingBack:
    async def test_the_talk_goes_on_and_nothing_of_the_form_is_echoed(self, form_talk: Talk):
        await confirmed(form_talk, await link(form_talk))
        answers = await answered(form_talk)
        assert answers
        assert answers[0].road == "push"
        for answer in answers:
            check(answer.messages)
            assert not any(secret in str(answer.messages) for secret in (TOLD.story, TOLD.name, TOLD.address))

    async def test_it_reaches_the_record_with_its_photos(self, form_talk: Talk, database_url: str):
        await confirmed(form_talk, await link(form_talk), images=2)
        await answered(form_talk)
        assert "KZ-" in await to_the_receipt(form_talk)
        [(row_id, sealed)] = sql(database_url, "SELECT id, name FROM referrals")
        async with form_talk.database.reading() as reader:
            assert reader.keyring.open(sealed, table="referrals", column="name", row=row_id) == TOLD.name
            assert [item.place for item in await photos.of_referral(reader, row_id)] == [1, 2]

    async def test_the_referral_tells_what_its_reporter_agreed_to(self, form_talk: Talk, database_url: str):
        await confirmed(form_talk, await link(form_talk))
        agreed_at = form_talk.now
        await answered(form_talk)
        await to_the_receipt(form_talk)
        [(row_id,)] = sql(database_url, "SELECT id FROM referrals")
        async with form_talk.database.reading() as reader:
            (entry,) = await audit.entries(reader, "referral", row_id, action="form.consent")
        assert dict(entry.detail) == {"version": "1", "at": agreed_at.isoformat()}

    async def test_what_was_agreed_to_goes_with_the_draft_that_it_was_for(self, form_talk: Talk):
        await confirmed(form_talk, await link(form_talk))
        await answered(form_talk)
        assert len(await consents(form_talk)) == 1
        await form_talk.do(said("やめる", at=form_talk.now))
        await form_talk.do(said("はい", at=form_talk.now))
        assert await consents(form_talk) == ()

    async def test_the_same_form_counts_once(self, form_talk: Talk, database_url: str):
        form_id = await confirmed(form_talk, await link(form_talk))
        await answered(form_talk)
        sql(database_url, "UPDATE inbound SET event_id = 'other' WHERE kind = 'form' RETURNING 1")
        async with form_talk.database.transaction() as uow:
            person = await people.lock(uow, USER, form_talk.now)
            assert await forms.take(uow, form_id, person.id, form_talk.now) is None

    async def test_a_draft_that_ends_takes_its_photos_with_it(self, form_talk: Talk, database_url: str):
        await confirmed(form_talk, await link(form_talk), images=2)
        await answered(form_talk)
        assert sql(database_url, "SELECT count(*) FROM photos") == [(2,)]
        await form_talk.do(said("やめる", at=form_talk.now))
        await form_talk.do(said("はい", at=form_talk.now))
        assert sql(database_url, "SELECT count(*) FROM photos") == [(0,)]

    async def test_a_draft_that_ended_by_its_time_leaves_no_photo_behind(self, form_talk: Talk, database_url: str):
        await confirmed(form_talk, await link(form_talk), images=2)
        await answered(form_talk)
        form_talk.now += timedelta(days=2)
        await form_talk.do(said("こんにちは", at=form_talk.now))
        assert sql(database_url, "SELECT count(*) FROM photos") == [(0,)]

    async def test_an_unsend_of_something_else_leaves_the_form_s_photos(self, form_talk: Talk, database_url: str):
        await confirmed(form_talk, await link(form_talk), images=1)
        await answered(form_talk)
        await form_talk.do(took_back("m-other", at=form_talk.now))
        assert sql(database_url, "SELECT count(*) FROM photos") == [(1,)]

    async def test_whoever_has_blocked_us_is_not_written_to_for_having_confirmed(self, form_talk: Talk):
        token = await link(form_talk)
        await form_talk.do(event("unfollow", replyToken=..., at=form_talk.now))
        await confirmed(form_talk, token)
        assert await answered(form_talk) == []

    async def test_a_form_event_of_another_person_takes_nothing(self, form_talk: Talk):
        await form_talk.do(event("follow", OTHER))
        form_id = await confirmed(form_talk, await link(form_talk))
        async with form_talk.database.transaction() as uow:
            stranger = await people.lock(uow, OTHER, form_talk.now)
            assert await forms.take(uow, form_id, stranger.id, form_talk.now) is None
        assert await answered(form_talk)

    async def test_a_form_that_is_gone_is_passed_over(self, form_talk: Talk, database_url: str):
        await confirmed(form_talk, await link(form_talk))
        sql(database_url, "DELETE FROM forms RETURNING 1")
        with capture_logs() as logs:
            assert await answered(form_talk) == []
        assert "form.not_there" in [entry["event"] for entry in logs]
        assert await form_talk.open_events() == 0
