"""Webhooks that are not signed by LINE itself with its one secret: rotation, and a program in front of us."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from fastapi import FastAPI

from bot.passing import signature
from bot.webhook import router
from cases.db import Database
from deploy.settings import Settings, load
from tests.bot.talking import NOW, USER, Bell, Talk, said
from tests.bot.test_webhook import body_of, client_of, stored

OLD, NEW, VENDOR = "1" * 32, "2" * 32, "a secret of the vendor in front of us"
KEYS = "t:" + base64.b64encode(bytes(range(32))).decode()


def settings(**more: Any) -> Settings:
    return load(line_channel_secret=f"{NEW},{OLD}", line_channel_access_token="t" * 40, keys=KEYS, **more)


@asynccontextmanager
async def door(database: Database, bell: Bell, given: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    app.include_router(router(database, given.accepted_secrets, bell, now=lambda: NOW))
    async with client_of(app) as client:
        yield client


async def knock(client: httpx2.AsyncClient, body: bytes, secret: str) -> int:
    answer = await client.post("/line/webhook", content=body, headers={"x-line-signature": signature(secret, body)})
    return answer.status_code


async def test_while_a_secret_is_rotated_webhooks_under_both_pass(database: Database, bell: Bell) -> None:
    async with door(database, bell, settings()) as client:
        seen = [await knock(client, body_of(said("a", f"U{secret}")), secret) for secret in (OLD, NEW, "3" * 32)]
    assert seen == [200, 200, 401]
    assert await stored(database) == 2


async def test_when_the_rotation_is_over_the_old_secret_opens_nothing(database: Database, bell: Bell) -> None:
    async with door(database, bell, settings().model_copy(update={"line_channel_secret": settings().keys})) as client:
        assert await knock(client, body_of(said("a")), OLD) == 401


async def test_a_program_in_front_of_us_signs_with_its_own_secret(database: Database, bell: Bell) -> None:
    async with door(database, bell, settings(forwarded_secret=VENDOR)) as client:
        assert [await knock(client, body_of(said("a", f"U{n}")), secret) for n, secret in enumerate((VENDOR, NEW))] == [
            200,
            200,
        ]
    async with door(database, bell, settings()) as client:
        assert await knock(client, body_of(said("a")), VENDOR) == 401


async def test_no_24_what_the_program_in_front_lost_keeps_nobody_from_being_answered(
    database: Database, bell: Bell, talk: Talk
) -> None:
    """No webhookEventId, no deliveryContext: the event is known again by what makes it one."""
    bare = said("気になる人がいる", USER, webhookEventId=..., deliveryContext=...)
    async with door(database, bell, settings(forwarded_secret=VENDOR)) as client:
        for _ in range(2):
            assert await knock(client, body_of(bare), VENDOR) == 200
    assert await stored(database) == 1
    await talk.work()
    assert await talk.outbox()
