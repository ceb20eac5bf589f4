"""`kizuki dialogs check | city check | city load`: are the scripts and the city pack as they should be."""

import asyncio
from typing import Annotated

import typer

from deploy.citypack import load_city
from deploy.cli.packs import pack_name
from deploy.house import House, load_agencies
from deploy.settings import Settings, load
from deploy.starting import ensure_schema, with_services
from deploy.texts import text
from dialogs.book import load_book
from dialogs.check import check
from routing.city import CityError

dialogs_app = typer.Typer(no_args_is_help=True, help="The conversation's scripts.")
city_app = typer.Typer(no_args_is_help=True, help="The city pack.")
CityName = Annotated[
    str, typer.Argument(help="City pack: id or folder; default: KIZUKI_CITY, else nagano.", show_default=False)
]


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
def city_check(city: CityName = "") -> None:
    """Check a city pack, entry by entry."""
    try:
        pack = load_city(pack_name(city))
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
