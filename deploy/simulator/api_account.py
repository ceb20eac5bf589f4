"""Endpoints beside sending: account, profiles, loading animation, read marks, contents, webhook settings, tokens."""

import time
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Request, Response

from deploy.simulator.api_messages import USER
from deploy.simulator.call import Answer, ApiError, Call, Endpoints
from deploy.simulator.models import Content, Json, WebhookCall
from deploy.simulator.probe import Probe
from deploy.simulator.webhook_out import Courier
from deploy.simulator.world import World

LOADING_STEP, LOADING_MOST, LOADING_DEFAULT = 5, 60, 20
ENDPOINT_MOST = 500
CHANNEL = "1650000000"
"""The channel id that the simulator's tokens belong to."""

UNSENT = "unsent"


def add_account_endpoints(endpoints: Endpoints, courier: Courier) -> None:
    base = "/v2/bot"
    endpoints.add("GET", f"{base}/info", "info", info)
    endpoints.add("GET", f"{base}/profile/{{user}}", "profile", profile, fault="profile")
    endpoints.add("POST", f"{base}/chat/loading/start", "loading", loading, fault="loading")
    endpoints.add("POST", f"{base}/chat/markAsRead", "mark_as_read", mark_as_read)
    for part in ("content", "content/preview"):
        endpoints.add("GET", f"{base}/message/{{message}}/{part}", "content", content, fault="content")
    endpoints.add("GET", f"{base}/message/{{message}}/content/transcoding", "transcoding", transcoding, fault="content")
    webhook = WebhookSettings(courier)
    endpoints.add("GET", f"{base}/channel/webhook/endpoint", "webhook_endpoint", webhook.get)
    endpoints.add("PUT", f"{base}/channel/webhook/endpoint", "webhook_endpoint", webhook.put)
    endpoints.add("POST", f"{base}/channel/webhook/test", "webhook_test", webhook.test)


async def info(call: Call) -> Answer:
    chat = call.world.settings.chat_mode
    return Answer(
        {
            "userId": call.world.bot_id,
            "basicId": "@simulator",
            "displayName": call.world.settings.account_name,
            "chatMode": chat,
            "markAsReadMode": "manual" if chat == "chat" else "auto",
        }
    )


async def profile(call: Call) -> Answer:
    """404 for everybody who is no friend or blocks the account."""
    person = call.world.people.get(call.path["user"])
    if person is None or not person.reachable:
        raise ApiError(404, "Not found")
    return Answer({"userId": person.id, "displayName": person.name, "language": "ja"})


async def loading(call: Call) -> Answer:
    """202 also when nobody sees it; only for one person, for a multiple of five seconds up to 60."""
    body = call.json()
    probe = Probe(body)
    probe.at("chatId").matches(USER, required=True)
    seconds = body.get("loadingSeconds", LOADING_DEFAULT)
    right = isinstance(seconds, int) and not isinstance(seconds, bool)
    if not right or not LOADING_STEP <= seconds <= LOADING_MOST or seconds % LOADING_STEP:
        probe.at("loadingSeconds").wrong("must be a multiple of 5 between 5 and 60")
    if probe.findings:
        details = [finding.as_json() for finding in probe.findings]
        raise ApiError(400, f"The request body has {len(details)} error(s)", details=details)
    person = call.world.people.get(body["chatId"])
    if person is not None and person.reachable:
        person.loading_until = call.now + seconds
        call.world.changed(person)
    return Answer({}, 202)


async def mark_as_read(call: Call) -> Answer:
    """Everything of that person up to the message becomes 既読."""
    token = call.json().get("markAsReadToken")
    person_id, item_id = call.world.read_tokens.get(token, ("", "")) if isinstance(token, str) else ("", "")
    person = call.world.people.get(person_id)
    if person is None:
        raise ApiError(400, "The markAsReadToken is invalid")
    for item in person.items:
        if item.sender == "person" and int(item.id) <= int(item_id):
            item.read = True
    call.world.changed(person)
    return Answer()


async def content(call: Call) -> Answer:
    """What a person sent; gone for ever once it was taken back."""
    found = _content(call)
    return Answer(None, 200, Response(found.data, media_type=found.media_type))


async def transcoding(call: Call) -> Answer:
    _content(call)
    return Answer({"status": "succeeded"})


def _content(call: Call) -> Content:
    found = call.world.contents.get(call.path["message"])
    if found is None:
        items = (person.item(call.path["message"]) for person in call.world.people.values())
        gone = any(item is not None and item.unsent for item in items)
        raise ApiError(410 if gone else 404, "Gone" if gone else "Not found")
    return found


class WebhookSettings:
    """The webhook URL as the console and the API know it."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier

    async def get(self, call: Call) -> Answer:
        settings = call.world.settings
        return Answer({"endpoint": settings.webhook_url, "active": settings.webhook_active})

    async def put(self, call: Call) -> Answer:
        call.world.settings.webhook_url = _endpoint(call.json())
        return Answer()

    async def test(self, call: Call) -> Answer:
        """Send an empty list of events, as the button 「検証」 does; it does not count in the error statistics."""
        body = call.json() if call.body else {}
        url = _endpoint(body) if body.get("endpoint") else call.world.settings.webhook_url
        sent = WebhookCall(call.world.now_ms(), 1, [])
        call.world.logs.webhooks.append(sent)
        payload = f'{{"destination":"{call.world.bot_id}","events":[]}}'.encode()
        await self._courier.post(sent, payload, url=url)
        moment = datetime.fromtimestamp(call.now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return Answer({"success": sent.outcome == "success", "timestamp": moment, **_told(sent)})


def _told(sent: WebhookCall) -> Json:
    reason = "OK" if sent.outcome == "success" else sent.outcome.upper()
    return {"statusCode": sent.status, "reason": reason, "detail": sent.detail or str(sent.status)}


def _endpoint(body: Json) -> str:
    """The URL in the request. LINE takes https only; here plain http to this machine is taken as well."""
    url = body.get("endpoint")
    parts = urlsplit(url) if isinstance(url, str) and len(url) <= ENDPOINT_MOST else None
    local = parts is not None and parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not isinstance(url, str) or parts is None or not (parts.scheme == "https" or local):
        raise ApiError(400, "Invalid webhook endpoint URL")
    return url


def verify_router(world: World) -> APIRouter:
    """`/oauth2/v2.1/verify`: access tokens by GET, ID tokens of LIFF by POST. Asked without a bearer token."""
    router = APIRouter()

    @router.get("/oauth2/v2.1/verify", include_in_schema=False)
    async def access_token(request: Request, response: Response) -> Json:
        if request.query_params.get("access_token") != world.access_token:
            response.status_code = 400
            return {"error": "invalid_request", "error_description": "access token expired"}
        return {"scope": "message:send", "client_id": CHANNEL, "expires_in": 30 * 24 * 3600}

    @router.post("/oauth2/v2.1/verify", include_in_schema=False)
    async def id_token(request: Request, response: Response) -> Json:
        form = parse_qs((await request.body()).decode("utf-8", "replace"))
        claims = world.id_tokens.get(form.get("id_token", [""])[0])
        problem = _id_token_problem(claims, form, world.clock.now())
        if claims is None or problem:
            response.status_code = 400
            return {"error": "invalid_request", "error_description": problem}
        return claims

    return router


def _id_token_problem(claims: Json | None, form: dict[str, list[str]], now: float) -> str:
    if claims is None:
        return "Invalid IdToken."
    if form.get("client_id") != [claims["aud"]]:
        return "Invalid IdToken Audience."
    if claims["exp"] < now:
        return "IdToken expired."
    if form.get("nonce", [claims.get("nonce")]) != [claims.get("nonce")]:
        return "Invalid IdToken Nonce."
    return ""


def id_claims(person: str, name: str, client_id: str, nonce: str | None, now: float = 0.0) -> Json:
    """The claims of an ID token for this person: good for one hour."""
    issued = int(now or time.time())
    claims: Json = {"iss": "https://access.line.me", "sub": person, "aud": client_id, "exp": issued + 3600}
    claims |= {"iat": issued, "amr": ["linesso"], "name": name}
    return {**claims, "nonce": nonce} if nonce else claims
