"""The commands that speak with LINE's SDK, as a program of their own: importing it takes two seconds.

`kizuki doctor` and `kizuki richmenu` become this program, so that no other command and no web process loads the SDK.
"""

import typer

from deploy import logs
from deploy.cli import richmenu
from deploy.cli.doctor import run_doctor
from deploy.starting import refusing

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command("doctor")(run_doctor)
app.add_typer(richmenu.app, name="richmenu")


def run() -> None:
    logs.configure()
    with refusing():
        app(prog_name="kizuki")


if __name__ == "__main__":
    run()
