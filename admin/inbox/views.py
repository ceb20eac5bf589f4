"""/inbox: the list, and its live stream."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from admin.desk import AtDesk, desk_of
from admin.inbox.arrivals import arrivals
from admin.inbox.line import LinePage, line_state
from admin.inbox.page import PAGE_SIZE, build_page
from admin.inbox.query import InboxQuery
from admin.permissions import Action, Permit
from admin.visit import Visit, refreshed_by_page
from cases.db import UnitOfWork
from cases.referrals import repository

router = APIRouter()
Reading = Annotated[Visit, Depends(Permit(Action.READ_INBOX))]


@router.get("/", dependencies=[Depends(Permit(Action.READ_INBOX))])
async def home() -> Response:
    """The door: whoever is signed in works in the inbox."""
    return RedirectResponse("/inbox", HTTPStatus.SEE_OTHER)


@router.get("/inbox")
async def inbox(request: Request, desk: AtDesk, visit: Reading) -> Response:
    """Most urgent first, then oldest first; the filters stand in the address. What it quotes is recorded as read."""
    query, actor = InboxQuery.read(visit.actor.role, request.query_params, desk.city), visit.actor
    async with desk.db.transaction() as uow:
        if query.number:
            return await _found(request, uow, visit, query)
        rows = await repository.inbox(uow, actor, query.filters, PAGE_SIZE + 1, query.before)
        counts = await repository.counts(uow, actor)
        refreshed, shown = refreshed_by_page(request), rows[:PAGE_SIZE]
        await repository.note_shown(uow, actor, query.filters, shown, desk.now(), refreshed=refreshed)
    line = await line_state(desk, visit)
    page = build_page(desk, visit, query, rows, counts, done=desk.done(request), line=line)
    return desk.pages.answer(request, "inbox/page.html", page)


async def _found(request: Request, uow: UnitOfWork, visit: Visit, query: InboxQuery) -> Response:
    """The sheet with the number that was typed, or a page that says there is none."""
    desk = desk_of(request)
    referral = await repository.with_number(uow, visit.actor, query.number)
    if referral is not None:
        return RedirectResponse(f"/referrals/{referral}", HTTPStatus.SEE_OTHER)
    page = build_page(
        desk, visit, query, (), await repository.counts(uow, visit.actor), line=await line_state(desk, visit)
    )
    return desk.pages.answer(request, "inbox/page.html", page)


@router.get("/inbox/line")
async def line(request: Request, desk: AtDesk, visit: Annotated[Visit, Depends(Permit(Action.READ_LINE))]) -> Response:
    """What stands in the way at LINE: the part of the inbox that asks for itself anew each minute."""
    return desk.pages.answer(request, "inbox/line.html", LinePage(await line_state(desk, visit)))


@router.get("/inbox/events")
async def events(desk: AtDesk, visit: Reading) -> Response:
    """The stream of arrivals (server-sent events)."""
    return StreamingResponse(arrivals(desk, visit.token), media_type="text/event-stream")
