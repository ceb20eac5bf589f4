"""Looks at what this machine alone tells: settings, secrets, keys, city pack, scripts, built parts, the certificate."""

import asyncio
import hashlib
import socket
import ssl
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID

from admin.assets import missing_assets
from bot.line_admin import other_host
from cases.crypto import Keyring, SealBroken
from deploy.children import python_program
from deploy.citypack import load_city
from deploy.doctor.finding import Finding, Patient, bad, note, ok, worry
from routing.city import CityError

CERTIFICATE_DAYS = 14
"""Fewer days than that, and a renewal that should have happened has not."""
PROOF_SECONDS = 7.0
_SAMPLE = UUID(int=1)


async def settings(patient: Patient) -> Sequence[Finding]:
    return [ok("settings", "settings", url=patient.settings.public_url, talk=patient.settings.talk_text)]


async def secrets(patient: Patient) -> Sequence[Finding]:
    """One secret is the rule, two the time of a rotation: the first is to stay."""
    given = patient.settings.channel_secrets
    marks = [_fingerprint(secret) for secret in given]
    if len(set(given)) < len(given):
        return [worry("secrets", "secrets_twice", count=len(given))]
    if len(given) > 1:
        return [worry("secrets", "secrets_rotating", count=len(given), stays=marks[0], goes=", ".join(marks[1:]))]
    return [ok("secrets", "secrets", mark=marks[0])]


async def keys(patient: Patient) -> Sequence[Finding]:
    """Every key of the ring opens what it has sealed; whether they open what is stored, the database tells."""
    entries = [entry.strip() for entry in patient.settings.keys.get_secret_value().split(",") if entry.strip()]
    names = [entry.partition(":")[0] for entry in entries]
    broken = [name for name, entry in zip(names, entries, strict=True) if not _opens(entry)]
    if broken:
        return [bad("keys", "keys_broken", names=", ".join(broken))]
    return [ok("keys", "keys", count=len(names), first=names[0])]


async def city(patient: Patient) -> Sequence[Finding]:
    try:
        pack = await asyncio.to_thread(load_city, patient.settings.city)
    except CityError as error:
        return [bad("city", "city_bad", problem=error.problems[0], count=len(error.problems))]
    return [ok("city", "city", city=pack.name)]


async def dialogs(_patient: Patient) -> Sequence[Finding]:
    """The proof of the scripts, in a process of its own: it computes for seconds and would hold up the other looks."""
    proof = await asyncio.create_subprocess_exec(
        *python_program("deploy.cli.main", "dialogs", "check"), stdout=PIPE, stderr=DEVNULL
    )
    try:
        async with asyncio.timeout(PROOF_SECONDS):
            said, _ = await proof.communicate()
    except TimeoutError:
        return [note("dialogs", "dialogs_long", seconds=round(PROOF_SECONDS))]
    finally:
        if proof.returncode is None:
            proof.kill()
            await proof.wait()
    if proof.returncode:
        lines = said.decode(errors="replace").splitlines() or [""]
        return [bad("dialogs", "dialogs_bad", problem=lines[0], count=len(lines))]
    return [ok("dialogs", "fine")]


async def assets(_patient: Patient) -> Sequence[Finding]:
    if missing := missing_assets():
        return [bad("assets", "assets_missing", names=", ".join(missing))]
    return [ok("assets", "fine")]


async def address(patient: Patient) -> Sequence[Finding]:
    """LINE calls https only, and staff's passwords cross the network."""
    base = patient.settings.public_url
    if patient.settings.secure_cookies:
        return [ok("address", "address", url=base)]
    is_line = other_host(patient.settings.line_api_base) is None
    return [bad("address", "address_plain", url=base) if is_line else note("address", "address_local", url=base)]


async def certificate(patient: Patient) -> Sequence[Finding]:
    """The certificate that the outside world sees, as far as it can be seen from here."""
    parts = urlsplit(patient.settings.public_url)
    if parts.scheme != "https" or parts.hostname is None:
        return []
    try:
        ends = await _certificate_end(parts.hostname, parts.port or 443)
    except ssl.SSLCertVerificationError as error:
        return [bad("certificate", "certificate_bad", host=parts.hostname, why=error.verify_message)]
    except (OSError, ssl.SSLError) as error:
        return [worry("certificate", "certificate_unseen", host=parts.hostname, why=type(error).__name__)]
    days = (ends - datetime.now(UTC)).days
    if days < CERTIFICATE_DAYS:
        return [worry("certificate", "certificate_ends", days=days, date=ends.date())]
    return [ok("certificate", "certificate", days=days, date=ends.date())]


async def _certificate_end(host: str, port: int) -> datetime:
    _, writer = await asyncio.open_connection(
        host, port, ssl=ssl.create_default_context(), family=socket.AF_UNSPEC, ssl_handshake_timeout=5
    )
    try:
        seen = writer.get_extra_info("ssl_object").getpeercert()
    finally:
        writer.close()
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(seen["notAfter"]), UTC)


def _fingerprint(secret: str) -> str:
    """By which two secrets can be told apart, and nothing else."""
    return hashlib.sha256(secret.encode()).hexdigest()[:8]


def _opens(entry: str) -> bool:
    ring = Keyring.parse(entry)
    try:
        sealed = ring.seal("kizuki", table="doctor", column="sample", row=_SAMPLE)
        return ring.open(sealed, table="doctor", column="sample", row=_SAMPLE) == "kizuki"
    except SealBroken:
        return False
