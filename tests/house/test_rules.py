"""Rules that matter, held by machine. Each test names the harm."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.test_size import HOUSE, sources

ALLOWED_COMMIT = {"cases/db.py", "cases/migrate.py"}


def test_only_the_unit_of_work_commits() -> None:
    """A commit elsewhere would split one event or request into two, and a crash between them would show."""
    calls = {
        f"{name}:{node.lineno}"
        for path in sources(".py")
        if (name := str(path.relative_to(HOUSE))) not in ALLOWED_COMMIT
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    }
    assert calls == set()


def test_no_session_is_handed_out_by_a_yield_dependency() -> None:
    """FastAPI ends a yield dependency after the answer: the reader would see 200 before the commit."""
    found = {
        str(path.relative_to(HOUSE))
        for room in ("bot", "admin")
        for path in (HOUSE / room).rglob("*.py")
        if re.search(r"Depends\((?:get_)?(?:db|uow|session|transaction)", path.read_text("utf-8"))
    }
    assert found == set()


def test_templates_never_switch_escaping_off() -> None:
    """Words of a citizen would run as a script in the office."""
    found = {
        str(path.relative_to(HOUSE))
        for path in sources(".html", ".j2")
        if re.search(r"\|\s*safe\b|autoescape\s+false", path.read_text("utf-8"))
    }
    assert found == set()


def test_templates_hold_no_inline_script_or_style() -> None:
    """The content security policy would refuse it, and so the page would be broken."""
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", re.IGNORECASE)
    found = {str(p.relative_to(HOUSE)) for p in sources(".html", ".j2") if inline.search(p.read_text("utf-8"))}
    assert found == set()


@pytest.mark.parametrize("name", ["README.md", "README.ja.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "LICENSE"])
def test_the_house_has_its_papers(name: str) -> None:
    assert (HOUSE / name).stat().st_size > 1000


def test_the_lock_names_no_registry() -> None:
    lock = (HOUSE / "requirements.lock").read_text("utf-8")
    assert "--hash=sha256:" in lock
    assert "://" not in lock
    assert "resolved" not in (HOUSE / "admin" / "package-lock.json").read_text("utf-8")


def test_markdown_links_inside_the_house_lead_somewhere() -> None:
    broken = {
        f"{paper.relative_to(HOUSE)} → {target}"
        for paper in [*HOUSE.glob("*.md"), *(HOUSE / "docs").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#\s]+)", paper.read_text("utf-8"))
        if "://" not in target and not target.startswith("mailto:") and not (paper.parent / target).exists()
    }
    assert broken == set()


def _settings_names() -> list[str]:
    tree = ast.parse((HOUSE / "deploy" / "settings.py").read_text("utf-8"))
    body = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "Settings").body
    return [n.target.id for n in body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)]


@pytest.mark.parametrize("name", [n for n in _settings_names() if n not in {"model_config", "demo"}])
def test_every_setting_is_documented(name: str) -> None:
    assert f"KIZUKI_{name.upper()}" in (HOUSE / "docs" / "operations.md").read_text("utf-8")


def test_every_adr_says_what_was_decided_and_why() -> None:
    records = list((HOUSE / "docs" / "decisions").glob("[0-9]*.md"))
    wanting = {
        p.name
        for p in records
        for heading in ("## Context", "## Decision", "## Consequences", "## Alternatives")
        if heading not in p.read_text("utf-8")
    }
    assert len(records) >= 5
    assert wanting == set()


def _inputs_of(path: Path) -> set[int]:
    marks = re.findall(r"mark\.line_input\(([\d, ]+)\)", path.read_text("utf-8"))
    return {int(number) for mark in marks for number in mark.split(",")}


def test_every_numbered_hostile_input_is_sent_by_some_test() -> None:
    """The specification of what LINE may send lists 64; one that nobody sends is one that nobody has seen work."""
    sent = set().union(*(_inputs_of(path) for path in (HOUSE / "tests").rglob("test_*.py")))
    assert sent == set(range(1, 65))
