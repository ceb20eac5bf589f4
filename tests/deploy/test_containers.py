"""The image and the services beside it, read as data: no container runs here, so what can be known without one is."""

import json
import re
import shlex
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import compose_spec
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.containers import healthcheck, runtime_lock
from deploy.settings import Settings

HOUSE = Path(__file__).parents[2]
FOLDER = HOUSE / "deploy" / "containers"
LOCK = (HOUSE / "requirements.lock").read_text(encoding="utf-8")
PINNED = re.compile(r"^[a-z0-9./-]+:\d+\.\d+(\.\d+)?(-[a-z0-9.-]+)?$")
OURS = ("web-1", "web-2", "worker", "migrate")

Service = dict[str, Any]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def parts(compose: dict[str, Any]) -> dict[str, Service]:
    found: dict[str, Service] = compose["services"]
    return found


def names() -> list[str]:
    return list(yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))["services"])


def examples(name: str) -> dict[str, str]:
    lines = (FOLDER / f"{name}.env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_compose_is_what_the_specification_says(compose: dict[str, Any]) -> None:
    spec = compose_spec.PyCompose.from_json(json.dumps(compose)).to_spec()
    assert set(spec.services or {}) == set(names())


def test_there_are_two_of_each(parts: dict[str, Service]) -> None:
    webs = [one for one in parts.values() if one.get("command") == ["serve", "--web-only"]]
    assert len(webs) == 2
    assert parts["worker"]["deploy"]["replicas"] == 2


@pytest.mark.parametrize("name", names())
def test_every_service_is_locked_down(parts: dict[str, Service], name: str) -> None:
    service = parts[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "proxy" else [])
    assert not {"privileged", "network_mode", "pid", "ipc", "devices", "userns_mode"} & set(service)
    assert service["restart"]
    assert service["mem_limit"]
    assert service["cpus"]
    assert service["pids_limit"]
    assert "healthcheck" in service


@pytest.mark.parametrize("name", names())
def test_images_have_a_version_and_only_the_proxy_has_ports(parts: dict[str, Service], name: str) -> None:
    assert PINNED.match(parts[name]["image"])
    assert bool(parts[name].get("ports")) == (name == "proxy")


def test_the_record_is_out_of_the_proxys_reach(compose: dict[str, Any], parts: dict[str, Service]) -> None:
    reach = {name: set(service["networks"]) for name, service in parts.items()}
    assert reach["database"] == reach["redis"] == {"back"}
    assert "back" not in reach["proxy"]
    assert compose["networks"]["back"]["internal"] is True
    assert compose["networks"]["front"]["internal"] is True
    assert reach["migrate"] == {"back"}


def test_a_clients_address_is_believed_from_the_proxys_network_alone(
    compose: dict[str, Any], parts: dict[str, Service]
) -> None:
    (subnet,) = (config["subnet"] for config in compose["networks"]["front"]["ipam"]["config"])
    for name in ("web-1", "web-2"):
        assert parts[name]["environment"]["FORWARDED_ALLOW_IPS"] == subnet
    assert {name for name, service in parts.items() if "front" in service["networks"]} == {"proxy", "web-1", "web-2"}


@pytest.mark.parametrize("name", OURS)
def test_secrets_come_from_a_file_and_stand_in_no_other(parts: dict[str, Service], name: str) -> None:
    assert parts[name]["env_file"] == ["kizuki.env"]
    given = set(parts[name].get("environment", {}))
    assert not {key for key in given if key.startswith("KIZUKI_")}


def test_every_setting_that_is_named_exists() -> None:
    texts = [path.read_text(encoding="utf-8") for path in FOLDER.iterdir() if path.is_file() and path.suffix != ".py"]
    units = [path.read_text(encoding="utf-8") for path in (HOUSE / "deploy" / "systemd").iterdir()]
    used = {word for text in [*texts, *units] for word in re.findall(r"KIZUKI_[A-Z_]+", text)}
    assert used <= {f"KIZUKI_{name.upper()}" for name in Settings.model_fields}
    assert {"KIZUKI_KEYS", "KIZUKI_DATABASE_URL", "KIZUKI_BASE_URL"} <= used


def test_the_examples_hold_no_secret_and_a_start_with_them_is_refused() -> None:
    kizuki = examples("kizuki")
    for name in ("KIZUKI_LINE_CHANNEL_SECRET", "KIZUKI_LINE_CHANNEL_ACCESS_TOKEN", "KIZUKI_KEYS"):
        assert kizuki[name] == ""
    assert examples("database") == {"POSTGRES_PASSWORD": ""}


def test_filled_in_settings_are_never_committed() -> None:
    assert "*.env" in (FOLDER / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_database_is_named_alike_on_both_sides(parts: dict[str, Service]) -> None:
    given = parts["database"]["environment"]
    url = examples("kizuki")["KIZUKI_DATABASE_URL"]
    assert f"postgresql://{given['POSTGRES_USER']}:" in url
    assert url.endswith(f"@database:5432/{given['POSTGRES_DB']}")
    assert examples("kizuki")["KIZUKI_REDIS_URL"].startswith("redis://redis:")


def test_migrating_comes_before_the_programs(parts: dict[str, Service]) -> None:
    for name in ("web-1", "web-2", "worker"):
        assert parts[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert parts["migrate"]["command"] == ["migrate"]


def test_a_stop_leaves_time_to_finish(parts: dict[str, Service]) -> None:
    assert {parts[name]["stop_grace_period"] for name in OURS} == {"30s"}


# The proxy


@pytest.fixture(scope="module")
def caddyfile() -> str:
    return (FOLDER / "Caddyfile").read_text(encoding="utf-8")


def test_the_proxy_shows_the_world_the_webhook_the_form_and_its_life_alone(caddyfile: str) -> None:
    handled = re.findall(r"^\t\thandle ?(\S*) \{", caddyfile, re.MULTILINE)
    assert handled == ["@webhook", "@form", "/healthz", "@inside", "@staff", ""]
    assert "@form path /form /form/*" in caddyfile
    assert "path /line/webhook" in caddyfile
    assert "@inside path /metrics /readyz" in caddyfile
    assert "@staff remote_ip {$STAFF_NETWORKS}" in caddyfile
    assert caddyfile.rstrip().count("{") == caddyfile.count("}")


def test_the_proxy_balances_over_both_and_asks_whether_they_live(caddyfile: str, parts: dict[str, Service]) -> None:
    behind = re.search(r"reverse_proxy (.+) \{", caddyfile)
    assert behind is not None
    assert {one.partition(":")[0] for one in behind[1].split()} <= set(parts)
    assert "health_uri /healthz" in caddyfile  # an unready program still answers danger
    assert "flush_interval -1" in caddyfile


def test_the_proxy_writes_no_request_into_its_log(caddyfile: str) -> None:
    assert re.search(r"fields \{\s+request delete\s+\}", caddyfile)
    assert len(re.findall(r"^\s*log\b", caddyfile, re.MULTILINE)) == 1  # no log of accesses beside


def test_the_proxys_own_settings_are_in_its_example(caddyfile: str) -> None:
    assert set(re.findall(r"\{\$([A-Z_]+)\}", caddyfile)) == set(examples("proxy"))


# The image


def steps() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile with their arguments, continued lines joined."""
    lines = [
        line for line in (FOLDER / "Dockerfile").read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    ]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    found = [line.partition(" ") for line in joined.splitlines() if line.strip()]
    return [(name, rest.strip()) for name, _, rest in found]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for name, rest in steps():
        if name == "FROM":
            found.append([])
        found[-1].append((name, rest))
    return found


def last(name: str) -> str:
    return [rest for step, rest in stages()[-1] if step == name][-1]


def test_the_images_below_have_a_version() -> None:
    assert all(PINNED.match(rest.split()[0]) for name, rest in steps() if name == "FROM")


def test_nothing_is_fetched_past_the_locks() -> None:
    assert "ADD" not in {name for name, _ in steps()}
    runs = " ".join(rest for name, rest in steps() if name == "RUN")
    assert not re.search(r"curl|wget|https?://|apt-get", runs)
    assert re.findall(r"npm (\w+)", runs) == ["ci"]
    installs = re.findall(r"pip (?:--python \S+ )?install ([^&]+)", runs)
    assert len(installs) == 3
    assert all("--require-hashes" in one or "--no-index" in one for one in installs)


def test_the_program_is_nobody_and_the_last_stage_builds_nothing() -> None:
    assert last("USER") == "10001:10001"
    after = [name for name, _ in stages()[-1]]
    assert "RUN" not in after[after.index("USER") :]
    assert not re.search(
        r"install |gcc|build-essential", " ".join(rest for name, rest in stages()[-1] if name == "RUN")
    )


def test_it_stops_and_is_watched_as_its_programs_are_made() -> None:
    assert last("STOPSIGNAL") == "SIGTERM"
    assert "deploy.containers.healthcheck" in last("HEALTHCHECK")
    assert json.loads(last("ENTRYPOINT")) == ["kizuki"]
    assert json.loads(last("CMD")) == ["serve", "--web-only"]


def copied() -> Iterator[str]:
    for name, rest in steps():
        if name == "COPY" and "--from" not in rest:
            yield from shlex.split(rest)[:-1]


@pytest.mark.parametrize("path", sorted(set(copied())))
def test_what_is_copied_exists_and_is_let_through(path: str) -> None:
    assert (HOUSE / path).exists()
    allowed = (HOUSE / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert f"!{Path(path).parts[0]}" in allowed


def test_every_room_is_in_the_image() -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    rooms = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert rooms <= set(copied())


def test_history_environments_and_data_stay_out_of_the_image() -> None:
    rules = (HOUSE / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert next(line for line in rules if not line.startswith("#")) == "*"
    for name in ("**/.git", "**/.venv", "**/data", "**/*.env", "**/node_modules"):
        assert name in rules


# The packages of the image


def image_packages() -> set[str]:
    return {one.name for one in runtime_lock.kept(runtime_lock.read(LOCK))}


def project_requirements() -> set[str]:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}


def test_the_image_has_what_the_programs_import_and_no_tools() -> None:
    kept = image_packages()
    assert project_requirements() - kept == runtime_lock.LEFT_OUT
    assert not kept & {
        "pytest",
        "mypy",
        "ruff",
        "playwright",
        "hypothesis",
        "import-linter",
        "compose-spec",
        "hatchling",
    }


@pytest.mark.parametrize(
    "name", sorted(image_packages() & {"fastapi", "line-bot-sdk", "sqlalchemy", "typer", "uvicorn"})
)
def test_what_is_in_the_image_has_all_that_it_needs_itself(name: str) -> None:
    needed = [Requirement(line) for line in requires(name) or []]
    here = {canonicalize_name(one.name) for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})}
    assert here <= image_packages()


def test_each_package_keeps_its_hashes() -> None:
    done = subprocess.run(
        [sys.executable, "-I", str(FOLDER / "runtime_lock.py"), str(HOUSE / "requirements.lock"), "hatchling"],
        capture_output=True,
        text=True,
        check=True,
    )
    packages = runtime_lock.read(done.stdout)
    assert {"hatchling", "packaging", "pathspec"} <= set(packages)
    assert all("--hash=sha256:" in one.text for one in packages.values())


# What looks after a container


def test_a_web_program_that_does_not_answer_is_not_well(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("KIZUKI_PORT", str(free.getsockname()[1]))
        assert not healthcheck.web()


def test_a_worker_is_well_while_its_database_answers(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("KIZUKI_DATABASE_URL", database_url)
    assert healthcheck.worker()
    monkeypatch.setenv("KIZUKI_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert not healthcheck.worker()
