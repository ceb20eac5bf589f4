"""Sending endpoints: reply, push, multicast, validate, quota. Source: reference, "Message"."""

import uuid
from collections.abc import Callable

from deploy.simulator.call import MONTHLY_LIMIT, Answer, ApiError, Call, Endpoints
from deploy.simulator.limits import check_messages
from deploy.simulator.models import Json, Person
from deploy.simulator.probe import Probe
from deploy.simulator.tokens import Accepted

MULTICAST_MOST = 500
USER = r"U[0-9a-f]{32}"
KINDS = ("reply", "push", "multicast", "narrowcast", "broadcast")


def add_message_endpoints(endpoints: Endpoints) -> None:
    base = "/v2/bot/message"
    endpoints.add("POST", f"{base}/reply", "reply", reply, fault="reply")
    endpoints.add("POST", f"{base}/push", "push", push, fault="push")
    endpoints.add("POST", f"{base}/multicast", "multicast", multicast, fault="multicast")
    endpoints.add("POST", f"{base}/validate/{{kind}}", "validate", validate)
    endpoints.add("GET", f"{base}/quota", "quota", quota, fault="quota")
    endpoints.add("GET", f"{base}/quota/consumption", "quota_consumption", consumption, fault="quota")


async def reply(call: Call) -> Answer:
    """Answer an event. A retry key is not known here and refused (LINE answers 400)."""
    if "x-line-retry-key" in call.headers:
        raise ApiError(400, "The X-Line-Retry-Key header is not supported by this API")
    body = call.json()
    token = body.get("replyToken")
    if not isinstance(token, str) or not token:
        raise ApiError(400, "The request body has 1 error(s)", details=[_empty("replyToken")])
    _check_switch(body)
    check_messages(body.get("messages"))
    person = call.world.tokens.spend(token, call.now)
    if person is None:
        raise ApiError(400, "Invalid reply token")
    sent = call.world.deliver(call.world.people.get(person), body["messages"], "reply")
    return Answer({"sentMessages": sent})


async def push(call: Call) -> Answer:
    def one(body: Json) -> list[str]:
        _check_user(Probe(body.get("to"), "to"))
        return [body["to"]]

    return _send(call, one, "push")


async def multicast(call: Call) -> Answer:
    def several(body: Json) -> list[str]:
        probe = Probe(body.get("to"), "to")
        for member in probe.items(1, MULTICAST_MOST):
            _check_user(member)
        if probe.findings:
            raise ApiError(400, "The request body has 1 error(s)", details=[probe.findings[0].as_json()])
        return list(dict.fromkeys(body["to"]))

    return _send(call, several, "multicast")


def _send(call: Call, recipients: Callable[[Json], list[str]], road: str) -> Answer:
    """Push and multicast: the same key twice is 409; only messages that arrive count for the month."""
    key = _retry_key(call)
    body = call.json()
    to = recipients(body)
    _check_switch(body)
    check_messages(body.get("messages"))
    world = call.world
    before = world.retry_keys.find(key, call.now) if key else None
    if before:
        raise _accepted_before(before)
    people = [world.people.get(one) for one in to]
    counted = sum(1 for person in people if person is not None and person.reachable)
    if world.settings.quota is not None and world.quota.used(call.now) + counted > world.settings.quota:
        raise ApiError(429, MONTHLY_LIMIT)
    sent = _deliver_all(call, people, body["messages"], road)
    world.quota.add(counted, call.now)
    if key:
        world.retry_keys.remember(key, Accepted(call.request_id, call.now, sent))
    return Answer({"sentMessages": sent} if road == "push" else {})


def _deliver_all(call: Call, people: list[Person | None], messages: list[Json], road: str) -> list[Json]:
    sent: list[Json] = []
    for person in people:
        sent = call.world.deliver(person, messages, "push" if road == "push" else "multicast")
    return sent


def _retry_key(call: Call) -> str:
    """The retry key in one spelling; it must be a UUID."""
    given = call.headers.get("x-line-retry-key")
    if given is None:
        return ""
    try:
        return str(uuid.UUID(given))
    except ValueError as error:
        raise ApiError(400, "The retry key is invalid") from error


def _accepted_before(before: Accepted) -> ApiError:
    error = ApiError(409, "The retry key is already accepted", sentMessages=before.sent)
    error.headers["x-line-accepted-request-id"] = before.request_id
    return error


def _check_user(probe: Probe) -> None:
    before = len(probe.findings)
    probe.matches(USER, required=True)
    if len(probe.findings) > before:
        raise ApiError(400, "The property, 'to', in the request body is invalid (line: -, column: -)")


def _check_switch(body: Json) -> None:
    if not isinstance(body.get("notificationDisabled", False), bool):
        raise ApiError(400, "The property, 'notificationDisabled', in the request body is invalid (line: -, column: -)")


def _empty(name: str) -> Json:
    return {"message": "May not be empty", "property": name}


async def validate(call: Call) -> Answer:
    if call.path["kind"] not in KINDS:
        raise ApiError(404, "Not found")
    check_messages(call.json().get("messages"))
    return Answer()


async def quota(call: Call) -> Answer:
    most = call.world.settings.quota
    return Answer({"type": "none"} if most is None else {"type": "limited", "value": most})


async def consumption(call: Call) -> Answer:
    return Answer({"totalUsage": call.world.quota.used(call.now)})
