"""`kizuki doctor` and `kizuki richmenu`, as the command line knows them: they become `deploy.cli.channel`."""

import os
import sys

import typer

from deploy.running import python_program

_AS_TYPED = {"allow_extra_args": True, "ignore_unknown_options": True}


def register(app: typer.Typer) -> None:
    for name, tells in (("doctor", _doctor), ("richmenu", _richmenu)):
        app.command(name, context_settings=_AS_TYPED, add_help_option=False)(tells)


def _doctor(context: typer.Context) -> None:
    """Look at everything the service needs; each finding with its remedy."""
    _become("doctor", context.args)


def _richmenu(context: typer.Context) -> None:
    """The menu under the talk: `richmenu sync`."""
    _become("richmenu", context.args)


def _become(name: str, arguments: list[str]) -> None:
    os.execv(sys.executable, python_program("deploy.cli.channel", name, *arguments))  # noqa: S606 - our own program, no shell
