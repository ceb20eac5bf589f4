"""The staff door: pages for the city's staff and its agencies, as one application to be mounted at the root."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from admin import labels as words
from admin.desk import DemoAccount, Desk, Live
from admin.errors import handle_errors, refuse_cross_site
from admin.inbox import views as inbox
from admin.pages import Pages
from admin.permissions import declared
from admin.referral import answers, photos
from admin.referral import views as referral
from admin.security import ClosedHeaders, SameOriginOnly
from admin.signin import views as signin
from admin.signin.gate import Gate
from admin.signin.passwords import Passwords
from admin.times import Times
from cases.db import Database
from routing.directory import City

ROUTERS = (signin.router, inbox.router, referral.router, answers.router, photos.router)
STATIC = Path(__file__).parent / "static"
MOST_BODY = 128 * 1024
"""Bytes of a form: the longest note, percent-encoded, fits several times."""


def build(
    db: Database,
    city: City,
    live: Live,
    *,
    now: Callable[[], datetime],
    secure_cookies: bool,
    demo: Sequence[DemoAccount] = (),
    passwords: Passwords | None = None,
) -> FastAPI:
    """The staff application.

    Args:
        db: the record.
        city: names of districts, and the agencies to offer to.
        live: calls between processes; `wake("inbox")` after a change, `wait("inbox", …)` in the live stream.
        now: the present moment, aware, in UTC.
        secure_cookies: whether browsers reach it by https; the cookie then has the `__Host-` prefix.
        demo: made-up accounts whose keys are shown on the sign-in page. Empty outside the demo.
        passwords: how passwords are checked; argon2id with its library's settings unless a test wants less.

    Raises:
        ValueError: a route forgot to declare its permission.
    """
    labels = words.load()
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(ClosedHeaders),
            Middleware(SameOriginOnly, secure=secure_cookies, refuse=refuse_cross_site),
        ],
    )
    desk = Desk(
        db=db,
        city=city,
        live=live,
        now=now,
        secure_cookies=secure_cookies,
        demo=tuple(demo),
        labels=labels,
        times=Times(ZoneInfo(city.timezone), labels),
        pages=Pages.load(city.name, labels),
        passwords=passwords or Passwords(),
    )
    app.state.desk = desk
    app.state.gate = Gate(desk)
    _refuse_undeclared(pages())
    for router in ROUTERS:
        app.include_router(router, max_body_size=MOST_BODY)
    handle_errors(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def pages() -> list[APIRoute]:
    """Every route of the application; only the static files are not among them."""
    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def _refuse_undeclared(routes: Iterable[APIRoute]) -> None:
    forgotten = [route.path for route in routes if declared(route) is None]
    if forgotten:
        raise ValueError(f"no permission declared: {', '.join(forgotten)}")
