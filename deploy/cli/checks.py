"""`kizuki dialogs check | city check | city load | doctor`: is everything as it should be, and if not, what helps."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

import httpx2
import redis.asyncio as redis
import typer
from redis.exceptions import RedisError
from sqlalchemy import text as statement
from sqlalchemy.exc import SQLAlchemyError

from admin.assets import missing_assets
from cases import migrate
from deploy.citypack import load_city
from deploy.house import House, load_agencies
from deploy.settings import Settings, SettingsError, load
from deploy.starting import ensure_schema, with_services
from deploy.texts import text
from dialogs.book import load_book
from dialogs.check import check
from routing.city import CityError

dialogs_app = typer.Typer(no_args_is_help=True, help="The conversation's scripts.")
city_app = typer.Typer(no_args_is_help=True, help="The city pack.")
CityName = Annotated[str, typer.Argument(help="City pack: id or folder; default: KIZUKI_CITY.")]


class Ailing(Exception):  # noqa: N818 - a finding of the doctor, not an error of the program
    """One thing is not as it should be; the text says what was seen."""


def register(app: typer.Typer) -> None:
    app.command("doctor")(doctor)


@dialogs_app.callback()
def dialogs_group() -> None:
    """The conversation's scripts."""


@dialogs_app.command("check")
def dialogs_check() -> None:
    """Prove the scripts: every state reachable, a way out everywhere, every text there and within LINE's limits."""
    book = load_book()
    findings = check(book)
    for finding in findings:
        print(text("dialogs.finding", severity=finding.severity, where=finding.where, what=finding.what))
    if findings:
        raise typer.Exit(1)
    print(text("dialogs.fine", scripts=len(book.scripts)))


@city_app.command("check")
def city_check(city: CityName = "nagano") -> None:
    """Check a city pack, entry by entry."""
    try:
        pack = load_city(city)
    except CityError as error:
        for problem in error.problems:
            print(text("city.problem", problem=problem))
        raise typer.Exit(1) from None
    print(
        text(
            "city.fine",
            city=pack.name,
            districts=len(pack.districts),
            agencies=len(pack.agencies),
            hotlines=len(pack.hotlines),
            empty=sum(not agency.phone for agency in pack.agencies),
            unverified=sum(agency.checked.verified_on is None for agency in pack.agencies),
        )
    )


@city_app.command("load")
def city_load() -> None:
    """Bring the city pack's agencies into the database."""
    with with_services(load()) as settings:
        count, name = asyncio.run(_load(settings))
    print(text("city.loaded", city=name, agencies=count))


async def _load(settings: Settings) -> tuple[int, str]:
    await ensure_schema(settings, may_migrate=False)
    house = House.build(settings)
    try:
        return await load_agencies(house), house.city.name
    finally:
        await house.database.close()


def doctor() -> None:
    """Look at everything the service needs; each finding with its remedy."""
    try:
        settings = load()
    except SettingsError as error:
        print(text("doctor.bad", name=text("doctor.settings"), detail=error, remedy=text("doctor.remedy.settings")))
        raise typer.Exit(1) from None
    print(text("doctor.ok", name=text("doctor.settings"), detail=settings.public_url))
    with with_services(settings) as running:
        bad = asyncio.run(_examine(running))
    print(text("doctor.some_bad", count=bad) if bad else text("doctor.all_well"))
    if bad:
        raise typer.Exit(1)


async def _examine(settings: Settings) -> int:
    looks: dict[str, Callable[[Settings], Awaitable[str]]] = {
        "city": _city,
        "dialogs": _dialogs,
        "assets": _assets,
        "postgres": _postgres,
        "schema": _schema,
        "redis": _redis,
        "line": _line,
    }
    bad = 0
    for name, look in looks.items():
        try:
            print(text("doctor.ok", name=text(f"doctor.{name}"), detail=await look(settings)))
        except Ailing as finding:
            bad += 1
            remedy = text(f"doctor.remedy.{name}", base=settings.line_api_base)
            print(text("doctor.bad", name=text(f"doctor.{name}"), detail=finding, remedy=remedy))
    return bad


async def _city(settings: Settings) -> str:
    try:
        return load_city(settings.city).name
    except CityError as error:
        raise Ailing("; ".join(error.problems)) from error


async def _dialogs(_settings: Settings) -> str:
    if findings := check(load_book()):
        raise Ailing(f"{findings[0].where}: {findings[0].what}")
    return "ok"


async def _assets(_settings: Settings) -> str:
    if missing := missing_assets():
        raise Ailing(", ".join(missing))
    return "ok"


async def _postgres(settings: Settings) -> str:
    house = House.build(settings)
    try:
        async with house.database.reading() as reader:
            version: str = (await reader.session.execute(statement("SHOW server_version"))).scalar_one()
            return version
    except (SQLAlchemyError, OSError) as error:
        raise Ailing(type(error).__name__) from error
    finally:
        await house.database.close()


async def _schema(settings: Settings) -> str:
    try:
        current = await migrate.current(settings.database_url)
    except (SQLAlchemyError, OSError) as error:
        raise Ailing(type(error).__name__) from error
    if current != migrate.head():
        raise Ailing(f"{current} ≠ {migrate.head()}")
    return migrate.head()


async def _redis(settings: Settings) -> str:
    client = redis.Redis.from_url(settings.redis_url, socket_connect_timeout=2, socket_timeout=2)
    try:
        await client.ping()
    except (RedisError, OSError) as error:
        raise Ailing(type(error).__name__) from error
    finally:
        await client.aclose()
    return "ok"


async def _line(settings: Settings) -> str:
    token = settings.line_channel_access_token.get_secret_value()
    try:
        async with httpx2.AsyncClient(base_url=settings.line_api_base, timeout=8) as client:
            answer = await client.get("/v2/bot/info", headers={"Authorization": f"Bearer {token}"})
            answer.raise_for_status()
            return str(answer.json().get("basicId", "ok"))
    except (httpx2.HTTPError, ValueError) as error:
        raise Ailing(type(error).__name__) from error
