"""`kizuki worker | migrate`: the work on the record, and its form. Neither loads the pages."""

import asyncio
import os
import sys

from cases import migrate
from deploy.children import python_program
from deploy.settings import load
from deploy.starting import with_services
from deploy.texts import text


def run_worker() -> None:
    """Only the work: events into cases, answers out to LINE."""
    # This process becomes the worker, which loads neither the pages nor this command line.
    os.execv(sys.executable, python_program("deploy.work"))  # noqa: S606 - our own program, no shell


def run_migrate() -> None:
    """Bring the database schema up to date."""
    with with_services(load()) as settings:
        names = asyncio.run(migrate.migrate(settings.database_url))
    if names:
        print(text("migrate.done", names=", ".join(names)))
    else:
        print(text("migrate.none", head=migrate.head()))
