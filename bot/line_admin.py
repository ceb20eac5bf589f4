"""LINE's Messaging API for setting a channel up: account, quota, webhook, rich menus; through line-bot-sdk.

What is written goes through the SDK's own requests. What is read is taken as plain JSON: the SDK's models raise for a
whole list when one menu of somebody else holds an action that is newer than they are.

Importing the SDK takes two seconds, so nobody but the commands that need it imports this module.
"""

import json
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from aiohttp import ClientConnectorError
from linebot.v3.messaging import (
    AsyncApiClient,
    AsyncMessagingApi,
    AsyncMessagingApiBlob,
    Configuration,
    CreateRichMenuAliasRequest,
    RichMenuBatchRequest,
    RichMenuRequest,
    SetWebhookEndpointRequest,
    UpdateRichMenuAliasRequest,
)
from linebot.v3.messaging.exceptions import ApiException

SECONDS = 8.0
LINE_HOST = "api.line.me"
_DATA_HOST = "https://api-data.line.me"
_SAID = 200  # characters of LINE's own words that are kept

Reason = Literal[
    "unauthorised", "forbidden", "not_found", "refused", "rate_limit", "line_failed", "not_reached", "late", "strange"
]
"""`strange`: an answer that is not what LINE describes. `late`, `line_failed`, `strange`: it may have been done."""

Phase = Literal["ongoing", "succeeded", "failed"]

_BY_STATUS: dict[int, Reason] = {
    HTTPStatus.UNAUTHORIZED: "unauthorised",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limit",
}


class LineAdminError(Exception):
    """A call that did not end well. `said` is LINE's own message, which never holds a token."""

    def __init__(self, reason: Reason, status: int = 0, said: str = "") -> None:
        super().__init__(f"{reason} {status}" if status else reason)
        self.reason: Reason = reason
        self.status = status
        self.said = said


@dataclass(frozen=True, slots=True)
class Bot:
    """The account. `answered_at` is LINE's clock at its answer (whole seconds), None where it gave none."""

    user_id: str
    basic_id: str
    name: str
    chat_mode: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Quota:
    """Pushes a month: `limit` is None without one; `used` is approximate (LINE)."""

    limit: int | None
    used: int


@dataclass(frozen=True, slots=True)
class Webhook:
    """The URL that LINE sends events to, and whether 「Webhookの利用」 is on."""

    url: str
    active: bool


@dataclass(frozen=True, slots=True)
class Tested:
    """How LINE's own call to the webhook went."""

    success: bool
    status: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class StoredMenu:
    id: str
    name: str


class LineAdmin:
    """The calls, each bounded by `SECONDS`. Use it as a context manager inside a running loop.

    Every method raises LineAdminError.
    """

    def __init__(self, *, access_token: str, api_base: str) -> None:
        self._access_token = access_token
        self._host = other_host(api_base)
        self._base = api_base.rstrip("/")

    async def __aenter__(self) -> Self:
        # The SDK opens its session here, which only works inside a running loop. A host given to it replaces both of
        # LINE's hosts, so LINE's own is left to the SDK: pictures go to another one.
        self._client = AsyncApiClient(Configuration(access_token=self._access_token, host=self._host))
        self._api = AsyncMessagingApi(self._client)
        self._blob = AsyncMessagingApiBlob(self._client)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()

    async def bot(self) -> Bot:
        answer = await self._asked("GET", "/v2/bot/info")
        said = answer.json
        return Bot(
            user_id=_text(said, "userId"),
            basic_id=_text(said, "basicId"),
            name=_text(said, "displayName"),
            chat_mode=_text(said, "chatMode"),
            answered_at=_date(answer.headers.get("date")),
        )

    async def quota(self) -> Quota:
        allowed = (await self._asked("GET", "/v2/bot/message/quota")).json
        used = (await self._asked("GET", "/v2/bot/message/quota/consumption")).json
        limit = allowed.get("value") if allowed.get("type") == "limited" else None
        return Quota(limit if isinstance(limit, int) else None, _number(used, "totalUsage"))

    async def webhook(self) -> Webhook | None:
        """None where no URL is registered."""
        try:
            said = (await self._asked("GET", "/v2/bot/channel/webhook/endpoint")).json
        except LineAdminError as error:
            if error.reason == "not_found":
                return None
            raise
        url = _text(said, "endpoint")
        return Webhook(url, said.get("active") is True) if url else None

    async def set_webhook(self, url: str) -> None:
        request = SetWebhookEndpointRequest(endpoint=url)
        await _done(self._api.set_webhook_endpoint_with_http_info(request, _request_timeout=SECONDS))

    async def test_webhook(self) -> Tested:
        """Let LINE call the registered URL with no events. LINE takes 60 such requests an hour."""
        said = (await self._asked("POST", "/v2/bot/channel/webhook/test", {})).json
        reason, detail = _text(said, "reason"), _text(said, "detail")
        return Tested(said.get("success") is True, _number(said, "statusCode"), reason, detail)

    async def menus(self) -> tuple[StoredMenu, ...]:
        """Every rich menu made by API, ours and others'."""
        said = (await self._asked("GET", "/v2/bot/richmenu/list")).json
        return tuple(StoredMenu(_text(menu, "richMenuId"), _text(menu, "name")) for menu in _list(said, "richmenus"))

    async def create_menu(self, menu: Mapping[str, Any]) -> str:
        """Make a menu (the rich menu object of the reference); its id. LINE takes 100 an hour."""
        try:
            request = RichMenuRequest.from_dict(dict(menu))
        except ValueError as error:
            raise LineAdminError("refused") from error
        answer = await _done(self._api.create_rich_menu_with_http_info(request, _request_timeout=SECONDS))
        return _text(_Answer.of(answer).json, "richMenuId")

    async def set_menu_picture(self, menu_id: str, png: bytes) -> None:
        """Upload the picture. LINE takes it once for each menu."""
        headers = {"Content-Type": "image/png"}  # the SDK would say that it is JSON
        await _done(
            self._blob.set_rich_menu_image_with_http_info(menu_id, png, _headers=headers, _request_timeout=SECONDS)
        )

    async def has_picture(self, menu_id: str) -> bool:
        call = self._blob.get_rich_menu_image_with_http_info(menu_id, _request_timeout=SECONDS)
        try:
            await _done(call)
        except LineAdminError as error:
            if error.reason == "not_found":
                return False
            raise
        return True

    async def delete_menu(self, menu_id: str) -> None:
        """LINE takes 100 an hour. Whoever had the menu has the default one then."""
        await _done(self._api.delete_rich_menu_with_http_info(menu_id, _request_timeout=SECONDS))

    async def default_menu(self) -> str | None:
        """The id of the menu of whoever has none of their own; None where none is set by API."""
        try:
            said = (await self._asked("GET", "/v2/bot/user/all/richmenu")).json
        except LineAdminError as error:
            if error.reason == "not_found":
                return None
            raise
        return _text(said, "richMenuId") or None

    async def set_default_menu(self, menu_id: str) -> None:
        await _done(self._api.set_default_rich_menu_with_http_info(menu_id, _request_timeout=SECONDS))

    async def aliases(self) -> dict[str, str]:
        """Every alias and the menu it stands for."""
        said = (await self._asked("GET", "/v2/bot/richmenu/alias/list")).json
        return {_text(one, "richMenuAliasId"): _text(one, "richMenuId") for one in _list(said, "aliases")}

    async def create_alias(self, alias: str, menu_id: str) -> None:
        request = CreateRichMenuAliasRequest(richMenuAliasId=alias, richMenuId=menu_id)
        await _done(self._api.create_rich_menu_alias_with_http_info(request, _request_timeout=SECONDS))

    async def update_alias(self, alias: str, menu_id: str) -> None:
        request = UpdateRichMenuAliasRequest(richMenuId=menu_id)
        await _done(self._api.update_rich_menu_alias_with_http_info(alias, request, _request_timeout=SECONDS))

    async def move_people(self, moves: Sequence[tuple[str, str]]) -> str:
        """Give everybody who has the first menu of a pair the second; the id to ask `moved` with. 3 an hour."""
        operations = [{"type": "link", "from": old, "to": new} for old, new in moves]
        request = RichMenuBatchRequest.from_dict({"operations": operations})
        answer = await _done(self._api.rich_menu_batch_with_http_info(request, _request_timeout=SECONDS))
        return str(answer.headers.get("x-line-request-id", ""))

    async def moved(self, request_id: str) -> Phase:
        path = f"/v2/bot/richmenu/progress/batch?requestId={request_id}"
        phase = _text((await self._asked("GET", path)).json, "phase")
        return "succeeded" if phase == "succeeded" else "failed" if phase == "failed" else "ongoing"

    async def link_menu(self, line_user: str, menu_id: str) -> None:
        """Give one person a menu of their own, at once."""
        await _done(self._api.link_rich_menu_id_to_user_with_http_info(line_user, menu_id, _request_timeout=SECONDS))

    async def unlink_menu(self, line_user: str) -> None:
        """Give one person the default menu again."""
        await _done(self._api.unlink_rich_menu_id_from_user_with_http_info(line_user, _request_timeout=SECONDS))

    async def _asked(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> "_Answer":
        call = self._client.call_api(
            path,
            method,
            header_params={"Content-Type": "application/json"},
            body=body,
            response_types_map={},
            auth_settings=["Bearer"],
            _request_timeout=SECONDS,
            _host=self._base,
        )
        return _Answer.of(await _done(call))


def other_host(api_base: str) -> str | None:
    """The host that stands for both of LINE's (a simulator, a relay), or None where LINE itself is meant."""
    base = api_base.rstrip("/")
    return None if urlsplit(base).hostname == LINE_HOST else base


@dataclass(frozen=True, slots=True)
class _Answer:
    json: Mapping[str, Any]
    headers: Mapping[str, str]

    @classmethod
    def of(cls, response: Any) -> "_Answer":
        try:
            said = json.loads(response.raw_data)
        except (ValueError, TypeError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise LineAdminError("strange", response.status_code or 0)
        return cls(said, response.headers or {})


async def _done(call: Awaitable[Any]) -> Any:
    try:
        return await call
    except ApiException as error:
        raise LineAdminError(_reason(error.status), error.status or 0, _said(error.body)) from None
    except ClientConnectorError:
        raise LineAdminError("not_reached") from None
    except TimeoutError:
        raise LineAdminError("late") from None
    except LineAdminError:
        raise
    except Exception as error:
        # A cut connection, a page that is no text, an answer that the SDK's models refuse.
        raise LineAdminError("strange") from error


def _reason(status: int | None) -> Reason:
    if status is None:
        return "line_failed"
    is_refusal = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return _BY_STATUS.get(status, "refused" if is_refusal else "line_failed")


def _said(body: Any) -> str:
    try:
        message = json.loads(body)["message"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
    return message[:_SAID] if isinstance(message, str) else ""


def _text(said: Any, key: str) -> str:
    value = said.get(key) if isinstance(said, Mapping) else None
    return value if isinstance(value, str) else ""


def _number(said: Mapping[str, Any], key: str) -> int:
    value = said.get(key)
    return value if isinstance(value, int) else 0


def _list(said: Mapping[str, Any], key: str) -> list[Any]:
    value = said.get(key)
    return value if isinstance(value, list) else []


def _date(header: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(header).astimezone(UTC) if header else None
    except ValueError:
        return None
