"""/inbox: the list, and its live stream."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from admin.desk import AtDesk
from admin.inbox.arrivals import arrivals
from admin.inbox.page import PAGE_SIZE, build_page
from admin.inbox.query import InboxQuery
from admin.permissions import Action, Permit
from admin.visit import Visit
from cases.referrals import repository

router = APIRouter()
Reading = Annotated[Visit, Depends(Permit(Action.READ_INBOX))]


@router.get("/", dependencies=[Depends(Permit(Action.READ_INBOX))])
async def home() -> Response:
    """The door: whoever is signed in works in the inbox."""
    return RedirectResponse("/inbox", HTTPStatus.SEE_OTHER)


@router.get("/inbox")
async def inbox(request: Request, desk: AtDesk, visit: Reading) -> Response:
    """Most urgent first, then oldest first; the filters stand in the address."""
    query = InboxQuery.read(visit.actor.role, request.query_params)
    async with desk.db.reading() as reader:
        rows = await repository.inbox(reader, visit.actor, query.filters, PAGE_SIZE + 1, query.before)
        counts = await repository.counts(reader, visit.actor)
    page = build_page(desk, visit, query, rows, counts, done=desk.done(request))
    return desk.pages.answer(request, "inbox/page.html", page)


@router.get("/inbox/events")
async def events(desk: AtDesk, visit: Reading) -> Response:
    """The stream of arrivals (server-sent events)."""
    return StreamingResponse(arrivals(desk, visit.token), media_type="text/event-stream")
