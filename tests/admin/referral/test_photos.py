"""Photos of a report: for the city's eyes, each look recorded, and of a referral that the reader may see."""

from uuid import UUID, uuid4

import pytest

from cases import audit, photos
from cases import people as reporters
from cases.handoffs import service as handoffs
from cases.referrals.vocabulary import RequestedAction

JPEG = b"\xff\xd8\xff a made-up photo"


@pytest.fixture
def photographed(database, report, clock):
    async def submit() -> UUID:
        referral = await report()
        async with database.transaction() as uow:
            person = (await reporters.lock(uow, "U1", clock())).id
            photo = await photos.add(uow, person, JPEG, 640, 480, clock())
            await photos.attach(uow, person, referral, [photo])
        return referral

    return submit


async def test_the_city_sees_the_photo_and_the_look_is_recorded(database, triage, people, photographed):
    referral = await photographed()
    assert f'src="/referrals/{referral}/photos/1"' in (await triage.get(f"/referrals/{referral}")).text
    answer = await triage.get(f"/referrals/{referral}/photos/1")
    assert answer.content == JPEG
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store, private"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == "inline"
    async with database.reading() as reader:
        [look] = await audit.entries(reader, "referral", referral, action="photo.read")
    assert (look.staff_id, dict(look.detail)) == (people.triage.staff_id, {"place": "1"})


async def test_a_missing_photo_and_a_missing_referral_look_the_same(triage, photographed):
    referral = await photographed()
    paths = [f"/referrals/{referral}/photos/2", f"/referrals/{uuid4()}/photos/1", f"/referrals/{referral}/photos/x"]
    paths += [f"/referrals/{referral}/photos/{place}" for place in (0, -1, 2**31, 2**70)]
    answers = [await triage.get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {404}
    assert answers[0].text == answers[1].text


async def test_an_agency_is_told_that_there_are_photos_and_sees_none(database, agency, people, photographed, clock):
    referral = await photographed()
    async with database.transaction() as uow:
        await handoffs.offer(
            uow, people.triage, referral, "houkatsu", RequestedAction.VISIT, "", clock().date(), clock()
        )
    page = (await agency.get(f"/referrals/{referral}")).text
    assert "写真（1枚）" in page
    assert "/photos/" not in page
    assert (await agency.get(f"/referrals/{referral}/photos/1")).status_code == 403


async def test_a_report_without_photos_says_nothing_of_them(triage, report):
    assert "写真（" not in (await triage.get(f"/referrals/{await report()}")).text
