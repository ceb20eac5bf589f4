"""The composition root of the web program: the doors are handed the record here, and nowhere else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.types import Receive, Scope, Send

from admin.app import build as build_inbox
from admin.desk import DemoAccount
from bot.faults import Sync, no_sync
from bot.form.app import at_form
from bot.form.app import build as build_form
from bot.form.liff import Liff
from bot.outage import LineReplies, Outage
from bot.webhook import ADDRESS
from bot.webhook import router as line_router
from deploy import health, metrics
from deploy.bot_id import BotId
from deploy.house import House, load_agencies, now
from routing.watch import DangerWatch

ACCEPTING = 2
"""Connections of the webhook alone, so that no page of the office ever holds LINE up: one, and another while a broken
one is being given up."""


class _Web(FastAPI):
    """The pages, and before all layers of the framework the door of LINE, which needs none of them."""

    def __init__(self, line: APIRouter, **options: Any) -> None:
        super().__init__(**options)
        self._line = line

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == ADDRESS:
            await self._line(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_web(house: House, demo: Sequence[DemoAccount] = (), *, sync: Sync = no_sync) -> FastAPI:
    """The web program: LINE's webhook, the 安心フォーム, the staff inbox, and the health pages.

    `sync` is called at the named points of `bot.faults`, for the tests that kill there.
    """
    counted = metrics.Metrics()
    bot_id = BotId(house.database, house.settings.line_channel_access_token.get_secret_value())
    accepting = house.another_database(ACCEPTING)
    line = line_router(
        accepting,
        house.settings.accepted_secrets,
        house.wake,
        now=now,
        bot_user_id=bot_id,
        look_again=bot_id.look_again,
        outage=_outage(house, counted),
        sync=sync,
        watch=counted,
    )

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with house.opened():
            await load_agencies(house)
            following = asyncio.create_task(bot_id.run(), name="bot-id")
            try:
                async with line.lifespan_context(app):
                    yield
            finally:
                following.cancel()
                await asyncio.wait({following})
                await accepting.close()

    app = _Web(line, title="Kizuki", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(_standing(house, counted))
    app.router.routes.extend(at_form(_form(house)))
    inbox = build_inbox(
        db=house.database,
        city=house.city,
        live=house.wake,
        now=now,
        secure_cookies=house.settings.secure_cookies,
        demo=demo,
    )
    app.mount("/", inbox)
    return app


def _form(house: House) -> FastAPI:
    """The 安心フォーム."""
    settings = house.settings
    app = Liff(settings.liff_id, settings.line_login_channel_id, settings.line_api_base) if settings.liff_id else None
    return build_form(
        house.database,
        house.city,
        house.wake,
        now=now,
        secure_cookies=settings.secure_cookies,
        quick_exit_url=settings.quick_exit_url,
        liff=app,
    )


def _outage(house: House, counted: metrics.Metrics) -> Outage:
    """What answers danger while the database is away."""
    replies = LineReplies(
        access_token=house.settings.line_channel_access_token.get_secret_value(),
        api_base=house.settings.line_api_base,
    )
    return Outage(DangerWatch(house.city), replies, now=now, told=counted.outage_answer)


def _standing(house: House, counted: metrics.Metrics) -> APIRouter:
    """The pages for supervisors: /healthz, /readyz, /metrics."""

    def redis_up() -> bool:
        return house.wake.connected

    pages = APIRouter()
    pages.include_router(health.router(house.database, redis_up=redis_up))
    token = house.settings.metrics_token.get_secret_value()
    pages.include_router(metrics.router(counted, house.database, token=token, redis_up=redis_up))
    return pages
