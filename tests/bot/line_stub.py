"""LINE's side of the wire, answering as told."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class LineStub:
    """LINE's side of the wire: gives the answers laid out for it, in order, and then 200."""

    url: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)
    answers: deque[Callable[[web.Request], Any]] = field(default_factory=deque)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        key = request.headers.get("X-Line-Retry-Key")
        self.calls.append({"road": request.path.rpartition("/")[2], "key": key, **await request.json()})
        if self.answers:
            answer = self.answers.popleft()(request)
            return await answer if asyncio.iscoroutine(answer) else answer
        return web.json_response({"sentMessages": [{"id": "1"}]}, headers={"x-line-request-id": "r1"})

    def answer(self, status: int, body: Any = None, **headers: str) -> None:
        """Lay out one answer; `_` in header names stands for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append(lambda _request: web.json_response(body or {}, status=status, headers=named))

    def refuse(self, status: int, message: str, *details: str) -> None:
        self.answer(status, {"message": message, "details": [{"message": detail} for detail in details]})

    def raw(self, status: int, body: bytes, content_type: str = "application/json") -> None:
        self.answers.append(lambda _request: web.Response(status=status, body=body, content_type=content_type))

    def cut(self) -> None:
        """Take the request and break the connection."""

        def close(request: web.Request) -> web.Response:
            assert request.transport is not None
            request.transport.close()
            return web.Response()

        self.answers.append(close)

    def hang(self, seconds: float, status: int = 200) -> None:
        async def wait(_request: web.Request) -> web.Response:
            await asyncio.sleep(seconds)
            return web.json_response({}, status=status)

        self.answers.append(wait)

    @property
    def roads(self) -> list[str]:
        return [call["road"] for call in self.calls]
