"""`kizuki demo | serve`: the programs with the pages."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from admin.assets import missing_assets
from deploy import demo as demo_house
from deploy.running import serve, worker_child
from deploy.settings import Settings, load
from deploy.starting import StartError, ensure_schema, say, with_kept_services
from deploy.texts import text


def run_demo(
    examples: Annotated[
        Path | None, typer.Option(help="JSON lines with `id` and `text`, carried by 「例文を流す」.", exists=True)
    ] = None,
    walk: Annotated[Path | None, typer.Option(help="Walk file for the examples.", exists=True)] = None,
    simulator_port: Annotated[int | None, typer.Option(help="Port of the simulator; default: KIZUKI_PORT + 1.")] = None,
) -> None:
    """Everything on this machine: embedded services, simulator, sample city, demo staff."""
    _need_assets()
    demo = demo_house.Demo.prepare(simulator_port)
    with with_kept_services(demo.settings) as (settings, revive):
        uvloop.run(_demo(demo, settings, revive, examples, walk))
    say("stopped", folder=demo.settings.data_dir)


async def _demo(
    demo: demo_house.Demo, settings: Settings, revive: Callable[[], None], examples: Path | None, walk: Path | None
) -> None:
    await ensure_schema(settings, may_migrate=True)
    await demo_house.add_agencies_and_staff(settings, demo.secrets.password)
    say("starting.staff")
    say("starting.web")

    accounts = demo_house.shown_accounts(demo.secrets.password)

    def tell() -> None:
        lines = [text("demo_account", role=account.role, email=account.email) for account in accounts]
        say(
            "demo_ready",
            simulator=demo.simulator_url,
            inbox=f"{settings.public_url}/inbox",
            password=demo.secrets.password,
            accounts="\n".join(lines),
        )

    children = [worker_child(settings), demo.simulator(examples, walk)]
    await serve(settings, children=children, revive=revive, on_ready=tell, accounts=accounts)


def run_serve(
    *,
    migrate_first: Annotated[bool, typer.Option("--migrate", help="Bring the schema up to date first.")] = False,
    web_only: Annotated[bool, typer.Option("--web-only", help="Leave the work to `kizuki worker`.")] = False,
) -> None:
    """Web and worker together; embedded services start for the URLs that are unset."""
    _need_assets()
    with with_kept_services(load()) as (settings, revive):
        uvloop.run(_serve(settings, revive, may_migrate=migrate_first, web_only=web_only))


async def _serve(settings: Settings, revive: Callable[[], None], *, may_migrate: bool, web_only: bool) -> None:
    await ensure_schema(settings, may_migrate=may_migrate)
    await serve(settings, children=[] if web_only else [worker_child(settings)], revive=revive)


def _need_assets() -> None:
    if missing_assets():
        raise StartError(text("errors.no_assets"))
