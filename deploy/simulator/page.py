"""The web page of the simulator."""

from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from deploy.simulator.control import simulator_of
from deploy.simulator.texts import TEXTS

ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
STICKERS = ("ok", "thanks", "please", "wow", "cry", "heart", "morning", "night")
"""Our own drawings; the number in this row, from 1, is the sticker id."""

router = APIRouter()


@router.get("/", include_in_schema=False)
async def index(request: Request) -> Response:
    sim = simulator_of(request)
    html = ENVIRONMENT.get_template("page.html").render(
        account_name=sim.world.settings.account_name, places=TEXTS.places, stickers=STICKERS
    )
    return HTMLResponse(html, headers=HEADERS)
