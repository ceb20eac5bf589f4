"""`/form/…`: consent, fields, reading once more, handing over, leaving at once. A GET changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog
from fastapi import APIRouter
from fastapi.responses import JSONResponse, RedirectResponse, Response

from bot.form import liff
from bot.form.body import read_texts
from bot.form.desk import AtDesk, ByLink, Gone, Link, Over
from bot.form.fields import read, ready
from bot.form.pages import ConsentPage, FieldsPage, LiffPage, Problem, ReviewPage, problems_of, review_rows, told
from bot.form.writing import TooLate, Written, write
from cases import forms, people, photos
from cases.db import Reader
from cases.errors import NotFound
from cases.forms import Form

log = structlog.get_logger()
router = APIRouter(prefix="/form")
by_link = APIRouter(prefix="/form/{token}")
DONE = "/form/done"


@router.get("")
async def arrive(desk: AtDesk) -> Response:
    """Where LINE opens the LIFF app; the page finds the link in its own address and proves who came."""
    if desk.liff is None:
        raise Gone
    page = desk.pages.answer("liff.html", LiffPage(desk.liff.id))
    page.headers["Content-Security-Policy"] = desk.liff_policy
    return page


@router.get("/done")
async def done(desk: AtDesk) -> Response:
    """The way back to the talk. Nothing of any form is on it, so anybody may see it."""
    page = desk.pages.answer("done.html", LiffPage(desk.liff.id if desk.liff else ""))
    if desk.liff:
        page.headers["Content-Security-Policy"] = desk.liff_policy
    return page


@by_link.post("/proof")
async def prove(by: ByLink) -> Response:
    """Take LIFF's ID token. Whoever proves to be the form's person gets it into this browser, from wherever it was."""
    app = by.desk.liff
    if app is None:
        raise Gone
    async with by.desk.db.reading() as reader:
        form = await by.live(reader)
        line_user = await _line_user(reader, form)
    texts = await read_texts(by.request)
    if not await liff.proves(app, texts.get("id_token", ""), line_user, by.desk.now()):
        log.warning("form.unproved", form=str(form.id))
        raise Gone
    async with by.desk.db.transaction() as uow:
        form = await by.live(uow)
        browser = await forms.bind(uow, form)
    answer = Response(status_code=HTTPStatus.NO_CONTENT)
    by.keep(answer, browser, form)
    return answer


@by_link.get("")
async def form_page(by: ByLink) -> Response:
    """The fields, for the browser that has the form; the consent, where nobody has it yet."""
    async with by.desk.db.reading() as reader:
        form = await by.live(reader)
        if not _may_meet(by, form):
            raise Gone
        if not form.is_of(by.browser) or form.consent_version != by.desk.consent.version:
            return by.desk.pages.answer("consent.html", ConsentPage(by.url, by.desk.consent))
        page = _fields_page(by, form, form.fields, await photos.of_form(reader, form.id))
    return by.desk.pages.answer("fields.html", page)


@by_link.post("/agree")
async def agree(by: ByLink) -> Response:
    """わかりました: the consent is noted, and the first browser to say so has the form."""
    desk, browser = by.desk, ""
    async with desk.db.transaction() as uow:
        form = await by.live(uow)
        if not _may_meet(by, form):
            raise Gone
        if not form.is_of(by.browser):
            browser = await forms.bind(uow, form)
        if form.consent_version != desk.consent.version:
            await forms.agree(uow, form, desk.consent.version, desk.now())
    answer = _to(by.url)
    if browser:
        by.keep(answer, browser, form)
    return answer


@by_link.post("")
async def write_down(by: ByLink) -> Response:
    """Keep what was typed, add or remove a photo, and go where the pressed button leads.

    A script of the page asks for a part of the answer: `draft` for none of it, `photos` for the photos alone.
    """
    try:
        written = await write(by)
    except TooLate as late:
        return by.desk.pages.note(HTTPStatus.NOT_FOUND, told(read(late.texts)))
    part = written.texts.get("part", "")
    if part == "draft":
        return _draft_answer(by, written)
    if part == "photos":
        return _mend(by, written, "photos.html")
    wants_review = written.texts.get("next") == "review"
    is_too_long = not (written.kept or written.conflict)
    wrong = problems_of(written.fields, len(written.photos)) if wants_review or is_too_long else {}
    if written.photo_problem or not written.kept or wrong:
        return _mend(by, written, problems=wrong)
    return _to(f"{by.url}/review" if wants_review else f"{by.url}#photos")


@by_link.get("/review")
async def review(by: ByLink) -> Response:
    """読みなおす: everything as it will be handed over."""
    async with by.desk.db.reading() as reader:
        form = await by.mine(reader)
        shown = await photos.of_form(reader, form.id)
    if problems_of(form.fields, len(shown)):
        return _to(by.url)
    is_danger = by.desk.hears_danger(form.fields.story)
    page = ReviewPage(by.url, by.desk.until(form), review_rows(form.fields), shown, is_danger)
    return by.desk.pages.answer("review.html", page)


@by_link.post("/confirm")
async def confirm(by: ByLink) -> Response:
    """トークにもどる: the talk gets what was written. Nothing has been sent to staff by this."""
    try:
        return _to(DONE if await _confirmed(by) else by.url)
    except Over as over:
        # The button was pressed twice, perhaps both at once: the second press meets what the first has done.
        if over.form.is_confirmed:
            return _to(DONE)
        raise


async def _confirmed(by: Link) -> bool:
    """Hand the form over; False where something is still to be mended."""
    desk = by.desk
    async with desk.db.transaction() as uow:
        form = await by.mine(uow)
        if problems_of(form.fields, len(await photos.of_form(uow, form.id))):
            return False
        try:
            await forms.confirm(uow, replace(form, fields=ready(form.fields)), desk.now())
        except NotFound:
            raise Gone from None
        uow.after_commit(partial(desk.wake.wake, "inbound"))
    log.info("form.confirmed", form=str(form.id))
    return True


@by_link.post("/leave")
async def leave(by: ByLink) -> Response:
    """画面をすぐ閉じる: what was typed goes, the form is never shown again, and a page of no meaning follows.

    It leads away whatever the link is, and however often it is asked for.
    """
    answer = _to(by.desk.exit_url)
    async with by.desk.db.transaction() as uow:
        try:
            form = await by.found(uow)
        except Gone:
            return answer
        if not form.is_of(by.browser):
            return answer
        await forms.leave(uow, form, by.desk.now())
    by.forget(answer)
    return answer


@by_link.get("/photos/{photo_id}")
async def photo(by: ByLink, photo_id: UUID) -> Response:
    """A small picture of a photo in the form, for the browser that has the form."""
    async with by.desk.db.reading() as reader:
        form = await by.mine(reader)
        image = await photos.read_of_form(reader, form.id, photo_id)
    if image is None:
        raise Gone
    small = await by.desk.studio.thumbnail(image)
    return Response(small, media_type="image/jpeg", headers={"Content-Disposition": "inline"})


def _may_meet(by: Link, form: Form) -> bool:
    """Whether the browser may be shown the consent at least: it has the form, or nobody has and nothing is to prove."""
    return form.is_of(by.browser) or not (form.is_bound or by.desk.liff)


async def _line_user(reader: Reader, form: Form) -> str:
    try:
        return await people.line_user(reader, form.person_id)
    except NotFound:
        raise Gone from None


def _fields_page(
    by: Link, form: Form, typed: forms.FormFields, shown: Sequence[photos.PhotoItem], **more: Any
) -> FieldsPage:
    return FieldsPage(
        by.url,
        by.desk.until(form),
        by.desk.seconds_left(form),
        typed,
        shown,
        form.revision,
        by.desk.hears_danger(typed.story),
        **{"saved": form.saved_at is not None, **more},
    )


def _mend(
    by: Link, written: Written, template: str = "fields.html", problems: Mapping[str, Problem] | None = None
) -> Response:
    """The fields again, or a part of them, with what was typed and what is to be mended."""
    page = _fields_page(
        by,
        written.form,
        written.fields,
        written.photos,
        problems=problems or {},
        photo_problem=written.photo_problem,
        conflict=written.conflict,
        saved=written.kept,
    )
    is_good = written.kept and not (problems or written.photo_problem)
    status = HTTPStatus.OK if is_good else HTTPStatus.UNPROCESSABLE_ENTITY
    return by.desk.pages.answer(template, page, status)


def _draft_answer(by: Link, written: Written) -> Response:
    """What the page's script hears of a save. A page that others have overtaken gets no number to save with."""
    heard = {"danger": by.desk.hears_danger(written.fields.story)}
    if written.kept:
        form = written.form
        return JSONResponse(
            {**heard, "revision": form.revision, "until": by.desk.until(form), "left": by.desk.seconds_left(form)}
        )
    return JSONResponse({**heard, "conflict": written.conflict}, HTTPStatus.UNPROCESSABLE_ENTITY)


def _to(target: str) -> Response:
    return RedirectResponse(target, HTTPStatus.SEE_OTHER)
