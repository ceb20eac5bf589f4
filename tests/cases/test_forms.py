from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from cases import audit, forms, inbound, people, photos
from cases.crypto import sha256
from cases.db import Database
from cases.forms import Form, FormFields
from tests.cases.builders import NOW, interrupted, later, see, sql

STORY = "カナリアの話"
FIELDS = FormFields(story=STORY, name="カナリア花子", contact="phone", phone="09012345678")
AFTER = NOW + forms.LIFE


async def issued(database: Database, person: UUID, at=NOW) -> str:
    async with database.transaction() as uow:
        return await forms.issue(uow, person, at)


async def opened(database: Database, token: str, at=NOW) -> Form | None:
    async with database.reading() as reader:
        return await forms.open(reader, token, at)


async def filled_in(database: Database, person: UUID, fields: FormFields = FIELDS) -> tuple[str, str]:
    """A bound form with consent, words and a photo; its token and the browser's secret."""
    token = await issued(database, person)
    async with database.transaction() as uow:
        form = await forms.open(uow, token, NOW)
        browser = await forms.bind(uow, form)
        await forms.agree(uow, form, "v1", NOW)
        await forms.save(uow, form, fields, NOW)
        await photos.add(uow, person, b"JPEG", 3, 4, NOW, form_id=form.id)
    return token, browser


async def confirmed(database: Database, person: UUID) -> UUID:
    token, _ = await filled_in(database, person)
    async with database.transaction() as uow:
        form = await forms.open(uow, token, NOW)
        await forms.confirm(uow, form, NOW)
    return form.id


async def test_only_the_hash_of_a_token_of_256_bits_is_stored(database: Database, database_url: str) -> None:
    tokens = [await issued(database, await see(database, f"U{n}")) for n in range(3)]
    assert all(len(token) == 43 for token in tokens)
    assert len(set(tokens)) == 3
    assert {row[0] for row in sql(database_url, "SELECT token_hash FROM forms")} == {sha256(t) for t in tokens}


async def test_a_link_opens_for_thirty_minutes_and_not_a_moment_longer(database: Database) -> None:
    token = await issued(database, await see(database))
    assert await opened(database, token, AFTER - timedelta(seconds=1))
    assert await opened(database, token, AFTER) is None
    assert await opened(database, token[:-1] + "!", NOW) is None


async def test_nobody_has_a_form_until_a_browser_is_bound(database: Database) -> None:
    token = await issued(database, await see(database))
    form = await opened(database, token)
    assert not form.is_bound
    assert not form.is_of("")
    async with database.transaction() as uow:
        browser = await forms.bind(uow, form)
    form = await opened(database, token)
    assert form.is_of(browser)
    assert not form.is_of(browser[:-1])


async def test_a_browser_that_left_has_nothing_and_the_link_binds_no_other(database: Database) -> None:
    token, browser = await filled_in(database, await see(database))
    async with database.transaction() as uow:
        await forms.unbind(uow, await forms.open(uow, token, NOW))
    form = await opened(database, token)
    assert form.is_bound
    assert not form.is_of(browser)
    assert form.fields.story == STORY


async def test_consent_stands_on_the_form_and_in_the_audit_log_without_a_persons_words(database: Database) -> None:
    person = await see(database)
    token, _ = await filled_in(database, person)
    form = await opened(database, token)
    assert form.consent_version == "v1"
    async with database.reading() as reader:
        (entry,) = await audit.entries(reader, "form", form.id)
    assert (entry.action, dict(entry.detail)) == ("form.consent", {"version": "v1"})


async def test_what_was_typed_is_sealed_and_comes_back_as_it_was(database: Database, database_url: str) -> None:
    token, _ = await filled_in(database, await see(database))
    assert (await opened(database, token)).fields == FIELDS
    [(sealed,)] = sql(database_url, "SELECT fields FROM forms")
    assert STORY.encode() not in bytes(sealed)


async def test_fields_moved_to_another_row_are_empty_rather_than_shown(database: Database, database_url: str) -> None:
    token, _ = await filled_in(database, await see(database))
    other, _ = await filled_in(database, await see(database, "U2"), FormFields(story="ほか"))
    sql(
        database_url,
        "UPDATE forms SET fields = (SELECT fields FROM forms WHERE token_hash = %s) WHERE token_hash = %s",
        sha256(token),
        sha256(other),
    )
    assert (await opened(database, other)).fields == FormFields()


async def test_a_new_link_brings_the_words_and_photos_and_ends_the_old_one(database: Database) -> None:
    person = await see(database)
    old, browser = await filled_in(database, person)
    new = await issued(database, person, later(minutes=29))
    assert await opened(database, old, later(minutes=29)) is None
    form = await opened(database, new, later(minutes=58))
    assert form.fields == FIELDS
    assert form.consent_version == ""
    assert not form.is_of(browser)
    async with database.reading() as reader:
        assert len(await photos.of_form(reader, form.id)) == 1


async def test_a_new_link_does_not_bring_back_what_had_its_time(database: Database) -> None:
    person = await see(database)
    await filled_in(database, person)
    form = await opened(database, await issued(database, person, AFTER), AFTER)
    assert form.fields == FormFields()
    async with database.reading() as reader:
        assert await photos.of_form(reader, form.id) == []


async def test_a_link_of_one_person_leaves_anothers_alone(database: Database) -> None:
    token, _ = await filled_in(database, await see(database))
    await issued(database, await see(database, "U2"))
    assert (await opened(database, token)).fields == FIELDS


async def test_confirming_puts_one_event_into_the_persons_lane(database: Database, database_url: str) -> None:
    form = await confirmed(database, await see(database, "U1"))
    async with database.transaction() as uow:
        event = await inbound.claim(uow, NOW)
    assert (event.kind, event.event_id, event.line_user) == ("form", f"form:{form}", "U1")
    assert event.payload == {"type": "form", "form": str(form)}


async def test_a_confirmed_form_opens_no_more_and_only_its_browser_hears_of_it(database: Database) -> None:
    token, browser = await filled_in(database, await see(database))
    async with database.transaction() as uow:
        await forms.confirm(uow, await forms.open(uow, token, NOW), NOW)
    assert await opened(database, token) is None
    async with database.reading() as reader:
        assert await forms.was_confirmed(reader, token, browser, NOW)
        assert not await forms.was_confirmed(reader, token, "x" * 43, NOW)


async def test_a_confirmation_that_does_not_commit_leaves_no_event(database: Database) -> None:
    token, _ = await filled_in(database, await see(database))

    async def confirm(uow):
        await forms.confirm(uow, await forms.open(uow, token, NOW), NOW)

    await interrupted(database, confirm)
    assert await opened(database, token)
    async with database.transaction() as uow:
        assert await inbound.claim(uow, NOW) is None


async def test_a_form_is_taken_once_by_its_person_however_late(database: Database, database_url: str) -> None:
    person, stranger = await see(database), await see(database, "U2")
    form = await confirmed(database, person)
    much_later = AFTER + timedelta(hours=5)
    async with database.transaction() as uow:
        assert await forms.take(uow, form, stranger, much_later) is None
    async with database.transaction() as uow:
        taken = await forms.take(uow, form, person, much_later)
    [(photo,)] = sql(database_url, "SELECT id FROM photos WHERE form_id IS NULL")
    assert taken == replace(FIELDS, photos=(str(photo),))
    async with database.transaction() as uow:
        assert await forms.take(uow, form, person, much_later) is None
    assert sql(database_url, "SELECT fields FROM forms") == [(None,)]


@pytest.mark.parametrize(("state", "left"), [("open", 0), ("confirmed", 1), ("taken", 0)])
async def test_purging_spares_only_what_still_waits_to_be_taken(database: Database, database_url: str, state, left):
    person = await see(database)
    if state == "open":
        await filled_in(database, person)
    else:
        form = await confirmed(database, person)
        if state == "taken":
            async with database.transaction() as uow:
                await forms.take(uow, form, person, NOW)
    async with database.transaction() as uow:
        assert await forms.purge(uow, AFTER - timedelta(seconds=1)) == 0
        assert await forms.purge(uow, AFTER) == 1 - left
    assert sql(database_url, "SELECT count(*) FROM forms") == [(left,)]
    assert sql(database_url, "SELECT count(*) FROM photos WHERE form_id IS NOT NULL") == [(left,)]
    async with database.transaction() as uow:
        assert await forms.purge(uow, NOW + forms.UNTAKEN) == left


async def test_a_form_whose_person_is_gone_is_gone(database: Database, database_url: str) -> None:
    token, _ = await filled_in(database, await see(database))
    sql(database_url, "UPDATE people SET line_user = NULL")
    with pytest.raises(people.NotFound):
        async with database.transaction() as uow:
            await forms.confirm(uow, await forms.open(uow, token, NOW), NOW)
