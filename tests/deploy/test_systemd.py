"""The units: every word in them is one that systemd knows, and what they start exists."""

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from deploy.cli.main import app

FOLDER = Path(__file__).parents[2] / "deploy" / "systemd"
SERVICES = sorted(FOLDER.glob("*.service"))
OF_MANY_PROCESSES = [path for path in SERVICES if path.name != "kizuki.service"]
PROGRAM = "/srv/kizuki/.venv/bin/kizuki"

_KNOWN = """
Unit: After Conflicts Description Documentation PartOf Requires StartLimitIntervalSec Wants
Service: AmbientCapabilities CapabilityBoundingSet Environment EnvironmentFile ExecStart Group KillMode
    LockPersonality MemoryDenyWriteExecute MemoryMax NoNewPrivileges PrivateDevices PrivateTmp PrivateUsers
    ProtectClock ProtectControlGroups ProtectHome ProtectHostname ProtectKernelLogs ProtectKernelModules
    ProtectKernelTunables ProtectProc ProtectSystem RemainAfterExit RemoveIPC Restart RestartSec
    RestrictAddressFamilies RestrictNamespaces RestrictRealtime RestrictSUIDSGID StateDirectory
    StateDirectoryMode SystemCallArchitectures SystemCallErrorNumber SystemCallFilter TasksMax TimeoutStartSec
    TimeoutStopSec Type UMask User WorkingDirectory
Install: WantedBy
"""
KNOWN = {
    section: set(words.split()) for section, words in re.findall(r"^(\w+):((?:.*\n)(?: .*\n)*)", _KNOWN, re.MULTILINE)
}


def read(path: Path) -> dict[str, dict[str, str]]:
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # systemd tells capitals apart
    parser.read_string(path.read_text(encoding="utf-8"))
    return {section: dict(parser[section]) for section in parser.sections()}


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_every_directive_is_one_that_systemd_knows(path: Path) -> None:
    for section, values in read(path).items():
        assert set(values) <= KNOWN[section]


@pytest.mark.parametrize("path", SERVICES, ids=names(SERVICES))
def test_what_is_started_is_a_command_of_ours(path: Path) -> None:
    program, command, *options = shlex.split(read(path)["Service"]["ExecStart"])
    assert program == PROGRAM
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    _, loaded, _ = group.resolve_command(group.make_context("kizuki", [command]), [command])
    assert loaded is not None
    known = {option for parameter in loaded.params for option in parameter.opts}
    assert set(options) <= known


@pytest.mark.parametrize("path", SERVICES, ids=names(SERVICES))
def test_every_unit_is_hardened(path: Path) -> None:
    service = read(path)["Service"]
    assert service["User"] == "kizuki"
    assert service["CapabilityBoundingSet"] == ""
    assert service["ProtectSystem"] == "strict"
    for name in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices", "RestrictSUIDSGID", "PrivateUsers"):
        assert service[name] == "true", name


@pytest.mark.parametrize("path", OF_MANY_PROCESSES, ids=names(OF_MANY_PROCESSES))
def test_a_unit_with_services_of_its_own_writes_nowhere(path: Path) -> None:
    service = read(path)["Service"]
    assert "StateDirectory" not in service
    assert "ReadWritePaths" not in service
    assert service["MemoryDenyWriteExecute"] == "true"


@pytest.mark.parametrize("path", SERVICES, ids=names(SERVICES))
def test_secrets_come_from_a_file(path: Path) -> None:
    service = read(path)["Service"]
    assert service["EnvironmentFile"] == "/etc/kizuki/env"
    assert not re.search(r"SECRET|TOKEN|KEYS|_URL", service.get("Environment", ""))


@pytest.mark.parametrize("name", ["kizuki-web@.service", "kizuki-worker@.service", "kizuki.service"])
def test_a_program_that_ends_is_started_again_and_has_time_to_stop(name: str) -> None:
    service = read(FOLDER / name)["Service"]
    assert service["Restart"] == "always"
    assert int(service["TimeoutStopSec"]) >= 30


def test_systemd_itself_finds_nothing_to_complain_of_where_it_is_there(tmp_path: Path) -> None:
    for path in FOLDER.iterdir():
        shutil.copy(path, tmp_path / path.name.replace("@.", "@8001."))
    program = shutil.which("systemd-analyze")
    said = "" if program is None else verified(program, sorted(tmp_path.iterdir()))
    # The programs of the units are not installed on a machine that tests them.
    assert [line for line in said.splitlines() if "kizuki" in line and PROGRAM not in line] == []


def verified(program: str, units: list[Path]) -> str:
    done = subprocess.run([program, "verify", "--man=no", *units], capture_output=True, text=True, check=False)
    return done.stderr
