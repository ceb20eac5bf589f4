import base64
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.doctor import house_looks
from tests.bot.line_simulator import SECRET
from tests.deploy.doctor.conftest import KEYS, MakePatient, told

OTHER = "f" * 32
SITE = "https://tsunagu.example.lg.jp"


async def test_of_two_secrets_the_doctor_says_which_stays_without_saying_either(patient: MakePatient) -> None:
    [finding] = await house_looks.secrets(patient(line_channel_secret=f"{OTHER},{SECRET}"))
    assert (finding.mark, finding.key) == ("worry", "secrets_rotating")
    assert finding.values["stays"] != finding.values["goes"]
    assert str(finding).count(finding.values["stays"]) == 2
    assert OTHER not in str(finding)
    assert SECRET not in str(finding)
    [alone] = await house_looks.secrets(patient(line_channel_secret=OTHER))
    assert alone.values["mark"] == finding.values["stays"]
    assert told(await house_looks.secrets(patient(line_channel_secret=f"{OTHER},{OTHER}"))) == [
        ("worry", "secrets_twice")
    ]


async def test_keys_are_counted_and_the_first_is_named(patient: MakePatient) -> None:
    second = "old:" + base64.b64encode(bytes(range(32, 64))).decode()
    [finding] = await house_looks.keys(patient(keys=f"{KEYS},{second}"))
    assert (finding.mark, finding.values) == ("ok", {"count": 2, "first": "test"})


async def test_a_city_pack_that_is_wrong_is_said(patient: MakePatient) -> None:
    assert told(await house_looks.city(patient())) == [("ok", "city")]
    assert told(await house_looks.city(patient(city="atlantis"))) == [("bad", "city_bad")]


async def test_scripts_are_proved_apart_and_a_long_proof_is_no_finding(
    patient: MakePatient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house_looks, "PROOF_SECONDS", 0.05)
    assert told(await house_looks.dialogs(patient())) == [("note", "dialogs_long")]
    monkeypatch.setattr(house_looks, "PROOF_SECONDS", 60)
    monkeypatch.setattr(house_looks, "python_program", lambda *_: ["/bin/echo", "ok"])
    assert told(await house_looks.dialogs(patient())) == [("ok", "fine")]
    monkeypatch.setattr(house_looks, "python_program", lambda *_: ["/bin/sh", "-c", "echo 'a.yaml: x'; exit 1"])
    [finding] = await house_looks.dialogs(patient())
    assert (finding.mark, finding.values["problem"]) == ("bad", "a.yaml: x")


async def test_missing_parts_of_the_pages_are_named(patient: MakePatient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house_looks, "missing_assets", lambda: ["htmx.min.js"])
    [finding] = await house_looks.assets(patient())
    assert "htmx.min.js" in str(finding)
    assert finding.mark == "bad"


async def test_line_reaches_https_only(patient: MakePatient) -> None:
    assert told(await house_looks.address(patient(base_url=SITE))) == [("ok", "address")]
    assert told(await house_looks.address(patient())) == [("note", "address_local")]
    real = patient(line_api_base="https://api.line.me")
    assert told(await house_looks.address(real)) == [("bad", "address_plain")]


@pytest.mark.parametrize(
    ("days", "expected"), [(60, ("ok", "certificate")), (5, ("worry", "certificate_ends"))], ids=str
)
async def test_a_certificate_that_ends_soon_is_said(
    patient: MakePatient, monkeypatch: pytest.MonkeyPatch, days: int, expected: tuple[str, str]
) -> None:
    async def ends(_host: str, _port: int) -> datetime:
        return datetime.now(UTC) + timedelta(days=days, hours=1)

    monkeypatch.setattr(house_looks, "_certificate_end", ends)
    assert told(await house_looks.certificate(patient(base_url=SITE))) == [expected]
    assert await house_looks.certificate(patient()) == []


async def test_a_certificate_that_nobody_trusts_is_bad_and_one_not_seen_a_worry(
    patient: MakePatient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def distrusted(_host: str, _port: int) -> datetime:
        error = ssl.SSLCertVerificationError("certificate verify failed")
        error.verify_message = "self-signed certificate"
        raise error

    away = patient(base_url="https://127.0.0.1:9")
    assert told(await house_looks.certificate(away)) == [("worry", "certificate_unseen")]
    monkeypatch.setattr(house_looks, "_certificate_end", distrusted)
    assert told(await house_looks.certificate(away)) == [("bad", "certificate_bad")]
