"""Brings the menus to LINE and takes away what they replace; whatever a run leaves unfinished, the next one finishes.

A menu at LINE cannot be changed, so a changed one is a new one. Its name holds a hash of all that is seen and sent:
who finds the name there has nothing to do. Only menus with a name of ours are ever removed; others belong to whoever
made them. People who have a menu of their own are moved to its successor before it goes, because LINE would show them
the default one.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.line_admin import LineAdmin, LineAdminError, StoredMenu
from bot.richmenu.draw import picture, png
from bot.richmenu.menus import EVERYBODY, Menu

NAME = re.compile(r"kizuki:([a-z-]+):([a-z]+):[0-9a-f]{16}")
MOVING_LOOKS = 8
MOVING_SECONDS = 1.0

Act = Literal["create", "picture", "alias", "default", "people", "delete"]
Left = Literal["foreign_default", "people_moving", "rate_limit"]
"""What this run could not do: `foreign_default` wants a decision, the others the next run."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A menu with its picture, and the name that tells whether LINE has it already."""

    menu: Menu
    name: str
    png: bytes


@dataclass(slots=True)
class Outcome:
    """What was done (in a dry run: what would be done), in order, each with the menu's alias; and what was left."""

    done: list[tuple[Act, str]] = field(default_factory=list)
    left: list[tuple[Left, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Standing:
    """What is at LINE."""

    menus: tuple[StoredMenu, ...]
    aliases: dict[str, str]
    default: str | None

    @classmethod
    async def read(cls, line: LineAdmin) -> "_Standing":
        return cls(await line.menus(), await line.aliases(), await line.default_menu())

    def find(self, drawn: Drawn) -> str | None:
        """The id of the menu with this name; of several, the one that is in use."""
        ids = [menu.id for menu in self.menus if menu.name == drawn.name]
        used = self.aliases.get(drawn.menu.alias)
        return used if used in ids else next(iter(ids), None)

    def old(self, menu: Menu, current: str) -> list[str]:
        """Menus of ours that `current` takes the place of."""
        return [stored.id for stored in self.menus if stored.id != current and _is_of(stored, menu)]

    @property
    def default_is_foreign(self) -> bool:
        ours = {menu.id for menu in self.menus if NAME.fullmatch(menu.name)}
        return self.default is not None and self.default not in ours


def drawn(menu: Menu) -> Drawn:
    """Draw the menu.

    Raises:
        NoFontError, PictureError: see `bot.richmenu.draw`.
    """
    sheet = picture(menu)
    shape = json.dumps(menu.request(""), ensure_ascii=False, sort_keys=True)
    seen = hashlib.sha256(sheet.tobytes() + shape.encode()).hexdigest()
    return Drawn(menu, f"kizuki:{menu.language}:{menu.role}:{seen[:16]}", png(sheet))


async def is_synced(line: LineAdmin, wanted: Sequence[Drawn]) -> bool:
    """Whether LINE has these menus, each under its alias.

    Raises:
        LineAdminError: LINE did not tell.
    """
    standing = await _Standing.read(line)
    return all(_in_place(standing, one) for one in wanted)


async def sync(
    line: LineAdmin, wanted: Sequence[Drawn], *, dry_run: bool = False, take_default: bool = False
) -> Outcome:
    """Make LINE have these menus and no older ones of the same role and language.

    Args:
        line: the calls.
        wanted: the menus, the first language first.
        dry_run: change nothing.
        take_default: set our menu as everybody's even where somebody else's stands there.

    Raises:
        LineAdminError: LINE did not do it; the next run goes on from there.
    """
    standing, outcome = await _Standing.read(line), Outcome()
    current: dict[str, str] = {}
    for one in wanted:
        current[one.menu.alias] = await _put(line, standing, one, outcome, dry_run=dry_run)
        if _is_everybodys(one.menu, wanted):
            await _set_default(line, standing, one, current, outcome, dry_run=dry_run, take=take_default)
    try:
        await _clear(line, standing, wanted, current, outcome, dry_run=dry_run)
    except LineAdminError as error:
        if error.reason != "rate_limit":
            raise
        outcome.left.append(("rate_limit", ""))
    return outcome


async def _put(line: LineAdmin, standing: _Standing, one: Drawn, outcome: Outcome, *, dry_run: bool) -> str:
    """Make the menu stand under its alias; its id."""
    alias = one.menu.alias
    menu_id = standing.find(one)
    needs_picture = menu_id is None or (standing.aliases.get(alias) != menu_id and not await line.has_picture(menu_id))
    if menu_id is None:
        outcome.done.append(("create", alias))
        menu_id = "" if dry_run else await line.create_menu(one.menu.request(one.name))
    if needs_picture:
        outcome.done.append(("picture", alias))
        if not dry_run:
            await line.set_menu_picture(menu_id, one.png)
    if standing.aliases.get(alias) != menu_id:
        outcome.done.append(("alias", alias))
        if not dry_run:
            await (line.update_alias if alias in standing.aliases else line.create_alias)(alias, menu_id)
    return menu_id


async def _set_default(
    line: LineAdmin,
    standing: _Standing,
    one: Drawn,
    current: dict[str, str],
    outcome: Outcome,
    *,
    dry_run: bool,
    take: bool,
) -> None:
    alias = one.menu.alias
    if standing.default == current[alias]:
        return
    if standing.default_is_foreign and not take:
        outcome.left.append(("foreign_default", alias))
        return
    outcome.done.append(("default", alias))
    if not dry_run:
        await line.set_default_menu(current[alias])


async def _clear(
    line: LineAdmin,
    standing: _Standing,
    wanted: Sequence[Drawn],
    current: dict[str, str],
    outcome: Outcome,
    *,
    dry_run: bool,
) -> None:
    """Remove what was replaced, people first."""
    old = {one.menu.alias: standing.old(one.menu, current[one.menu.alias]) for one in wanted}
    own = [one.menu.alias for one in wanted if old[one.menu.alias] and not _is_everybodys(one.menu, wanted)]
    if own:
        outcome.done += [("people", alias) for alias in own]
        moves = [(menu_id, current[alias]) for alias in own for menu_id in old[alias]]
        if not dry_run and not await _moved(line, moves):
            outcome.left += [("people_moving", alias) for alias in own]
            old = {alias: ids for alias, ids in old.items() if alias not in own}
    for alias, ids in old.items():
        for menu_id in ids:
            if not dry_run:
                await line.delete_menu(menu_id)
            outcome.done.append(("delete", alias))


async def _moved(line: LineAdmin, moves: Sequence[tuple[str, str]]) -> bool:
    """Move people and look for some seconds whether it is done: LINE does it when it finds the time."""
    request_id = await line.move_people(moves)
    for look in range(MOVING_LOOKS):
        await asyncio.sleep(MOVING_SECONDS if look else 0)
        phase = await line.moved(request_id)
        if phase != "ongoing":
            return phase == "succeeded"
    return False


def _in_place(standing: _Standing, one: Drawn) -> bool:
    menu_id = standing.find(one)
    return menu_id is not None and standing.aliases.get(one.menu.alias) == menu_id


def _is_everybodys(menu: Menu, wanted: Sequence[Drawn]) -> bool:
    """Whether the menu is for whoever has none of their own: everybody's, in the first language."""
    return menu.role == EVERYBODY and menu.language == wanted[0].menu.language


def _is_of(stored: StoredMenu, menu: Menu) -> bool:
    found = NAME.fullmatch(stored.name)
    return found is not None and (found[1], found[2]) == (menu.language, menu.role)
