"""`kizuki doctor`: is everything as it should be, and if not, what helps."""

import asyncio
import os
import sys
from collections.abc import Sequence

import typer

from bot.line_admin import LineAdmin
from cases.crypto import Keyring
from cases.db import Database
from deploy.doctor import house_looks, line_looks, service_looks
from deploy.doctor.finding import Finding, Look, Patient, bad, worry
from deploy.settings import Settings, SettingsError, load
from deploy.starting import with_services
from deploy.texts import text

SECONDS = 8.0

LOOKS: dict[str, Look] = {
    "settings": house_looks.settings,
    "secrets": house_looks.secrets,
    "keys": house_looks.keys,
    "city": house_looks.city,
    "dialogs": house_looks.dialogs,
    "assets": house_looks.assets,
    "postgres": service_looks.postgres,
    "schema": service_looks.schema,
    "stored": service_looks.stored,
    "redis": service_looks.wake,
    "queues": service_looks.queues,
    "line": line_looks.account,
    "clock": line_looks.clock,
    "webhook": line_looks.webhook,
    "quota": line_looks.quota,
    "richmenu": line_looks.richmenu,
    "liff": line_looks.liff,
    "shared": line_looks.shared,
    "address": house_looks.address,
    "certificate": house_looks.certificate,
}
_NO_HARM = frozenset({"redis", "quota", "richmenu", "liff", "certificate"})
"""Where no answer in time is a worry only."""


def run_doctor() -> None:
    """Look at everything the service needs; each finding with its remedy."""
    try:
        settings = load()
    except SettingsError as error:
        print(bad("settings", "settings_bad", problem=str(error).replace("\n", "\n      ")))
        raise typer.Exit(1) from None
    with with_services(settings) as running:
        findings = asyncio.run(examine(running))
    bads, worries = (sum(finding.mark == mark for finding in findings) for mark in ("bad", "worry"))
    print(text("doctor.sum" if bads or worries else "doctor.all_well", bad=bads, worry=worries))
    if bads:
        raise typer.Exit(1)


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything at once, and print what is found in order."""
    database = Database(settings.database_url, Keyring.parse(settings.keys.get_secret_value()))
    token = settings.line_channel_access_token.get_secret_value()
    findings: list[Finding] = []
    async with LineAdmin(access_token=token, api_base=settings.line_api_base) as line:
        patient = Patient(settings, database, line)
        tasks = {name: asyncio.ensure_future(_looked(look, patient)) for name, look in LOOKS.items()}
        await asyncio.wait(tasks.values(), timeout=SECONDS)
        for name, task in tasks.items():
            for finding in task.result() if task.done() else [_late(name)]:
                print(finding)
                findings.append(finding)
        await _end(list(tasks.values()), findings)
    await database.close()
    return findings


async def _looked(look: Look, patient: Patient) -> Sequence[Finding]:
    """A look that breaks is a finding too, and keeps no other from being made."""
    try:
        return await look(patient)
    except Exception as error:  # noqa: BLE001 - whatever it was, the operator sees its type and the other looks
        return [bad("doctor", "broke", look=getattr(look, "__name__", "?"), why=type(error).__name__)]


def _late(name: str) -> Finding:
    what = text(f"doctor.about.{name}")
    return (worry if name in _NO_HARM else bad)("doctor", "late", what=what, seconds=round(SECONDS))


async def _end(tasks: Sequence["asyncio.Future[Sequence[Finding]]"], findings: Sequence[Finding]) -> None:
    """End what is still under way. A driver that waits for a dead server may not even hear that; then we just leave."""
    for task in tasks:
        task.cancel()
    _, stuck = await asyncio.wait(tasks, timeout=1)
    if stuck:
        sys.stdout.flush()
        os._exit(int(any(finding.mark == "bad" for finding in findings)))
