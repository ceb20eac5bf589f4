"""The 安心フォーム as one application, to be reached at `/form` and below."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from bot.form import views
from bot.form.body import MOST_BODY
from bot.form.desk import ConsentMissing, Desk, Gone, LeftInHurry, Over, desk_of
from bot.form.headers import ClosedHeaders, SameOriginOnly, liff_policy, policy
from bot.form.liff import Liff, LineAway
from bot.form.pages import Pages
from bot.form.texts import consent
from bot.lanes import Rings
from cases.db import Database
from routing.directory import City
from routing.watch import DangerWatch

STATIC = Path(__file__).parent / "static"


def build(
    database: Database,
    city: City,
    wake: Rings,
    *,
    now: Callable[[], datetime],
    secure_cookies: bool,
    quick_exit_url: str,
    liff: Liff | None = None,
) -> FastAPI:
    """The application.

    Args:
        database: the record.
        city: whose page it is, and who reads what is sent.
        wake: told of a confirmed form after its commit.
        now: the clock.
        secure_cookies: whether browsers reach it by https; cookies then have the `__Host-` prefix.
        quick_exit_url: where 画面をすぐ閉じる leads.
        liff: the LIFF app; with one, only who proves to be the form's person gets in.
    """
    pages = Pages.load(city.name, quick_exit_url)

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        await pages.note(HTTPStatus.FORBIDDEN)(scope, receive, send)

    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(ClosedHeaders, policy=policy(quick_exit_url)),
            Middleware(SameOriginOnly, secure=secure_cookies, refuse=refuse),
        ],
    )
    app.state.desk = Desk(
        db=database,
        wake=wake,
        now=now,
        zone=ZoneInfo(city.timezone),
        secure=secure_cookies,
        exit_url=quick_exit_url,
        liff=liff,
        liff_policy=liff_policy(quick_exit_url),
        consent=consent(city.name, city.readers),
        pages=pages,
        danger=DangerWatch(city),
    )
    app.mount("/form/static", StaticFiles(directory=STATIC), name="static")
    for router in (views.router, views.by_link):
        app.include_router(router, max_body_size=MOST_BODY)
    _handle_errors(app)
    return app


def at_form(app: FastAPI) -> list[BaseRoute]:
    """The routes by which a larger application reaches this one, whole addresses unchanged."""
    return [Route("/form", app), Route("/form/{rest:path}", app)]


def _handle_errors(app: FastAPI) -> None:
    handlers: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
        Gone: _gone,
        Over: _gone,
        LeftInHurry: _away,
        ConsentMissing: _to_consent,
        LineAway: _line_away,
        HTTPException: _http,
        RequestValidationError: _gone,
        Exception: _failure,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


async def _gone(request: Request, _: Exception) -> Response:
    return desk_of(request).pages.note(HTTPStatus.NOT_FOUND)


async def _away(request: Request, _: Exception) -> Response:
    return RedirectResponse(desk_of(request).exit_url, HTTPStatus.SEE_OTHER)


async def _to_consent(request: Request, _: Exception) -> Response:
    return RedirectResponse(f"/form/{request.path_params['token']}", HTTPStatus.SEE_OTHER)


async def _line_away(request: Request, _: Exception) -> Response:
    return desk_of(request).pages.note(HTTPStatus.SERVICE_UNAVAILABLE)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = desk_of(request).pages.note(error.status_code)
    response.headers.update(error.headers or {})
    return response


async def _failure(request: Request, _: Exception) -> Response:
    """Something broke. The server raises it on to the log; the person reads nothing of it.

    This answer is made outside of all middleware, so it is closed here.
    """
    desk = desk_of(request)
    response = desk.pages.note(HTTPStatus.INTERNAL_SERVER_ERROR)
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["Content-Security-Policy"] = policy(desk.exit_url)
    return response
