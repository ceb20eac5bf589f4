"""The simulator as one ASGI application: Messaging API, control API and web page."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from deploy.simulator import control, control_walks, page
from deploy.simulator.api_account import add_account_endpoints, verify_router
from deploy.simulator.api_messages import add_message_endpoints
from deploy.simulator.api_richmenu import add_rich_menu_endpoints
from deploy.simulator.call import Endpoints
from deploy.simulator.control import Simulator
from deploy.simulator.world import World

STATIC = Path(__file__).parent / "static"
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
OWN_SITE = {"same-origin", "none"}

Next = Callable[[Request], Awaitable[Response]]


def build(world: World, *, walk: Path | None = None, examples: Path | None = None) -> FastAPI:
    """The application for this world.

    Raises:
        WalkFileError: for a walk file that cannot be used.
        ExamplesError: for a line of the examples that is no example.
    """
    simulator = Simulator.build(world, walk=walk, examples=examples)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await simulator.walks.stop_all()
        await simulator.courier.close()

    app = FastAPI(title="LINE simulator", openapi_url=None, lifespan=lifespan)
    app.state.simulator = simulator
    endpoints = Endpoints(world)
    add_message_endpoints(endpoints)
    add_account_endpoints(endpoints, simulator.courier)
    add_rich_menu_endpoints(endpoints)
    for router in (endpoints.router, verify_router(world), control.router, control_walks.router, page.router):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_exception_handler(HTTPException, _unknown)
    app.middleware("http")(_own_pages_only)
    return app


async def _unknown(request: Request, error: Exception) -> Response:
    """Paths that LINE does not know are answered in LINE's shape, ours in FastAPI's."""
    assert isinstance(error, HTTPException)
    if request.url.path.startswith("/v2/"):
        message = "Method not allowed" if error.status_code == 405 else "Not found"  # noqa: PLR2004 - the HTTP status
        return JSONResponse({"message": message}, error.status_code)
    return JSONResponse({"detail": error.detail}, error.status_code, headers=error.headers)


async def _own_pages_only(request: Request, call_next: Next) -> Response:
    """No other web page may act in the talks: browsers tell where a request comes from."""
    foreign = request.headers.get("sec-fetch-site", "none") not in OWN_SITE
    if foreign and request.url.path.startswith("/sim/") and request.method not in SAFE_METHODS:
        return JSONResponse({"detail": "only the simulator's own page may do this"}, 403)
    return await call_next(request)
