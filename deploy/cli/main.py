"""The `kizuki` command: what there is, told at once. Each group of commands lives in a file beside this one."""

import importlib
from typing import Any

import typer
from typer.core import TyperGroup

from deploy import logs

COMMANDS = {
    "demo": ("programs:run_demo", "Everything on this machine: embedded services, simulator, sample city, demo staff."),
    "serve": ("programs:run_serve", "Web and worker together; embedded services start for the URLs that are unset."),
    "worker": ("record:run_worker", "Only the work: events into cases, answers out to LINE."),
    "migrate": ("record:run_migrate", "Bring the database schema up to date."),
    "doctor": ("doctor:run_doctor", "Look at everything the service needs; each finding with its remedy."),
    "richmenu": ("richmenu:app", "The menu under the talk."),
    "suggest": ("suggest:run_suggest", 'Read `{"id","text"}` lines on stdin, write concerns and agencies, best first.'),
    "staff": ("staff:app", "Accounts of the inbox."),
    "dialogs": ("checks:dialogs_app", "The conversation's scripts."),
    "city": ("checks:city_app", "The city pack."),
    "events": ("events:app", "Events that were set aside."),
}
"""Where each command is below `deploy.cli`, and its line of the help, which its own docstring repeats."""


class _LoadedWhenCalled(TyperGroup):
    """Imports the module of a command when that command is called.

    The commands need LINE's SDK, the pages, the record or the dictionary, each of which takes from half a second to
    two seconds to import (and four times that on a cold disk), but none needs them all, and the help needs none. A
    web process that was started by `kizuki serve` keeps what it imported for as long as it runs.
    """

    def invoke(self, ctx: Any) -> Any:
        # What refuses kindly has to know the errors of the database's driver, so it is loaded here as well.
        with importlib.import_module("deploy.starting").refusing():
            return super().invoke(ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and _loaded(str(name)), rest


def _loaded(name: str) -> Any:
    module, _, what = COMMANDS[name][0].partition(":")
    found = getattr(importlib.import_module(f"deploy.cli.{module}"), what)
    alone = typer.Typer()
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=name)
    else:
        alone.command(name)(found)
    return typer.main.get_group(alone).commands[name]


def _stands_in() -> None:
    """What the help lists in place of a command that is not loaded."""


app = typer.Typer(
    cls=_LoadedWhenCalled,
    name="kizuki",
    help="Kizuki: from a worry on LINE to a つなぐシート in the city's inbox.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _name, (_, _tells) in COMMANDS.items():
    app.command(_name, help=_tells)(_stands_in)


def run() -> None:
    logs.configure()
    app()


if __name__ == "__main__":
    run()
