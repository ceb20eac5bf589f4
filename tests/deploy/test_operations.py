"""The operator's paper is whole: every metric, every event of the log and every command stands in it."""

import ast
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from bot.reader import REPLAYED
from cases import purging
from cases.figures import Figures
from deploy import metrics
from deploy.cli.main import app

HOUSE = Path(__file__).parents[2]
PAPER = (HOUSE / "docs" / "operations.md").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 23, tzinfo=UTC)
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def metric_names() -> set[str]:
    everything = Figures(1, NOW, 1, 1, 1, 1, NOW, NOW, NOW, NOW, 200, 1, NOW, NOW, 1, 1, {"sent": 1})
    standing = metrics._Standing(everything, NOW, redis=True).collect()
    return {family.name for family in (*standing, *metrics.Metrics().registry.collect())}


def event_names() -> set[str]:
    """What our programs log: the first argument of each call of a logger."""
    found: set[str] = set()
    for room in ("bot", "dialogs", "routing", "cases", "admin", "deploy"):
        for path in (HOUSE / room).rglob("*.py"):
            if "simulator" not in path.parts:
                found |= {name for call in ast.walk(ast.parse(path.read_text("utf-8"))) for name in names_in(call)}
    return found


def names_in(node: ast.AST) -> set[str]:
    is_log = (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in LEVELS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "log"
    )
    if not is_log:
        return set()
    assert isinstance(node, ast.Call)
    constants = [part.value for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant)]
    return {text for text in constants if isinstance(text, str) and re.fullmatch(r"[a-z_]+\.[a-z_]+", text)}


def test_the_names_were_found() -> None:
    assert {"event.parked", "housekeeping.done", "redis.away"} <= event_names()
    assert {"kizuki_accept_seconds", "kizuki_inbound_parked", "kizuki_quota_messages"} <= metric_names()


@pytest.mark.parametrize("name", sorted(metric_names()))
def test_every_metric_has_its_line(name: str) -> None:
    assert re.search(rf"^\| `{name}` \|", PAPER, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(event_names()))
def test_every_event_of_the_log_has_its_line(name: str) -> None:
    assert re.search(rf"^\|[^|]*`{re.escape(name)}`[^|]*\|", PAPER, re.MULTILINE)


def test_every_command_is_there() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    assert [name for name in group.commands if f"`kizuki {name}" not in PAPER] == []


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (purging.EVENTS_KEPT, "| 処理した出来事の番号 | {} 日"),
        (purging.ANSWERS_KEPT, "| 送り終えた返事の結果 | {} 日"),
        (purging.TOMBSTONES_KEPT, "| 先に届いた「送信取消」の印 | {} 日"),
        (purging.PASSED_ON_KEPT, "| ほかのプログラムに渡し終えた出来事 | {} 日"),
        (purging.PARKED_KEPT, "| 取り分けた出来事 | 届いてから {} 日"),
        (purging.NAMELESS_KEPT, "| 相手の分からない連絡・グループへの返事の宛先 | {} 日"),
        (purging.PEOPLE_KEPT, "| 何も残っていない相手の番号 | 最後の連絡から {} 日"),
        (REPLAYED, "{} 日より古い出来事は受け付けない"),
    ],
)
def test_the_times_that_things_are_kept_are_told_as_they_are(kept: object, said: str) -> None:
    assert said.format(getattr(kept, "days", None)) in PAPER


def test_an_events_id_is_kept_longer_than_its_replay_would_be_taken() -> None:
    assert purging.EVENTS_KEPT > REPLAYED


def test_the_contents_lead_to_their_sections() -> None:
    headings = set(re.findall(r"^## (.+)$", PAPER, re.MULTILINE))
    assert set(re.findall(r"^\d+\. \[(.+?)\]\(#", PAPER, re.MULTILINE)) == {h.partition(". ")[2] for h in headings}
