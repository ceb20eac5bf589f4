"""`kizuki staff add`: an account for the inbox, the password from standard input only."""

import asyncio
import contextlib
import re
import sys
from collections.abc import AsyncIterator
from typing import Annotated

import typer

from admin.signin.passwords import SHORTEST_PASSWORD, hash_password
from cases import staff
from cases.staff.roles import Role
from deploy.house import House, load_agencies, now
from deploy.settings import Settings, load
from deploy.starting import StartError, ensure_schema, with_services
from deploy.texts import text

app = typer.Typer(no_args_is_help=True, help="Accounts of the inbox.")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@app.callback()
def group() -> None:
    """Accounts of the inbox."""


@app.command("add")
def add(
    *,
    email: Annotated[str, typer.Option(help="Address to sign in with.")],
    name: Annotated[str, typer.Option(help="Name shown to colleagues.")],
    role: Annotated[Role, typer.Option(help="Role.")],
    agency: Annotated[str | None, typer.Option(help="Agency id, for the role agency.")] = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
) -> None:
    """Add one member of staff."""
    if not EMAIL.fullmatch(email):
        raise StartError(text("staff.email_wrong", email=email))
    with with_services(load()) as settings:
        # Nobody makes up a password for an account that cannot be; and while one is asked for, no loop runs, so that
        # Ctrl+C ends it.
        asyncio.run(_check(settings, email=email, role=role, agency=agency))
        password = _password(from_stdin=password_stdin)
        asyncio.run(_add(settings, email=email, name=name, role=role, agency=agency, password=password))
    print(text("staff.added", email=email, role=text(f"role.{role.value}")))


def _password(*, from_stdin: bool) -> str:
    asked = text("staff.password", least=SHORTEST_PASSWORD)
    password = sys.stdin.readline().rstrip("\n") if from_stdin else str(typer.prompt(asked, hide_input=True))
    if len(password) < SHORTEST_PASSWORD:
        raise StartError(text("staff.password_short", least=SHORTEST_PASSWORD))
    return password


async def _check(settings: Settings, *, email: str, role: Role, agency: str | None) -> None:
    """Everything that can stand in the way but the password.

    Raises:
        StartError: it does; the message tells what helps.
    """
    await ensure_schema(settings, may_migrate=False)
    async with _house(settings) as house:
        known = ", ".join(a.id for a in house.city.agencies)
        if role is Role.AGENCY and agency is None:
            raise StartError(text("staff.agency_needed", known=known))
        if agency is not None and house.city.agency(agency) is None:
            raise StartError(text("staff.agency_unknown", agency=agency, known=known))
        async with house.database.reading() as reader:
            if await staff.by_email(reader, email) is not None:
                raise StartError(text("staff.exists", email=email))


async def _add(settings: Settings, *, email: str, name: str, role: Role, agency: str | None, password: str) -> None:
    async with _house(settings) as house:
        await load_agencies(house)
        async with house.database.transaction() as uow:
            if await staff.by_email(uow, email) is not None:
                raise StartError(text("staff.exists", email=email))
            await staff.add(
                uow,
                email=email,
                name=name,
                role=role,
                agency_id=agency,
                password_hash=hash_password(password),
                now=now(),
            )


@contextlib.asynccontextmanager
async def _house(settings: Settings) -> AsyncIterator[House]:
    house = House.build(settings)
    try:
        yield house
    finally:
        await house.database.close()
