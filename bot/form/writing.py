"""Writing down what one request brought: the words first, then a photo, so that a spoilt photo costs no word."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from bot.form.body import Sent, is_multipart, read_sent
from bot.form.darkroom import NotAPhoto, Photo
from bot.form.desk import Desk, Link, Over
from bot.form.fields import read, too_long_to_keep
from bot.form.pages import told
from bot.form.texts import words
from cases import forms, photos
from cases.forms import Form, FormFields
from cases.photos import PhotoItem


class TooLate(Exception):  # noqa: N818 - what it is
    """The form takes nothing any longer; what was typed is here, for its person to copy."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__()
        self.texts = texts


@dataclass(frozen=True, slots=True)
class Written:
    """What the form holds now.

    `fields` are what was typed, or what stands where nothing was. `kept` is false where the words are not in the form:
    too many to be kept even as a draft, or written over what another page has saved in between; that is `conflict`.
    """

    form: Form
    texts: Mapping[str, str]
    fields: FormFields
    photos: list[PhotoItem]
    photo_problem: str
    kept: bool
    conflict: str


async def write(by: Link) -> Written:
    """Read the request of the browser that has the form, and write down what it brought.

    Nothing is read for any other browser.

    Raises:
        Gone, LeftInHurry, ConsentMissing, TooLate: see there.
        HTTPException: the body cannot be read.
    """
    async with by.desk.db.reading() as reader:
        try:
            form = await by.mine(reader)
        except Over as over:
            form = over.form
    if not is_multipart(by.request):
        return await _written(by, await read_sent(by.request))
    # Nobody can fill the memory with photos that never end: each person has one in hand, the next waits unread. Words
    # that come by themselves are few, and wait for nothing.
    async with by.desk.turn(form):
        return await _written(by, await read_sent(by.request))


async def _written(by: Link, sent: Sent) -> Written:
    try:
        written = await _words(by, sent)
        return await _photo(by, sent, written)
    except Over:
        raise TooLate(sent.texts) from None


async def _words(by: Link, sent: Sent) -> Written:
    """Save what was typed and remove what is to go."""
    async with by.desk.db.transaction() as uow:
        form = await by.mine(uow)
        typed = read(sent.texts) if "story" in sent.texts else form.fields
        conflict = told(form.fields, typed) if _is_stale(sent.texts, form) else ""
        kept = not conflict and not too_long_to_keep(typed)
        if kept and "story" in sent.texts:
            form = await forms.save(uow, form, typed, by.desk.now())
        if removed := _id(sent.texts.get("remove", "")):
            await photos.remove_of_form(uow, form.id, removed)
        return Written(form, sent.texts, typed, await photos.of_form(uow, form.id), "", kept, conflict)


def _is_stale(sent: Mapping[str, str], form: Form) -> bool:
    """Whether the page was made from older words than the form holds. Without a number there is nothing to say."""
    return "revision" in sent and sent["revision"] != str(form.revision)


async def _photo(by: Link, sent: Sent, written: Written) -> Written:
    """Develop the photo that was sent and put it into the form."""
    photo, problem = await _developed(by.desk, sent)
    if photo is None:
        return replace(written, photo_problem=problem)
    async with by.desk.db.transaction() as uow:
        form = await by.mine(uow)
        if len(await photos.of_form(uow, form.id)) >= forms.MOST_PHOTOS:
            problem = words("problem")["photo_too_many"]
        else:
            now = by.desk.now()
            await photos.add(uow, form.person_id, photo.image, photo.width, photo.height, now, form_id=form.id)
            form = await forms.prolong(uow, form, now)
        return replace(written, form=form, photos=await photos.of_form(uow, form.id), photo_problem=problem)


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


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
