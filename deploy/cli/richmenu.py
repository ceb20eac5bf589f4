"""`kizuki richmenu sync`: the menu under the talk, drawn for this city and brought to LINE."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bot.line_admin import LineAdmin, LineAdminError
from bot.richmenu.draw import FONT, NoFontError, PictureError
from bot.richmenu.menus import ROLES, MenuError, Role, languages, menu
from bot.richmenu.sync import Drawn, Outcome, drawn, sync
from deploy.citypack import load_city
from deploy.cli.packs import pack_name
from deploy.settings import Settings, load
from deploy.starting import StartError
from deploy.texts import text

app = typer.Typer(no_args_is_help=True, help="The menu under the talk.")


@app.callback()
def group() -> None:
    """The menu under the talk."""


@app.command("sync")
def run_sync(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")] = False,
    role: Annotated[list[str] | None, typer.Option(help=f"Only this role: {', '.join(ROLES)}.")] = None,
    save: Annotated[
        Path | None, typer.Option(help="Only draw, and put the pictures into this folder.", file_okay=False)
    ] = None,
    take_default: Annotated[
        bool, typer.Option("--take-default", help="Replace somebody else's menu as everybody's.")
    ] = False,
) -> None:
    """Draw the menus and bring them to LINE; a second run does nothing."""
    roles = _roles(role or [])
    if save is not None:
        _save(draw_all(load_city(pack_name()).name, roles), save)
        return
    settings = load()
    menus = draw_all(load_city(settings.city).name, roles)
    try:
        outcome = asyncio.run(_sync(settings, menus, dry_run=dry_run, take_default=take_default))
    except LineAdminError as error:
        said = f" ({error.said})" if error.said else ""
        reason = text(f"line_reason.{error.reason}", status=error.status)
        raise StartError(text("richmenu.failed", reason=f"{reason}{said}")) from None
    _tell(outcome, dry_run=dry_run)


def draw_all(city: str, roles: Sequence[Role] = ROLES) -> list[Drawn]:
    """Every menu of these roles, in every language that is there.

    Raises:
        StartError: one cannot be drawn.
    """
    try:
        return [drawn(menu(role, language, city)) for language in languages() for role in roles]
    except NoFontError:
        raise StartError(text("richmenu.no_font", file=FONT.relative_to(FONT.parents[3]))) from None
    except (MenuError, PictureError) as error:
        raise StartError(text("richmenu.bad", problem=error)) from None


async def _sync(settings: Settings, menus: Sequence[Drawn], *, dry_run: bool, take_default: bool) -> Outcome:
    token = settings.line_channel_access_token.get_secret_value()
    async with LineAdmin(access_token=token, api_base=settings.line_api_base) as line:
        return await sync(line, menus, dry_run=dry_run, take_default=take_default)


def _roles(given: Sequence[str]) -> tuple[Role, ...]:
    unknown = [role for role in given if role not in ROLES]
    if unknown:
        raise StartError(text("richmenu.no_role", role=unknown[0], known=", ".join(ROLES)))
    return tuple(role for role in ROLES if not given or role in given)


def _save(menus: Sequence[Drawn], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for one in menus:
        file = folder / f"{one.menu.alias}.png"
        file.write_bytes(one.png)
        print(text("richmenu.saved", file=file))


def _tell(outcome: Outcome, *, dry_run: bool) -> None:
    for act, alias in outcome.done:
        print(text(f"richmenu.{'would' if dry_run else 'did'}.{act}", alias=alias))
    for left, alias in outcome.left:
        print(text(f"richmenu.left.{left}", alias=alias))
    if not outcome.done and not outcome.left:
        print(text("richmenu.nothing"))
