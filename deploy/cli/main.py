"""The `kizuki` command. Each group of commands lives in a file of its own beside this one."""

import typer

from deploy import logs
from deploy.cli import checks, events, handed, programs, staff, suggest
from deploy.starting import refusing

app = typer.Typer(
    name="kizuki",
    help="Kizuki: from a worry on LINE to a つなぐシート in the city's inbox.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
programs.register(app)
handed.register(app)
suggest.register(app)
app.add_typer(staff.app, name="staff")
app.add_typer(checks.dialogs_app, name="dialogs")
app.add_typer(checks.city_app, name="city")
app.add_typer(events.app, name="events")


def run() -> None:
    logs.configure()
    with refusing():
        app()


if __name__ == "__main__":
    run()
