"""Looks at the LINE channel: token, account, clock, webhook, quota, LIFF, rich menu, the account's other programs."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx2

from bot.line_admin import Bot, LineAdminError, Tested, other_host
from bot.richmenu.draw import FONT, NoFontError, PictureError
from bot.richmenu.menus import ROLES, MenuError, languages, menu
from bot.richmenu.sync import Drawn, drawn, is_synced
from deploy.citypack import load_city
from deploy.doctor.finding import Finding, Patient, bad, note, ok, worry
from deploy.texts import text
from routing.city import CityError

CLOCK_MOST = timedelta(seconds=5)
"""More, and reply tokens look younger or older than they are (they live a minute)."""
QUOTA_SHARE = 0.8
LIFF_PAGES = "https://liff.line.me"
LIFF_SECONDS = 5.0


async def account(patient: Patient) -> Sequence[Finding]:
    """The access token, and the account's chat, which must be off."""
    try:
        bot = await patient.bot()
    except LineAdminError as error:
        return [bad("line", f"line_{_kind(error)}", reason=reason(error), base=patient.settings.line_api_base)]
    if bot.chat_mode != "bot":
        return [ok("line", "line", name=bot.name, id=bot.basic_id), bad("chat", "chat_on", mode=bot.chat_mode or "-")]
    return [
        ok("line", "line", name=bot.name, id=bot.basic_id),
        ok("chat", "chat_off"),
        note("auto_reply", "auto_reply"),
    ]


async def clock(patient: Patient) -> Sequence[Finding]:
    """Our clock against LINE's, which tells whole seconds."""
    try:
        bot = await patient.bot()
    except LineAdminError:
        return [note("clock", "not_asked")]
    return [_clock(bot, datetime.now(UTC))]


async def webhook(patient: Patient) -> Sequence[Finding]:
    """The registered URL is ours and in use, and LINE reaches it."""
    expected = f"{patient.settings.public_url}/line/webhook"
    try:
        seen = await patient.line.webhook()
        if seen is None:
            return [bad("webhook", "webhook_none", url=expected)]
        is_forwarded = bool(patient.settings.forwarded_secret.get_secret_value())
        if seen.url != expected and is_forwarded:
            return [note("webhook", "webhook_forwarded", url=seen.url)]
        if seen.url != expected:
            return [bad("webhook", "webhook_other", seen=seen.url, url=expected)]
        if not seen.active:
            return [bad("webhook", "webhook_off", url=expected)]
        return [ok("webhook", "webhook", url=expected), _tested(await patient.line.test_webhook())]
    except LineAdminError as error:
        return [worry("webhook", "line_silent", reason=reason(error))]


async def quota(patient: Patient) -> Sequence[Finding]:
    try:
        seen = await patient.line.quota()
    except LineAdminError as error:
        return [worry("quota", "line_silent", reason=reason(error))]
    if seen.limit is None:
        return [ok("quota", "quota_free", used=seen.used)]
    if seen.used >= seen.limit:
        return [worry("quota", "quota_used_up", used=seen.used, limit=seen.limit)]
    if seen.used >= seen.limit * QUOTA_SHARE:
        return [worry("quota", "quota_soon", used=seen.used, limit=seen.limit)]
    return [ok("quota", "quota", used=seen.used, limit=seen.limit)]


async def liff(patient: Patient, pages: str = LIFF_PAGES) -> Sequence[Finding]:
    """The LIFF app exists, belongs to the login channel that is named, and its endpoint is a page of ours."""
    settings = patient.settings
    if not settings.liff_id:
        return [ok("liff", "liff_none")]
    if settings.liff_id.partition("-")[0] != settings.line_login_channel_id:
        return [bad("liff", "liff_channel", id=settings.liff_id, channel=settings.line_login_channel_id)]
    if pages == LIFF_PAGES and other_host(settings.line_api_base) is not None:
        return [note("liff", "liff_unseen")]
    endpoint = f"{settings.public_url}/form"
    app, own = await asyncio.gather(_status(f"{pages}/{settings.liff_id}"), _status(endpoint))
    return [_liff(settings.liff_id, app, endpoint, own)]


async def richmenu(patient: Patient) -> Sequence[Finding]:
    """LINE has the menus as they would be drawn now."""
    try:
        wanted = await asyncio.to_thread(_menus, patient.settings.city)
        synced = await is_synced(patient.line, wanted)
    except NoFontError:
        return [worry("richmenu", "richmenu_font", file=FONT.name)]
    except (MenuError, PictureError, CityError) as error:
        return [worry("richmenu", "richmenu_bad", problem=error)]
    except LineAdminError as error:
        return [worry("richmenu", "line_silent", reason=reason(error))]
    return [ok("richmenu", "fine") if synced else worry("richmenu", "richmenu_old")]


async def shared(patient: Patient) -> Sequence[Finding]:
    """Another program on the same account: before us, behind us, or none."""
    settings = patient.settings
    found = []
    if settings.forwarded_secret.get_secret_value():
        found.append(ok("shared", "shared_behind"))
    if settings.forward_url:
        host, own = urlsplit(settings.forward_url), urlsplit(settings.public_url)
        if host.netloc == own.netloc and host.path.startswith("/line/webhook"):
            found.append(bad("shared", "shared_circle", url=settings.forward_url))
        else:
            found.append(ok("shared", "shared_before", host=host.hostname or ""))
    return found or [ok("shared", "shared_none")]


def reason(error: LineAdminError) -> str:
    """Why LINE's answer was none, in words."""
    said = text(f"line_reason.{error.reason}", status=error.status)
    return f"{said} ({error.said})" if error.said else said


def _kind(error: LineAdminError) -> str:
    if error.reason in {"unauthorised", "forbidden"}:
        return "refused"
    return "away" if error.reason in {"not_reached", "late"} else "odd"


def _clock(bot: Bot, at: datetime) -> Finding:
    if bot.answered_at is None:
        return note("clock", "clock_unseen")
    # LINE tells whole seconds, so half a second more is the likeliest.
    off = at - bot.answered_at - timedelta(seconds=0.5)
    if abs(off) > CLOCK_MOST:
        key = "clock_fast" if off > timedelta() else "clock_slow"
        return bad("clock", key, seconds=round(abs(off).total_seconds()))
    return ok("clock", "clock")


def _liff(app_id: str, app: int, endpoint: str, own: int) -> Finding:
    """What the statuses of LINE's page and of ours tell; 0 is no answer."""
    if app == HTTPStatus.NOT_FOUND:
        return bad("liff", "liff_unknown", id=app_id)
    if app == 0 or app >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return worry("liff", "liff_silent", status=app)
    if own in {0, HTTPStatus.NOT_FOUND} or own >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return worry("liff", "liff_endpoint", url=endpoint, status=own)
    return ok("liff", "liff", id=app_id)


def _tested(seen: Tested) -> Finding:
    if seen.success:
        return ok("webhook_test", "webhook_test", status=seen.status)
    return bad("webhook_test", "webhook_fails", status=seen.status, reason=seen.reason, detail=seen.detail)


def _menus(city: str) -> list[Drawn]:
    name = load_city(city).name
    return [drawn(menu(role, language, name)) for language in languages() for role in ROLES]


async def _status(url: str) -> int:
    """The status that a page answers with, redirects not followed; 0 where it does not answer."""
    try:
        async with (
            httpx2.AsyncClient(follow_redirects=False, timeout=LIFF_SECONDS) as client,
            client.stream("GET", url) as answer,
        ):
            return answer.status_code
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError):
        return 0
