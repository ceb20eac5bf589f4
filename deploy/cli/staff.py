"""`kizuki staff add`: an account for the inbox, the password from standard input only."""

import asyncio
import re
import sys
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
    password = sys.stdin.readline().rstrip("\n") if password_stdin else typer.prompt("Password", hide_input=True)
    if len(password) < SHORTEST_PASSWORD:
        raise StartError(text("staff.password_short", least=SHORTEST_PASSWORD))
    with with_services(load()) as settings:
        asyncio.run(_add(settings, email=email, name=name, role=role, agency=agency, password=password))
    print(text("staff.added", email=email, role=text(f"role.{role.value}")))


async def _add(settings: Settings, *, email: str, name: str, role: Role, agency: str | None, password: str) -> None:
    await ensure_schema(settings, may_migrate=False)
    house = House.build(settings)
    _check_agency(house, role, agency)
    try:
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
    finally:
        await house.database.close()


def _check_agency(house: House, role: Role, agency: str | None) -> None:
    known = ", ".join(a.id for a in house.city.agencies)
    if role is Role.AGENCY and agency is None:
        raise StartError(text("staff.agency_needed", known=known))
    if agency is not None and house.city.agency(agency) is None:
        raise StartError(text("staff.agency_unknown", agency=agency, known=known))
