"""/signin and /signout."""

from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from admin.desk import AtDesk, DemoAccount, Desk
from admin.fields import Fields, Typed
from admin.permissions import Action, Public
from admin.signin.gate import Attempt, Gate, Refusal
from admin.visit import SignInNeeded, local_path, visit_of_token
from cases import audit
from cases.staff import sessions
from cases.staff.signins import WINDOW

MOST_EMAIL = 254
MOST_PASSWORD = 200
STATUS = {
    Refusal.WRONG: HTTPStatus.UNPROCESSABLE_ENTITY,
    Refusal.MISSING: HTTPStatus.UNPROCESSABLE_ENTITY,
    Refusal.THROTTLED: HTTPStatus.TOO_MANY_REQUESTS,
}

router = APIRouter()


@dataclass(frozen=True, slots=True)
class SignInPage:
    """`next` is where the way leads afterwards; `demo` holds the keys shown, outside the demo none."""

    form: Fields
    next: str
    demo: tuple[DemoAccount, ...]
    done: str


@router.get("/signin", dependencies=[Depends(Public(Action.SIGN_IN))])
async def ask(request: Request, desk: AtDesk) -> Response:
    """The sign-in page; whoever is signed in already goes on."""
    back = local_path(request.query_params.get("next", ""))
    try:
        await visit_of_token(desk, request.cookies.get(desk.cookie, ""))
    except SignInNeeded:
        return _page(request, desk, Fields("signin", {}, desk.labels), back)
    return RedirectResponse(back, HTTPStatus.SEE_OTHER)


@router.post("/signin", dependencies=[Depends(Public(Action.SIGN_IN))])
async def sign_in(request: Request, desk: AtDesk, typed: Typed) -> Response:
    """One attempt. The cookie is set anew; the password is never sent back."""
    attempt = Attempt(
        email=typed.get("email", "").strip()[:MOST_EMAIL],
        password=typed.get("password", "")[:MOST_PASSWORD],
        address=request.client.host if request.client else "",
        old_token=request.cookies.get(desk.cookie, ""),
    )
    gate: Gate = request.app.state.gate
    outcome = await gate.try_(attempt)
    back = local_path(typed.get("next", ""))
    if isinstance(outcome, Refusal):
        message = desk.labels.say("signin", outcome, minutes=int(WINDOW.total_seconds() // 60))
        form = Fields("signin", {"email": attempt.email}, desk.labels, {"": message})
        return _page(request, desk, form, back, STATUS[outcome])
    response = RedirectResponse(back, HTTPStatus.SEE_OTHER)
    response.set_cookie(desk.cookie, outcome, path="/", secure=desk.secure_cookies, httponly=True, samesite="lax")
    return response


@router.post("/signout", dependencies=[Depends(Public(Action.SIGN_OUT))])
async def sign_out(request: Request, desk: AtDesk) -> Response:
    """The session ends at the server, and the browser is told to forget what it kept of it."""
    token = request.cookies.get(desk.cookie, "")
    now = desk.now()
    async with desk.db.transaction() as uow:
        session = await sessions.read(uow, token, now)
        if session and session.actor.staff_id:
            await audit.record(uow, session.actor, "signout", "staff", session.actor.staff_id, {}, now)
        await sessions.revoke(uow, token)
    response = RedirectResponse("/signin?done=signout", HTTPStatus.SEE_OTHER)
    response.delete_cookie(desk.cookie, path="/", secure=desk.secure_cookies, httponly=True, samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _page(request: Request, desk: Desk, form: Fields, back: str, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return desk.pages.answer(request, "signin/page.html", SignInPage(form, back, desk.demo, desk.done(request)), status)
