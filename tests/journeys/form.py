"""What a person does at the 安心フォーム: a link as the talk would give it, the consent, a photo of a made-up phone."""

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base
from playwright.sync_api import Page, expect
from sqlalchemy import select

from cases import forms, people, photos, schema
from cases.crypto import sha256
from tests.demo_house import DemoHouse

assert schema.metadata.tables  # every table must be known before the first flush
EXIT = "https://www.jma.go.jp/"
STORY = "向かいの家のおばあさんが、このごろ同じ話を何度もします。"


def new_link(house: DemoHouse, person: str = "") -> str:
    """A link for this person, or for somebody who never came before, issued as the talk does it."""
    person = person or f"U{uuid4().hex}"

    async def issue() -> str:
        async with house.database() as database, database.transaction() as uow:
            now = datetime.now(UTC)
            return await forms.issue(uow, (await people.lock(uow, person, now)).id, now)

    # Playwright's loop runs in this thread.
    with ThreadPoolExecutor(1) as thread:
        token = thread.submit(lambda: asyncio.run(issue())).result()
    return f"{house.web}/form/{token}"


def end(house: DemoHouse, link: str) -> None:
    """The time of this link is over."""
    token = sha256(link.rpartition("/")[2]).hex()
    ended = house.rows(f"UPDATE forms SET expires_at = now() WHERE encode(token_hash, 'hex') = '{token}' RETURNING id")
    assert len(ended) == 1


def agree(page: Page, link: str) -> None:
    """From the link to the first field."""
    page.goto(link)
    page.get_by_role("button", name="わかりました").click()
    expect(page.get_by_label("気づいたこと", exact=True)).to_be_visible()
    page.wait_for_load_state()


def weather(page: Page) -> None:
    """The page of no meaning, without asking anybody for it."""
    body = "<!doctype html><title>天気</title><h1>天気</h1>"
    page.context.route(f"{EXIT}**", lambda route: route.fulfill(body=body, content_type="text/html; charset=utf-8"))


def leave(page: Page) -> None:
    """画面をすぐ閉じる, until the page of no meaning is there."""
    page.get_by_role("button", name="画面をすぐ閉じる").click()
    page.wait_for_url(f"{EXIT}**")


def photo_with_place(width: int = 1600, height: int = 1200) -> bytes:
    """A JPEG as a phone takes it: with the place, the time and the make in its metadata, and lying on its side."""
    image = Image.new("RGB", (width, height), "#7a9ec2")
    image.paste("#c2a27a", (0, height // 2, width, height))
    exif = image.getexif()
    exif[Base.Make] = "Kanaria"
    exif[Base.DateTime] = "2026:11:20 10:11:12"
    exif[Base.Orientation] = 6
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] = (36.0, 38.0, 55.0)
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, comment=b"Kanaria", quality=90)
    return out.getvalue()


def photo_of(house: DemoHouse, person: str) -> bytes:
    """The first photo that lies in the form of this person, opened."""

    async def read() -> bytes:
        async with house.database() as database, database.transaction() as uow:
            person_id = (await people.lock(uow, person, datetime.now(UTC))).id
            form = await uow.session.scalar(select(forms.FormRow.id).where(forms.FormRow.person_id == person_id))
            assert form is not None
            [photo, *_] = await photos.of_form(uow, form)
            return await photos.read_of_form(uow, form, photo.id) or b""

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(read())).result()
