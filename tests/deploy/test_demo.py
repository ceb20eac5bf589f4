import os
from pathlib import Path

import pytest

from deploy.demo import Demo, Secrets
from deploy.starting import StartError
from tests.processes import free_port


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("KIZUKI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KIZUKI_DATA_DIR", str(tmp_path / "demo"))
    monkeypatch.setenv("KIZUKI_PORT", str(free_port()))
    return tmp_path / "demo"


def test_secrets_are_made_once_kept_closed_and_never_shared(folder: Path, tmp_path: Path) -> None:
    first = Secrets.of(folder)
    assert Secrets.of(folder) == first
    assert Secrets.of(tmp_path / "another") != first
    assert (folder / "demo.json").stat().st_mode & 0o077 == 0


def test_the_environment_of_a_real_channel_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIZUKI_DATABASE_URL", "postgresql://production/kizuki")
    monkeypatch.setenv("KIZUKI_REDIS_URL", "redis://production")
    monkeypatch.setenv("KIZUKI_BASE_URL", "https://kizuki.example")
    monkeypatch.setenv("KIZUKI_LINE_API_BASE", "https://api.line.me")
    settings = Demo.prepare(free_port()).settings
    assert (settings.database_url, settings.redis_url, settings.base_url) == ("", "", "")
    assert settings.line_api_base.startswith("http://127.0.0.1:")


def test_it_is_never_open_to_other_machines(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIZUKI_HOST", "0.0.0.0")
    monkeypatch.setenv("KIZUKI_BASE_URL", "https://kizuki.example")
    with pytest.raises((StartError, ValueError)):
        Demo.prepare(None)
