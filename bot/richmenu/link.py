"""Gives one person the menu of their role."""

from bot.line_admin import LineAdmin
from bot.richmenu.menus import EVERYBODY, Role, alias_of


class NoMenuError(RuntimeError):
    """LINE has no menu for the role yet: `kizuki richmenu sync` brings it there. The message is its alias."""


async def link(line: LineAdmin, line_user: str, role: Role, *, language: str = "ja") -> None:
    """Show this person the menu of `role` from now on; everybody's own where the role is everybody's.

    Raises:
        NoMenuError: see there.
        LineAdminError: LINE did not do it; `refused` for somebody who is no friend of the account.
    """
    if role == EVERYBODY:
        await line.unlink_menu(line_user)
        return
    alias = alias_of(role, language)
    menu_id = (await line.aliases()).get(alias)
    if menu_id is None:
        raise NoMenuError(alias)
    await line.link_menu(line_user, menu_id)
