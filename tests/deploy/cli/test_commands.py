"""The commands as an operator runs them, with real services."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from deploy.citypack import PACKS
from tests.deploy.cli.conftest import Done, Operator

DEAD = "postgresql://nobody@127.0.0.1:1/none"


def test_suggest_answers_line_by_line_and_names_the_bad_ones(anybody: Operator) -> None:
    lines = [
        json.dumps({"id": "a", "text": "となりの人が倒れていて返事がありません"}, ensure_ascii=False),
        "not json",
        json.dumps({"id": "b"}),
        json.dumps({"id": "c", "text": "図書館は何時までですか"}, ensure_ascii=False),
    ]
    done = anybody.run("suggest", stdin="\n".join(lines))
    first, last = map(json.loads, done.stdout.splitlines())
    assert (first["id"], first["urgency"]) == ("a", "emergency")
    assert set(first) == {"id", "urgency", "concerns", "agencies", "abstained"}
    assert (last["id"], last["abstained"]) == ("c", True)
    assert [line.split(" ")[0] for line in done.stderr.splitlines()] == ["2", "3"]
    assert done.returncode == 1


@pytest.mark.parametrize("command", [("dialogs", "check"), ("city", "check")])
def test_the_checks_pass_on_what_we_ship(anybody: Operator, command: tuple[str, str]) -> None:
    done = anybody.run(*command)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_pack_that_is_not_there_is_named(anybody: Operator) -> None:
    done = anybody.call("city", "check", "atlantis")
    assert done.returncode == 1
    assert "city.yaml" in done.stdout


def test_the_pack_that_is_checked_is_the_one_that_is_set(anybody: Operator, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(PACKS / "nagano", broken)
    (broken / "agencies.yaml").unlink()
    done = anybody.call("city", "check", KIZUKI_CITY=str(broken))
    assert (done.returncode, "agencies.yaml" in done.stdout) == (1, True)
    assert anybody.call("city", "check", "nagano", KIZUKI_CITY=str(broken)).returncode == 0
    assert anybody.call("city", "check", KIZUKI_CITY="").returncode == 0
    assert "agencies.yaml" in anybody.call("suggest", KIZUKI_CITY=str(broken)).stderr


@pytest.mark.parametrize("command", ["serve", "migrate", "doctor"])
def test_without_secrets_nothing_starts(anybody: Operator, command: str) -> None:
    done = anybody.call(command)
    assert done.returncode in {1, 2}
    assert "KIZUKI_LINE_CHANNEL_SECRET" in done.stdout + done.stderr
    assert "Value error" not in done.stdout + done.stderr


def test_without_secrets_no_work_is_done(anybody: Operator) -> None:
    done = anybody.run("worker")
    assert (done.returncode, "KIZUKI_LINE_CHANNEL_SECRET" in done.stderr) == (2, True)
    assert "Traceback" not in done.stderr


def test_a_database_that_does_not_answer_is_said_in_a_sentence(offline: Operator) -> None:
    for command in ("serve", "migrate"):
        done = offline.run(command, KIZUKI_DATABASE_URL=DEAD)
        assert done.returncode == 2
        assert "PostgreSQL" in done.stderr
        assert "Traceback" not in done.stderr


def test_migrate_twice_is_once(offline: Operator) -> None:
    done = offline.call("migrate")
    assert done.returncode == 0
    assert "最新" in done.stdout


def test_the_agencies_of_the_pack_are_brought_into_the_record(offline: Operator) -> None:
    done = offline.call("city", "load")
    assert (done.returncode, "40 件" in done.stdout) == (0, True)


class TestStaff:
    @staticmethod
    def words(email: str, *more: str) -> tuple[str, ...]:
        return ("staff", "add", "--email", email, "--name", "花子", *more)

    def add(self, offline: Operator, email: str, *more: str, password: str = "a long enough password") -> Done:
        return offline.call(*self.words(email, "--password-stdin", *more), stdin=password + "\n")

    def test_they_are_added_once_with_a_role_that_fits(self, offline: Operator) -> None:
        first = self.words("a@example.jp", "--role", "triage", "--password-stdin")
        assert offline.run(*first, stdin="a long enough password\n").returncode == 0
        again = self.add(offline, "A@example.jp", "--role", "triage")
        assert (again.returncode, "登録済み" in again.stderr) == (2, True)
        assert "--agency" in self.add(offline, "b@example.jp", "--role", "agency").stderr
        assert "nowhere" in self.add(offline, "b@example.jp", "--role", "agency", "--agency", "nowhere").stderr
        assert self.add(offline, "b@example.jp", "--role", "agency", "--agency", "houkatsu").returncode == 0
        assert "12" in self.add(offline, "c@example.jp", "--role", "triage", password="short").stderr
        assert self.add(offline, "no address", "--role", "triage").returncode == 2
        with psycopg.connect(offline.environment["KIZUKI_DATABASE_URL"]) as connection:
            assert connection.execute("SELECT count(*) FROM staff").fetchone() == (2,)

    def test_the_password_is_asked_for_in_japanese_and_never_shown(self, offline: Operator) -> None:
        done = offline.call(*self.words("d@example.jp", "--role", "triage"), stdin="a long enough password\n")
        assert done.returncode == 0
        assert "パスワード(12 文字以上" in done.stdout
        assert "Password" not in done.stdout
        assert "enough" not in done.stdout + done.stderr

    @pytest.mark.parametrize(
        ("email", "role"),
        [
            ("e@example.jp", ("agency",)),
            ("e@example.jp", ("agency", "--agency", "nowhere")),
            ("known@example.jp", ("triage",)),
            ("no address", ("triage",)),
        ],
    )
    def test_nobody_is_asked_for_the_password_of_an_account_that_cannot_be(
        self, offline: Operator, email: str, role: tuple[str, ...]
    ) -> None:
        self.add(offline, "known@example.jp", "--role", "triage")
        done = offline.call(*self.words(email, "--role", *role), stdin="a long enough password\n")
        assert done.returncode == 2
        assert "パスワード" not in done.stdout


def test_the_worker_is_ours_wherever_it_is_started(offline: Operator, tmp_path: Path) -> None:
    """A folder with a package of the same name must not become the program; and a dead database is said here too."""
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "__init__.py").write_text("raise SystemExit('foreign')")
    kizuki_program = Path(sys.executable).with_name("kizuki")
    done = subprocess.run(
        [kizuki_program, "worker"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", **offline.environment, "KIZUKI_DATABASE_URL": DEAD},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "foreign" not in done.stderr
    assert "PostgreSQL" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 2
