from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from cases import audit, forms, inbound, people, photos
from cases.crypto import sha256
from cases.db import Database
from cases.forms import Form, FormFields
from tests.cases.builders import NOW, interrupted, later, see, sql, submitted

STORY = "カナリアの話"
FIELDS = FormFields(story=STORY, name="カナリア花子", contact="phone", phone="09012345678")
AFTER = NOW + forms.LIFE


LEFT_ALONE = timedelta(minutes=25)
"""Between two saves of somebody who writes on."""


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


async def test_a_form_that_was_left_holds_nothing_and_opens_no_more(database: Database, database_url: str) -> None:
    token, browser = await filled_in(database, await see(database))
    async with database.transaction() as uow:
        await forms.leave(uow, await forms.find(uow, token), NOW)
        await forms.leave(uow, await forms.find(uow, token), later(minutes=1))
    assert await opened(database, token) is None
    async with database.reading() as reader:
        form = await forms.find(reader, token)
    assert (form.is_left, form.fields, form.is_of(browser)) == (True, FormFields(), True)
    assert sql(database_url, "SELECT fields, left_at FROM forms") == [(None, NOW)]
    assert sql(database_url, "SELECT count(*) FROM photos") == [(0,)]


async def test_leaving_after_the_form_was_confirmed_takes_nothing_from_the_talk(database: Database) -> None:
    person = await see(database)
    token, _ = await filled_in(database, person)
    async with database.transaction() as uow:
        await forms.confirm(uow, await forms.open(uow, token, NOW), NOW)
        await forms.leave(uow, await forms.find(uow, token), NOW)
        form = await forms.find(uow, token)
        taken = await forms.take(uow, form.id, person, NOW)
    assert form.is_left
    assert (taken.story, len(taken.photos)) == (STORY, 1)


async def test_what_was_left_does_not_come_back_by_a_new_link(database: Database) -> None:
    person = await see(database)
    token, _ = await filled_in(database, person)
    async with database.transaction() as uow:
        await forms.leave(uow, await forms.find(uow, token), NOW)
    assert (await agreed(database, await issued(database, person))).fields == FormFields()


async def agreed(database: Database, token: str, at=NOW) -> Form:
    """A link that its person has opened and agreed to."""
    async with database.transaction() as uow:
        form = await forms.open(uow, token, at)
        await forms.bind(uow, form)
        await forms.agree(uow, form, "v1", at)
        return await forms.open(uow, token, at)


async def saved(database: Database, token: str, at) -> Form | None:
    async with database.transaction() as uow:
        form = await forms.open(uow, token, at)
        return form and await forms.save(uow, form, FIELDS, at)


async def test_each_save_gives_half_an_hour_more_but_never_beyond_two_hours(database: Database) -> None:
    token, _ = await filled_in(database, await see(database))
    at = NOW
    while await saved(database, token, at):
        at += LEFT_ALONE
    assert at == NOW + 5 * LEFT_ALONE
    assert await opened(database, token, NOW + forms.LONGEST - timedelta(seconds=1))
    assert await opened(database, token, NOW + forms.LONGEST) is None


async def test_new_links_do_not_keep_the_words_beyond_two_hours(database: Database, database_url: str) -> None:
    person = await see(database)
    token, _ = await filled_in(database, person)
    at = NOW
    while at + LEFT_ALONE < NOW + forms.LONGEST:
        at += LEFT_ALONE
        token = await issued(database, person, at)
        assert (await agreed(database, token, at)).fields == FIELDS
    assert await opened(database, token, NOW + forms.LONGEST) is None
    assert (await agreed(database, await issued(database, person, at), NOW + forms.LONGEST)).fields == FormFields()


async def test_each_save_is_counted(database: Database) -> None:
    token = await issued(database, await see(database))
    revisions = [(await saved(database, token, NOW)).revision for _ in range(3)]
    assert revisions == [1, 2, 3]
    assert (await opened(database, token)).revision == 3


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


async def test_a_new_link_alone_ends_nothing(database: Database) -> None:
    """Many answers of the talk carry a link; the form that is being written must not die of them."""
    person = await see(database)
    old, browser = await filled_in(database, person)
    new = await issued(database, person, later(minutes=9))
    assert (await opened(database, old, later(minutes=10))).is_of(browser)
    assert (await opened(database, old, later(minutes=10))).fields == FIELDS
    assert (await opened(database, new, later(minutes=10))).fields == FormFields()


async def test_agreeing_on_a_new_link_brings_the_words_and_photos_and_ends_the_old_one(database: Database) -> None:
    person = await see(database)
    old, browser = await filled_in(database, person)
    form = await agreed(database, await issued(database, person, later(minutes=9)), later(minutes=10))
    assert await opened(database, old, later(minutes=10)) is None
    assert form.fields == FIELDS
    assert not form.is_of(browser)
    async with database.reading() as reader:
        assert len(await photos.of_form(reader, form.id)) == 1
        assert (await forms.find(reader, old)).fields == FormFields()


async def test_a_new_link_does_not_bring_back_what_had_its_time(database: Database) -> None:
    person = await see(database)
    await filled_in(database, person)
    form = await agreed(database, await issued(database, person, AFTER), AFTER)
    assert form.fields == FormFields()
    async with database.reading() as reader:
        assert await photos.of_form(reader, form.id) == []


async def test_a_link_that_nobody_opened_stays_when_another_is_agreed_to(database: Database) -> None:
    person = await see(database)
    links = [await issued(database, person) for _ in range(3)]
    await agreed(database, links[1])
    assert [bool(await opened(database, link)) for link in links] == [True, True, True]


async def test_a_link_of_one_person_leaves_anothers_alone(database: Database) -> None:
    token, _ = await filled_in(database, await see(database))
    await agreed(database, await issued(database, await see(database, "U2")))
    assert (await opened(database, token)).fields == FIELDS


async def test_confirming_puts_one_event_into_the_persons_lane(database: Database, database_url: str) -> None:
    form = await confirmed(database, await see(database, "U1"))
    async with database.transaction() as uow:
        event = await inbound.claim(uow, NOW)
    assert (event.kind, event.event_id, event.line_user) == ("form", f"form:{form}", "U1")
    assert event.payload == {"type": "form", "form": str(form)}


async def test_a_confirmed_form_opens_no_more_and_its_browser_is_still_known(database: Database) -> None:
    token, browser = await filled_in(database, await see(database))
    async with database.transaction() as uow:
        await forms.confirm(uow, await forms.open(uow, token, NOW), NOW)
    assert await opened(database, token) is None
    async with database.reading() as reader:
        form = await forms.find(reader, token)
    assert form.is_confirmed
    assert form.is_of(browser)
    assert not form.is_of("x" * 43)


async def test_what_was_agreed_to_is_known_of_a_form_that_was_taken(database: Database) -> None:
    person = await see(database)
    form = await confirmed(database, person)
    async with database.transaction() as uow:
        await forms.take(uow, form, person, NOW)
        assert await forms.consent(uow, form) == forms.Consent("v1", NOW)


async def test_a_referral_tells_which_version_its_reporter_agreed_to_and_when(database: Database) -> None:
    referral = await submitted(database)
    async with database.transaction() as uow:
        await forms.note_consents(uow, referral, [str(forms.Consent("2026-11-23.2", NOW))], later(hours=3))
    async with database.reading() as reader:
        (entry,) = await audit.entries(reader, "referral", referral, action="form.consent")
    assert dict(entry.detail) == {"version": "2026-11-23.2", "at": NOW.isoformat()}


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


@pytest.mark.parametrize(("state", "holds"), [("open", False), ("confirmed", True), ("left", False), ("taken", False)])
async def test_purging_empties_what_is_over_and_spares_what_waits_to_be_taken(
    database: Database, database_url: str, state, holds
):
    person = await see(database)
    if state in {"open", "left"}:
        token, _ = await filled_in(database, person)
    else:
        form = await confirmed(database, person)
    async with database.transaction() as uow:
        if state == "taken":
            await forms.take(uow, form, person, NOW)
        if state == "left":
            await forms.leave(uow, await forms.find(uow, token), NOW)
    async with database.transaction() as uow:
        assert await forms.purge(uow, AFTER - timedelta(seconds=1)) == 0
        assert await forms.purge(uow, AFTER) == (state == "open")
        assert await forms.purge(uow, AFTER) == 0
    assert sql(database_url, "SELECT count(fields), count(*) FROM forms") == [(int(holds), 1)]
    assert sql(database_url, "SELECT count(*) FROM photos WHERE form_id IS NOT NULL") == [(int(holds),)]
    async with database.transaction() as uow:
        assert await forms.purge(uow, NOW + forms.MARK_KEPT) == int(not holds)
        assert await forms.purge(uow, NOW + forms.UNTAKEN) == int(holds)


async def test_purging_takes_a_photo_that_lies_in_a_form_without_words(database: Database, database_url: str) -> None:
    person = await see(database)
    token = await issued(database, person)
    async with database.transaction() as uow:
        await photos.add(uow, person, b"JPEG", 3, 4, NOW, form_id=(await forms.open(uow, token, NOW)).id)
    async with database.transaction() as uow:
        assert await forms.purge(uow, AFTER) == 1
    assert sql(database_url, "SELECT count(*) FROM photos") == [(0,)]


async def test_purging_does_not_wait_for_a_form_that_somebody_holds(database: Database) -> None:
    token, _ = await filled_in(database, await see(database))
    async with database.transaction() as holder:
        await forms.find(holder, token)
        async with database.transaction() as uow:
            assert await forms.purge(uow, AFTER) == 0


async def test_a_form_whose_person_is_gone_is_gone(database: Database, database_url: str) -> None:
    token, _ = await filled_in(database, await see(database))
    sql(database_url, "UPDATE people SET line_user = NULL")
    with pytest.raises(people.NotFound):
        async with database.transaction() as uow:
            await forms.confirm(uow, await forms.open(uow, token, NOW), NOW)
