"""What stands in front of every page of the form: headers that keep it closed, and the refusal of other sites."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

HEADERS = {
    "Cache-Control": "no-store, private",
    "X-Content-Type-Options": "nosniff",
    # Pages narrow this to same-origin with a meta element, which tells other sites as little: under no-referrer an
    # older browser sends `Origin: null` with a form and could not be told from a stranger's site.
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}

_LIFF_SCRIPTS = "https://static.line-scdn.net/liff/"
_LIFF_CALLS = "https://api.line.me https://access.line.me https://liffsdk.line-scdn.net"

Refusal = Callable[[Scope, Receive, Send], Awaitable[None]]


def policy(quick_exit_url: str) -> str:
    """The content security policy. Leaving is a form whose answer leads to `quick_exit_url`, so that is named."""
    away = urlsplit(quick_exit_url)
    return _policy(f"'self' {away.scheme}://{away.netloc}")


def liff_policy(quick_exit_url: str) -> str:
    """The policy of the two pages that LINE's SDK runs on; neither ever shows what was typed.

    In LINE's own browser the SDK loads the bridge to the app from LINE and asks LINE whose token it has.
    """
    away = urlsplit(quick_exit_url)
    return _policy(f"'self' {away.scheme}://{away.netloc}", scripts=f" {_LIFF_SCRIPTS}", calls=f" {_LIFF_CALLS}")


def _policy(forms: str, *, scripts: str = "", calls: str = "") -> str:
    return (
        f"default-src 'none'; script-src 'self'{scripts}; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self'{calls}; form-action {forms}; frame-ancestors 'none'; base-uri 'none'"
    )


class ClosedHeaders:
    """Put `HEADERS` and the policy on every answer; a header that the answer already carries stays."""

    def __init__(self, app: ASGIApp, *, policy: str) -> None:
        self.app = app
        self.headers = {**HEADERS, "Content-Security-Policy": policy}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_closed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_closed)


class SameOriginOnly:
    """Refuse unsafe methods that do not come from our own pages.

    `Sec-Fetch-Site` decides; a browser without it is judged by `Origin`. A request with neither is refused, and so are
    doubled headers, because two readers could believe different ones.
    """

    def __init__(self, app: ASGIApp, *, secure: bool, refuse: Refusal) -> None:
        self.app = app
        self.schemes = ("https",) if secure else ("http", "https")
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        unsafe = scope["type"] == "http" and scope["method"] not in SAFE_METHODS
        refused = unsafe and not self._is_ours(Headers(scope=scope))
        await (self.refuse if refused else self.app)(scope, receive, send)

    def _is_ours(self, headers: Headers) -> bool:
        sites, origins, hosts = (headers.getlist(name) for name in ("sec-fetch-site", "origin", "host"))
        if len(sites) > 1 or len(origins) > 1 or len(hosts) != 1:
            return False
        if sites:
            return sites[0] == "same-origin"
        return bool(origins) and origins[0] in {f"{scheme}://{hosts[0]}" for scheme in self.schemes}
