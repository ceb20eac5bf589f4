"""`python -m deploy.simulator`: the LINE Platform on this machine."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.simulator.app import build
from deploy.simulator.server import SimulatorServer
from deploy.simulator.settings import Settings
from deploy.simulator.texts import TEXTS
from deploy.simulator.walk import ExamplesError
from deploy.simulator.walk_file import WalkFileError
from deploy.simulator.world import World


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m deploy.simulator", description="A LINE Platform for demo and tests.")
    made.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one")
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--webhook-url", required=True, help="where the bot takes its webhooks")
    made.add_argument("--channel-secret", required=True, help="key of the webhooks' signatures")
    made.add_argument("--access-token", required=True, help="bearer token that the bot must bring")
    made.add_argument("--walk", type=Path, help="walk file for the example texts")
    made.add_argument("--examples", type=Path, help="example texts as JSON lines with id and text")
    made.add_argument("--account-name", default=TEXTS.account_name, help="name at the top of the talk")
    made.add_argument("--people", nargs="*", default=TEXTS.people, help="people who are there from the start")
    made.add_argument("--data", choices=["none"], default="none", help="everything is kept in memory only")
    made.add_argument("--follow-parent", action="store_true", help="stop when standard input closes")
    return made


def say_ready(address: str) -> None:
    print(f"ready {address}", flush=True)  # noqa: T201 - whoever started the program waits for this line


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        settings = Settings(webhook_url=options.webhook_url, account_name=options.account_name)
        world = World(settings, secret=options.channel_secret, access_token=options.access_token, people=options.people)
        app = build(world, walk=options.walk, examples=options.examples)
    except (WalkFileError, ExamplesError, ValueError, OSError) as error:
        print(f"cannot start: {error}", file=sys.stderr)  # noqa: T201 - a command tells its user
        return 2
    # uvicorn raises the signal once more after it has closed everything; by then the stop is clean and the code is 0.
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    SimulatorServer(
        app, host=options.host, port=options.port, on_ready=say_ready, follow_parent=options.follow_parent
    ).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
