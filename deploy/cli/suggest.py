"""`kizuki suggest`: JSON lines in, JSON lines out (DESIGN §9). Needs no service running."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from deploy.citypack import load_city
from deploy.cli.packs import pack_name
from deploy.texts import text
from routing.answer import BadLineError, answer
from routing.router import Router


def run_suggest(
    city: Annotated[str, typer.Option(help="City pack; default: KIZUKI_CITY, else nagano.", show_default=False)] = "",
) -> None:
    """Read `{"id","text"}` lines on stdin, write concerns and agencies, best first."""
    router = Router(load_city(pack_name(city)))
    bad = 0
    for number, line in _lines():
        try:
            result = answer(router, _parsed(line), datetime.now(UTC))
        except BadLineError as error:
            bad += 1
            sys.stderr.write(text("suggest.bad_line", number=number, problem=error) + "\n")
        else:
            print(json.dumps(result, ensure_ascii=False), flush=True)
    if bad:
        raise typer.Exit(1)


def _lines() -> Iterator[tuple[int, str]]:
    sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]  # a real text stream here
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # likewise
    return ((number, line) for number, line in enumerate(sys.stdin, start=1) if line.strip())


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadLineError(str(error)) from error
