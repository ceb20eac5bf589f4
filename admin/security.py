"""What stands in front of every staff page: headers that keep it closed, and the refusal of cross-site actions."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cache-Control": "no-store, private",
    "X-Content-Type-Options": "nosniff",
    # Pages narrow this to same-origin with a meta element: under no-referrer a browser sends `Origin: null` with a
    # form, and the browsers that send no Sec-Fetch-Site (plain http inside an office) could not be told from a
    # stranger's site.
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}

Refusal = Callable[[Scope, Receive, Send], Awaitable[None]]


class ClosedHeaders:
    """Put `HEADERS` on every answer; a header the answer already carries stays."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_closed(message: Message) -> None:
            if message["type"] == "http.response.start":
                close(MutableHeaders(scope=message))
            await send(message)

        await self.app(scope, receive, send_closed)


class SameOriginOnly:
    """Refuse unsafe methods that do not come from our own pages.

    The browser's `Sec-Fetch-Site` decides; a browser without it is judged by `Origin`. A request with neither is
    refused: nothing but a browser has business here. Doubled headers are refused, because two readers could
    believe different ones.
    """

    def __init__(self, app: ASGIApp, *, secure: bool, refuse: Refusal) -> None:
        self.app = app
        self.secure = secure
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cross = (
            scope["type"] == "http" and scope["method"] not in SAFE_METHODS and not self._is_ours(Headers(scope=scope))
        )
        await (self.refuse if cross else self.app)(scope, receive, send)

    def _is_ours(self, headers: Headers) -> bool:
        sites, origins, hosts = (headers.getlist(name) for name in ("sec-fetch-site", "origin", "host"))
        if len(sites) > 1 or len(origins) > 1 or len(hosts) != 1:
            return False
        if sites:
            return sites[0] == "same-origin"
        schemes = ("https",) if self.secure else ("http", "https")
        return bool(origins) and origins[0] in {f"{scheme}://{hosts[0]}" for scheme in schemes}


def close(headers: MutableHeaders) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
