"""The composition root of the web program: the doors are handed the record here, and nowhere else."""

import contextlib
from collections.abc import AsyncIterator, Sequence

from fastapi import FastAPI

from admin.app import build as build_inbox
from admin.desk import DemoAccount
from bot.webhook import router as line_router
from deploy import health
from deploy.house import House, load_agencies, now


def create_web(house: House, demo: Sequence[DemoAccount] = ()) -> FastAPI:
    """The web program: LINE's webhook, the staff inbox, and the health pages."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with house.opened():
            await load_agencies(house)
            yield

    app = FastAPI(title="Kizuki", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(health.router(house.database))
    app.include_router(line_router(house.database, house.settings.channel_secrets, house.wake, now=now))
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
