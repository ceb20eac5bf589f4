from uuid import UUID, uuid4

import pytest

from cases import conversations, forms, photos
from cases.crypto import SealBroken
from cases.db import Database
from tests.cases.builders import NOW, later, see, sql, submitted

OLD = later(hours=2)


async def drafts(database: Database, person: UUID, *images: bytes) -> list[UUID]:
    async with database.transaction() as uow:
        return [await photos.add(uow, person, image, 30, 40, NOW) for image in images]


async def test_a_photo_is_sealed_as_it_stands(database: Database, database_url: str) -> None:
    await drafts(database, await see(database), b"\xff\xd8canary")
    [(image,)] = sql(database_url, "SELECT image FROM photos")
    assert b"canary" not in bytes(image)


async def test_attached_photos_are_read_by_their_place_in_the_order_given(database: Database) -> None:
    person, referral = await see(database), await submitted(database)
    one, two = await drafts(database, person, b"one", b"two")
    async with database.transaction() as uow:
        assert await photos.attach(uow, person, referral, [str(two), one]) == 2
    async with database.reading() as reader:
        assert [await photos.read(reader, referral, place) for place in (1, 2, 3)] == [b"two", b"one", None]
        assert [(p.id, p.place, p.width) for p in await photos.of_referral(reader, referral)] == [
            (two, 1, 30),
            (one, 2, 30),
        ]


async def test_anothers_photos_and_unknown_ones_are_not_attached(database: Database) -> None:
    (theirs,) = await drafts(database, await see(database, "U2"), b"theirs")
    person, referral = await see(database), await submitted(database)
    async with database.transaction() as uow:
        assert await photos.attach(uow, person, referral, [theirs, uuid4()]) == 0
        assert await photos.of_referral(uow, referral) == []


async def test_keeping_some_deletes_the_other_drafts_and_nothing_else(database: Database, database_url: str) -> None:
    person, other, referral = await see(database), await see(database, "U2"), await submitted(database)
    kept, sent, dropped = await drafts(database, person, b"kept", b"sent", b"dropped")
    (theirs,) = await drafts(database, other, b"theirs")
    async with database.transaction() as uow:
        await photos.attach(uow, person, referral, [sent])
        form = await forms.open(uow, await forms.issue(uow, person, NOW), NOW)
        in_form = await photos.add(uow, person, b"form", 1, 1, NOW, form_id=form.id)
        assert await photos.keep_only(uow, person, [kept]) == 1
    left = {row[0] for row in sql(database_url, "SELECT id FROM photos")}
    assert left == {kept, sent, theirs, in_form}
    assert dropped not in left


async def test_a_photo_in_a_form_is_shown_and_removed_by_that_form_only(database: Database) -> None:
    person, other = await see(database), await see(database, "U2")
    async with database.transaction() as uow:
        mine = await forms.open(uow, await forms.issue(uow, person, NOW), NOW)
        theirs = await forms.open(uow, await forms.issue(uow, other, NOW), NOW)
        photo = await photos.add(uow, person, b"mine", 1, 1, NOW, form_id=mine.id)
        assert await photos.read_of_form(uow, mine.id, photo) == b"mine"
        assert await photos.read_of_form(uow, theirs.id, photo) is None
        assert not await photos.remove_of_form(uow, theirs.id, photo)
        assert await photos.remove_of_form(uow, mine.id, photo)


async def test_purging_takes_what_nothing_holds_any_longer(database: Database, database_url: str) -> None:
    silent, talking, reporting = [await see(database, f"U{n}") for n in range(3)]
    await drafts(database, silent, b"orphan")
    (draft,) = await drafts(database, talking, b"draft")
    (sent,) = await drafts(database, reporting, b"sent")
    referral = await submitted(database)
    async with database.transaction() as uow:
        await conversations.save(uow, talking, {}, later(hours=24))
        await photos.attach(uow, reporting, referral, [sent])
    async with database.transaction() as uow:
        assert await photos.purge(uow, NOW) == 0
        assert await photos.purge(uow, OLD) == 1
    assert {row[0] for row in sql(database_url, "SELECT id FROM photos")} == {draft, sent}
    async with database.transaction() as uow:
        assert await photos.purge(uow, later(hours=24)) == 1


async def test_a_photo_moved_to_another_row_does_not_open(database: Database, database_url: str) -> None:
    person, referral = await see(database), await submitted(database)
    one, two = await drafts(database, person, b"one", b"two")
    sql(database_url, "UPDATE photos SET image = (SELECT image FROM photos WHERE id = %s) WHERE id = %s", one, two)
    async with database.transaction() as uow:
        await photos.attach(uow, person, referral, [two])
        with pytest.raises(SealBroken):
            await photos.read(uow, referral, 1)
