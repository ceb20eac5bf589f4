"""Writing down what one request brought: the words first, then a photo, so that a spoilt photo costs no word."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from bot.form.body import Sent, read_sent
from bot.form.desk import Desk, Link
from bot.form.fields import read, too_long_to_keep
from bot.form.photos import NotAPhoto, Photo
from bot.form.texts import words
from cases import forms, photos
from cases.db import UnitOfWork
from cases.forms import Form, FormFields
from cases.photos import PhotoItem


@dataclass(frozen=True, slots=True)
class Written:
    """What the form holds now. `kept` is false where the words are too many to be kept even as a draft."""

    form: Form
    texts: Mapping[str, str]
    fields: FormFields
    photos: list[PhotoItem]
    photo_problem: str
    kept: bool


async def write(by: Link) -> Written:
    """Read the request of the browser that has the form, and write down what it brought.

    Nothing is read for any other browser.

    Raises:
        Gone, ConsentMissing: see there.
        HTTPException: the body cannot be read.
    """
    desk = by.desk
    async with desk.db.reading() as reader:
        form = await by.mine(reader)
    # Nobody can fill the memory with bodies that never end: each form has one in hand, the next waits unread.
    async with desk.turn(form):
        sent = await read_sent(by.request)
        photo, problem = await _developed(desk, sent)
    async with desk.db.transaction() as uow:
        form = await by.mine(uow)
        fields = read(sent.texts) if "story" in sent.texts else form.fields
        kept = not too_long_to_keep(fields)
        if kept and "story" in sent.texts:
            await forms.save(uow, form, fields, desk.now())
        await _remove(uow, form, sent.texts.get("remove", ""))
        if photo is not None:
            problem = await _add(uow, form, photo, desk)
        return Written(form, sent.texts, fields, await photos.of_form(uow, form.id), problem, kept)


async def _developed(desk: Desk, sent: Sent) -> tuple[Photo | None, str]:
    """The photo that was sent, or why there is none."""
    if sent.photo_too_large:
        return None, words("problem")["photo_too_large"]
    if not sent.photo:
        wanted = sent.texts.get("next") == "photo"
        return None, words("problem")["photo_missing"] if wanted else ""
    try:
        return await desk.studio.develop(sent.photo), ""
    except NotAPhoto:
        return None, words("problem")["photo_unreadable"]


async def _add(uow: UnitOfWork, form: Form, photo: Photo, desk: Desk) -> str:
    """Store the photo; the problem where there are enough already."""
    if len(await photos.of_form(uow, form.id)) >= forms.MOST_PHOTOS:
        return str(words("problem")["photo_too_many"])
    await photos.add(uow, form.person_id, photo.image, photo.width, photo.height, desk.now(), form_id=form.id)
    return ""


async def _remove(uow: UnitOfWork, form: Form, photo_id: str) -> None:
    try:
        known = UUID(photo_id)
    except ValueError:
        return
    await photos.remove_of_form(uow, form.id, known)
