"""Refusals and failures as pages in plain Japanese. What is missing and what is not yours look the same."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from admin.desk import desk_of
from admin.visit import SignInNeeded
from cases.errors import CaseError


@dataclass(frozen=True, slots=True)
class ErrorPage:
    status: int
    title: str
    advice: str


def handle_errors(app: FastAPI) -> None:
    """Give every error of the app its page."""
    handlers: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
        SignInNeeded: _sign_in,
        CaseError: _case,
        HTTPException: _http,
        RequestValidationError: _unreadable,
        Exception: _failure,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def error_page(request: Request, status: int) -> Response:
    desk = desk_of(request)
    return desk.pages.answer(request, "error.html", ErrorPage(status, *desk.labels.error(status)), status)


async def refuse_cross_site(scope: Scope, receive: Receive, send: Send) -> None:
    """The answer to an action from another site. It is given before anything of the request is believed."""
    await error_page(Request(scope), HTTPStatus.FORBIDDEN)(scope, receive, send)


async def _sign_in(request: Request, error: Exception) -> Response:
    """To the sign-in page. htmx would follow a redirect and put that page into the list, so it is told to leave."""
    assert isinstance(error, SignInNeeded)
    target = "/signin?" + urlencode({"next": error.back})
    if request.headers.get("hx-request") == "true":
        return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": target})
    return RedirectResponse(target, HTTPStatus.SEE_OTHER)


async def _case(request: Request, error: Exception) -> Response:
    assert isinstance(error, CaseError)
    return error_page(request, error.status)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = error_page(request, error.status_code)
    response.headers.update(error.headers or {})
    return response


async def _unreadable(request: Request, error: Exception) -> Response:
    """A path that cannot be an id is a page that does not exist."""
    assert isinstance(error, RequestValidationError)
    in_path = any(problem["loc"][0] == "path" for problem in error.errors())
    return error_page(request, HTTPStatus.NOT_FOUND if in_path else HTTPStatus.UNPROCESSABLE_ENTITY)


async def _failure(request: Request, _: Exception) -> Response:
    """Something broke. The server raises it on to the log; the person reads nothing of it."""
    return error_page(request, HTTPStatus.INTERNAL_SERVER_ERROR)
