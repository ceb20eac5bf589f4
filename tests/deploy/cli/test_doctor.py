import asyncio
from collections.abc import Sequence

import pytest

from deploy.cli import doctor
from deploy.doctor.finding import Finding, Patient, note, ok
from tests import demo_house
from tests.deploy.cli.conftest import SECRET, TOKEN, Operator
from tests.deploy.doctor.conftest import MakePatient, line, patient

__all__ = ["line", "patient"]


def test_a_house_in_good_health_has_no_cross_and_ends_with_0() -> None:
    """A whole demo: web, worker, simulator; the doctor's webhook test goes from the simulator to the web and back."""
    with demo_house.running() as house:
        secrets = house.secrets
        operator = Operator(
            {
                "KIZUKI_LINE_CHANNEL_SECRET": secrets.channel_secret,
                "KIZUKI_LINE_CHANNEL_ACCESS_TOKEN": secrets.access_token,
                "KIZUKI_KEYS": secrets.keys,
                "KIZUKI_LINE_API_BASE": house.simulator_url,
                "KIZUKI_BASE_URL": house.web,
                "KIZUKI_DATA_DIR": str(house.data_dir),
            }
        )
        synced = operator.call("richmenu", "sync")
        done = operator.run("doctor")
    assert synced.returncode == 0
    assert "×" not in done.stdout
    assert done.returncode == 0
    for name in ("PostgreSQL", "Webhook の試験", "リッチメニュー", "時計", "今月のプッシュ", "Redis"):
        assert f"○ {name}" in done.stdout
    assert not any(secret in done.stdout for secret in (secrets.channel_secret, secrets.access_token, secrets.keys))


def test_what_is_ill_is_marked_with_its_remedy_and_ends_with_1(offline: Operator) -> None:
    """In a process of its own, because the doctor may have to leave without waiting for a driver that hangs."""
    done = offline.run("doctor", KIZUKI_REDIS_URL="redis://127.0.0.1:9/0")
    assert done.returncode == 1
    assert "○ データベースの形" in done.stdout
    assert "× LINE Messaging API" in done.stdout
    assert "△ Redis" in done.stdout
    assert done.stdout.count("→") >= 3
    assert not any(secret in done.stdout + done.stderr for secret in (SECRET, TOKEN))
    assert "Traceback" not in done.stderr


def test_settings_that_cannot_be_used_are_the_one_finding(anybody: Operator) -> None:
    done = anybody.call("doctor", KIZUKI_LINE_CHANNEL_SECRET="short")
    assert done.returncode == 1
    assert "× 設定" in done.stdout
    assert "KIZUKI_KEYS" in done.stdout
    assert "short" not in done.stdout


async def test_no_look_waits_for_another_and_none_hides_another(
    patient: MakePatient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fine(_patient: Patient) -> Sequence[Finding]:
        return [ok("city", "fine")]

    async def breaks(_patient: Patient) -> Sequence[Finding]:
        raise RuntimeError("言葉")

    async def hangs(_patient: Patient) -> Sequence[Finding]:
        await asyncio.sleep(60)
        return [note("city", "fine")]

    monkeypatch.setattr(doctor, "SECONDS", 0.3)
    monkeypatch.setattr(doctor, "LOOKS", {"schema": hangs, "redis": hangs, "line": breaks, "city": fine})
    findings = await doctor.examine(patient().settings)
    assert [finding.mark for finding in findings] == ["bad", "worry", "bad", "ok"]
    shown = capsys.readouterr().out
    assert "RuntimeError" in shown
    assert "言葉" not in shown
