"""The `kizuki` command. Each group of commands lives in a file of its own beside this one."""

import sys

import typer

from deploy import logs
from deploy.cli import checks, programs, staff, suggest
from deploy.embedded import EmbeddedError
from deploy.running import StartError
from deploy.settings import SettingsError
from deploy.texts import text
from routing.city import CityError

app = typer.Typer(
    name="kizuki",
    help="Kizuki: from a worry on LINE to a つなぐシート in the city's inbox.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
programs.register(app)
checks.register(app)
suggest.register(app)
app.add_typer(staff.app, name="staff")
app.add_typer(checks.dialogs_app, name="dialogs")
app.add_typer(checks.city_app, name="city")


def run() -> None:
    """Run the command; what an operator can mend ends with a sentence and status 2, never with a traceback."""
    logs.configure()
    try:
        app()
    except SettingsError as error:
        _refuse(text("errors.settings"), str(error))
    except (StartError, EmbeddedError) as error:
        _refuse(str(error))
    except CityError as error:
        _refuse(*error.problems)


def _refuse(*lines: str) -> None:
    sys.stderr.write("\n".join(lines) + "\n")
    raise SystemExit(2)


if __name__ == "__main__":
    run()
