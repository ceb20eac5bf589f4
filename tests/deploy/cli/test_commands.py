"""The commands as an operator runs them: real processes, real services."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from deploy import embedded
from tests.processes import HOUSE

KEYS = "t:" + base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def settings(database_url: str, services: embedded.Services) -> dict[str, str]:
    return {
        "KIZUKI_LINE_CHANNEL_SECRET": "0123456789abcdef0123456789abcdef",
        "KIZUKI_LINE_CHANNEL_ACCESS_TOKEN": "t" * 40,
        "KIZUKI_KEYS": KEYS,
        "KIZUKI_DATABASE_URL": database_url,
        "KIZUKI_REDIS_URL": services.redis_url,
    }


def kizuki(*arguments: str, env: dict[str, str] | None = None, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli.main", *arguments],
        cwd=HOUSE,
        env={"PATH": "/usr/bin:/bin", **(env or {})},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_suggest_answers_line_by_line_and_names_the_bad_ones() -> None:
    lines = [
        json.dumps({"id": "a", "text": "となりの人が倒れていて返事がありません"}, ensure_ascii=False),
        "not json",
        json.dumps({"id": "b"}),
        json.dumps({"id": "c", "text": "図書館は何時までですか"}, ensure_ascii=False),
    ]
    done = kizuki("suggest", stdin="\n".join(lines))
    first, last = map(json.loads, done.stdout.splitlines())
    assert (first["id"], first["urgency"]) == ("a", "emergency")
    assert set(first) == {"id", "urgency", "concerns", "agencies", "abstained"}
    assert (last["id"], last["abstained"]) == ("c", True)
    assert [line.split(" ")[0] for line in done.stderr.splitlines()] == ["2", "3"]
    assert done.returncode == 1


@pytest.mark.parametrize("command", [("dialogs", "check"), ("city", "check")])
def test_the_checks_pass_on_what_we_ship(command: tuple[str, str]) -> None:
    done = kizuki(*command)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_pack_that_is_not_there_is_named() -> None:
    done = kizuki("city", "check", "atlantis")
    assert done.returncode == 1
    assert "city.yaml" in done.stdout


@pytest.mark.parametrize("command", ["serve", "worker", "migrate", "doctor"])
def test_without_secrets_nothing_starts(command: str) -> None:
    done = kizuki(command, env={"KIZUKI_KEYS": KEYS})
    assert done.returncode in {1, 2}
    assert "KIZUKI_LINE_CHANNEL_SECRET" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
def test_a_database_that_does_not_answer_is_said_in_a_sentence(settings: dict[str, str], command: str) -> None:
    done = kizuki(command, env=settings | {"KIZUKI_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"})
    assert done.returncode == 2
    assert "PostgreSQL" in done.stderr
    assert "Traceback" not in done.stderr


def test_migrate_twice_is_once(settings: dict[str, str]) -> None:
    done = kizuki("migrate", env=settings)
    assert done.returncode == 0
    assert "最新" in done.stdout


def test_staff_are_added_once_with_a_role_that_fits(settings: dict[str, str]) -> None:
    def add(email: str, *more: str, password: str = "a long enough password") -> subprocess.CompletedProcess[str]:
        words = ("staff", "add", "--email", email, "--name", "花子", "--password-stdin", *more)
        return kizuki(*words, env=settings, stdin=password + "\n")

    assert add("a@example.jp", "--role", "triage").returncode == 0
    again = add("A@example.jp", "--role", "triage")
    assert (again.returncode, "登録済み" in again.stderr) == (2, True)
    assert "--agency" in add("b@example.jp", "--role", "agency").stderr
    assert "nowhere" in add("b@example.jp", "--role", "agency", "--agency", "nowhere").stderr
    assert add("b@example.jp", "--role", "agency", "--agency", "houkatsu").returncode == 0
    assert "12" in add("c@example.jp", "--role", "triage", password="short").stderr
    assert add("no address", "--role", "triage").returncode == 2
    with psycopg.connect(settings["KIZUKI_DATABASE_URL"]) as connection:
        assert connection.execute("SELECT count(*) FROM staff").fetchone() == (2,)


def test_the_worker_is_ours_wherever_it_is_started(settings: dict[str, str], tmp_path: Path) -> None:
    """A folder with a package of the same name must not become the program."""
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "__init__.py").write_text("raise SystemExit('foreign')")
    kizuki_program = Path(sys.executable).with_name("kizuki")
    done = subprocess.run(
        [kizuki_program, "worker"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", **settings, "KIZUKI_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "foreign" not in done.stderr
    assert done.returncode == 2
