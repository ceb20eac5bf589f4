"""One call of the Messaging API: token, faults, rate limit, log, and answers in LINE's shapes."""

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.types import Receive, Scope, Send

from deploy.simulator.limits import Refused
from deploy.simulator.models import ApiCall, Json
from deploy.simulator.settings import Fault, FaultTarget
from deploy.simulator.world import World

BODY_MOST = 2 * 1024 * 1024
"""A larger request is answered 413."""

UNAUTHORIZED = (
    "Authentication failed due to the following reason: invalid token. "
    "Confirm that the access token in the authorization header is valid."
)
RATE_EXCEEDED = "The API rate limit has been exceeded. Try again later."
MONTHLY_LIMIT = "You have reached your monthly limit."


class ApiError(Exception):
    """An answer of LINE that is not a success."""

    def __init__(self, status: int, message: str, *, details: list[Json] | None = None, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"message": message, **({"details": details} if details else {}), **more}
        self.headers: dict[str, str] = {}


@dataclass(slots=True)
class Answer:
    body: Json | None = field(default_factory=dict)
    status: int = 200
    raw: Response | None = None


@dataclass(slots=True)
class Call:
    """What an endpoint sees of its request."""

    world: World
    request_id: str
    body: bytes
    headers: Mapping[str, str]
    path: Mapping[str, str]
    query: Mapping[str, str]
    log: ApiCall

    @property
    def now(self) -> float:
        return self.world.clock.now()

    def json(self) -> Json:
        """The body as an object.

        Raises:
            ApiError: 415 for another media type, 400 for anything but a JSON object.
        """
        if self.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
            raise ApiError(415, "Unsupported media type. Content-Type must be application/json.")
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise ApiError(400, "The request body could not be parsed as JSON") from error
        if not isinstance(value, dict):
            raise ApiError(400, "The request body could not be parsed as JSON")
        self.log.request = value
        return value


class Cut(Response):
    """Cuts the connection without an answer. Only our own server hands the transport through."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the ASGI signature
        transport: asyncio.Transport | None = scope.get("state", {}).get("transport")
        if transport is None:
            raise ConnectionAbortedError("the connection cannot be cut without the simulator's own server")
        transport.abort()
        await asyncio.sleep(0.01)


Handler = Callable[[Call], Awaitable[Answer]]


class Endpoints:
    """Registers handlers; every one gets the same door."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.router = APIRouter()

    def add(self, method: str, path: str, name: str, handler: Handler, *, fault: FaultTarget = "any") -> None:
        """Serve `handler` at this path; `name` counts for the rate limit, `fault` for the fault knobs."""

        async def endpoint(request: Request) -> Response:
            return await Door(self.world, name, fault).pass_through(request, handler)

        self.router.add_api_route(path, endpoint, methods=[method], include_in_schema=False)


@dataclass(slots=True)
class Door:
    """The way of one request from token to log."""

    world: World
    name: str
    target: FaultTarget

    async def pass_through(self, request: Request, handler: Handler) -> Response:
        started = time.monotonic()
        log = ApiCall(self.world.now_ms(), self.name, request.method, request.url.path, str(uuid.uuid4()))
        log.retry_key = request.headers.get("x-line-retry-key", "")
        self.world.logs.api.append(log)
        response = await self._answer(request, handler, log)
        response.headers["x-line-request-id"] = log.request_id
        log.milliseconds = round((time.monotonic() - started) * 1000)
        self.world.bus.tell("api")
        return response

    async def _answer(self, request: Request, handler: Handler, log: ApiCall) -> Response:
        try:
            self._identify(request)
            fault = self.world.next_fault(self.target)
            log.fault = fault.kind if fault else ""
            before = _fail_before(fault)
            if before is not None:
                return self._write(before, log)
            self._keep_rate()
            answer = await handler(await self._call(request, log))
        except Refused as refused:
            return self._error(ApiError(400, refused.message, details=[f.as_json() for f in refused.findings]), log)
        except ApiError as error:
            return self._error(error, log)
        return self._write(await _fail_after(fault, answer), log)

    def _identify(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {self.world.access_token}":
            raise ApiError(401, UNAUTHORIZED)

    def _keep_rate(self) -> None:
        if self.world.settings.rate_limits and not self.world.rates.admits(self.name, self.world.clock.now()):
            raise ApiError(429, RATE_EXCEEDED)

    async def _call(self, request: Request, log: ApiCall) -> Call:
        body = await read_body(request)
        return Call(self.world, log.request_id, body, request.headers, request.path_params, request.query_params, log)

    def _write(self, answer: Answer, log: ApiCall) -> Response:
        log.status, log.response = answer.status, answer.body
        if answer.raw is not None:
            return answer.raw
        content = b"" if answer.body is None else json.dumps(answer.body, ensure_ascii=False).encode()
        return Response(content, answer.status, media_type="application/json")

    def _error(self, error: ApiError, log: ApiCall) -> Response:
        response = self._write(Answer(error.body, error.status), log)
        response.headers.update(error.headers)
        return response


async def read_body(request: Request) -> bytes:
    """The body, read no further than LINE's limit.

    Raises:
        ApiError: 413 for a larger one.
    """
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_MOST:
            raise ApiError(413, "Payload too large")
        parts.append(part)
    return b"".join(parts)


def _fail_before(fault: Fault | None) -> Answer | None:
    """Faults that strike before anything was done."""
    match fault.kind if fault else "":
        case "error":
            raise ApiError(500, "Internal server error")
        case "rate":
            raise ApiError(429, RATE_EXCEEDED)
        case "quota":
            raise ApiError(429, MONTHLY_LIMIT)
        case "unauthorized":
            raise ApiError(401, UNAUTHORIZED)
        case "drop":
            return Answer(None, 0, Cut())
        case _:
            return None


async def _fail_after(fault: Fault | None, answer: Answer) -> Answer:
    """Faults that strike after the request was accepted and carried out."""
    if fault and fault.kind == "cut":
        return Answer(answer.body, 0, Cut())
    if fault and fault.kind == "empty":
        return Answer(None, answer.status)
    if fault and fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
    return answer
