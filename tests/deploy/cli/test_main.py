"""The command line as a whole: what it lists, and what it loads for that."""

import subprocess
import sys
from importlib import import_module

import pytest
import typer

from deploy.cli.main import COMMANDS
from tests.deploy.cli.conftest import Operator
from tests.processes import HOUSE

HEAVY = {"linebot", "janome", "rapidfuzz", "sqlalchemy", "psycopg", "fastapi", "uvicorn", "redis", "PIL"}
HELP = """
import sys
from deploy.cli import main
sys.argv = ["kizuki", "--help"]
try:
    main.run()
finally:
    print(*sys.modules)
"""


def test_the_help_tells_every_command_and_loads_none() -> None:
    done = subprocess.run([sys.executable, "-c", HELP], cwd=HOUSE, capture_output=True, text=True, check=True)
    shown, _, loaded = done.stdout.rstrip().rpartition("\n")
    assert all(f" {name} " in shown for name in COMMANDS)
    assert not HEAVY & {name.partition(".")[0] for name in loaded.split()}


def test_commands_that_do_not_speak_with_line_load_neither_its_sdk_nor_the_dictionary() -> None:
    modules = ", ".join(f"deploy.cli.{name}" for name in ("checks", "events", "programs", "record", "staff"))
    code = f"import sys, deploy.starting, {modules}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=HOUSE, capture_output=True, text=True, check=True)
    assert not {"linebot", "janome"} & {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_where_the_list_says_and_says_itself_what_the_list_says(anybody: Operator, name: str) -> None:
    place, tells = COMMANDS[name]
    module, _, what = place.partition(":")
    found = getattr(import_module(f"deploy.cli.{module}"), what)
    own = found.info.help if isinstance(found, typer.Typer) else (found.__doc__ or "").strip()
    assert own == tells
    done = anybody.call(name, "--help")
    assert (done.returncode, f"kizuki {name}" in done.stdout) == (0, True)


def test_a_command_that_is_none_is_refused(anybody: Operator) -> None:
    done = anybody.call("polish")
    assert (done.returncode, "polish" in done.stderr) == (2, True)
