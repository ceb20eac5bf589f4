"""LINE's Messaging API through line-bot-sdk, with every way it can end told in one word.

The SDK raises for a 409 that means success, and for a changed answer after LINE has already sent the message; its
default timeout is five minutes. Importing it takes two seconds, so only what the workers run imports this module.
"""

import json
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

from aiohttp import ClientConnectorError
from linebot.v3.messaging import (
    AsyncApiClient,
    AsyncMessagingApi,
    Configuration,
    PushMessageRequest,
    ReplyMessageRequest,
    ShowLoadingAnimationRequest,
)
from linebot.v3.messaging.exceptions import ApiException
from pydantic.v1 import ValidationError

Messages = Sequence[dict[str, Any]]


class Verdict(Enum):
    """How a call ended."""

    ACCEPTED = auto()
    TOKEN_DEAD = auto()  # the reply token was used, or is too old; nothing was sent
    REFUSED = auto()  # a message breaks a rule of LINE; nothing was sent
    REJECTED = auto()  # another definite refusal; nothing was sent and nothing will be
    MONTHLY_LIMIT = auto()
    RATE_LIMIT = auto()
    UNAUTHORISED = auto()
    FORBIDDEN = auto()  # the account may say nothing now: it is suspended, or its plan does not allow it
    NOT_REACHED = auto()  # no connection, so certainly nothing was sent
    UNCLEAR = auto()  # cut, late, or LINE's own failure: it may have been sent


@dataclass(frozen=True, slots=True)
class Answer:
    """LINE's answer: `status` is 0 where there was none; `request_id` is LINE's own, for asking LINE about it."""

    verdict: Verdict
    status: int = 0
    request_id: str = ""


_CLIENT_ERROR = 4  # hundreds
_BY_STATUS: dict[int, Verdict] = {
    HTTPStatus.BAD_REQUEST: Verdict.REFUSED,
    HTTPStatus.UNAUTHORIZED: Verdict.UNAUTHORISED,
    HTTPStatus.FORBIDDEN: Verdict.FORBIDDEN,
    HTTPStatus.REQUEST_TIMEOUT: Verdict.UNCLEAR,
    HTTPStatus.CONFLICT: Verdict.ACCEPTED,  # the retry key was accepted before
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Verdict.REFUSED,
}


class LineApi:
    """The calls that say something to a person. Make it inside a running loop; close it at the end."""

    def __init__(self, *, access_token: str, api_base: str) -> None:
        self._client = AsyncApiClient(Configuration(access_token=access_token, host=api_base.rstrip("/")))
        self._api = AsyncMessagingApi(self._client)

    async def close(self) -> None:
        await self._client.close()

    async def reply(self, token: str, messages: Messages, *, timeout: float) -> Answer:  # noqa: ASYNC109 - the SDK's own
        """Reply with a single-use token. There is no retry key for replies."""
        request = _built(ReplyMessageRequest, {"replyToken": token, "messages": list(messages)})
        if request is None:
            return Answer(Verdict.REFUSED)
        return await _answer(self._api.reply_message_with_http_info(request, _request_timeout=timeout))

    async def push(self, to: str, messages: Messages, *, retry_key: str, timeout: float) -> Answer:  # noqa: ASYNC109 - as above
        """Push to one person. The same `retry_key` within 24 hours is sent once only."""
        request = _built(PushMessageRequest, {"to": to, "messages": list(messages)})
        if request is None:
            return Answer(Verdict.REFUSED)
        return await _answer(self._api.push_message_with_http_info(request, retry_key, _request_timeout=timeout))

    async def show_loading(self, user: str, *, seconds: int, timeout: float) -> Answer:  # noqa: ASYNC109 - as above
        """Three moving dots in the talk, until something is said or `seconds` (5 to 60, a multiple of 5) are over."""
        request = _built(ShowLoadingAnimationRequest, {"chatId": user, "loadingSeconds": seconds})
        if request is None:
            return Answer(Verdict.REFUSED)
        return await _answer(self._api.show_loading_animation_with_http_info(request, _request_timeout=timeout))


def _built(model: Any, fields: dict[str, Any]) -> Any:
    """The SDK's request, or None where its models refuse the messages as LINE would."""
    try:
        return model.from_dict(fields)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


async def _answer(call: Awaitable[Any]) -> Answer:
    try:
        response = await call
    except ApiException as error:
        return _refusal(error)
    except ValidationError:
        return Answer(Verdict.ACCEPTED, 200)  # the request was built before, so this is LINE's answer to a sent message
    except ClientConnectorError:
        return Answer(Verdict.NOT_REACHED)
    except Exception:  # noqa: BLE001 - timeouts, cut connections, pages that are no text: it may have been sent
        return Answer(Verdict.UNCLEAR)
    return Answer(Verdict.ACCEPTED, response.status_code, _request_id(response.headers))


def _refusal(error: ApiException) -> Answer:
    headers = error.headers or {}
    accepted = headers.get("x-line-accepted-request-id", "")
    return Answer(_verdict(error.status, _said(error.body)), error.status, accepted or _request_id(headers))


def _verdict(status: int, message: str) -> Verdict:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Verdict.MONTHLY_LIMIT if "monthly limit" in message.lower() else Verdict.RATE_LIMIT
    if status == HTTPStatus.BAD_REQUEST and "invalid reply token" in message.lower():
        return Verdict.TOKEN_DEAD
    if status == HTTPStatus.BAD_REQUEST and "'to'" in message:
        return Verdict.REJECTED  # not the messages are wrong but the address
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return Verdict.REJECTED if status // 100 == _CLIENT_ERROR else Verdict.UNCLEAR


def _said(body: Any) -> str:
    try:
        message = json.loads(body)["message"]
    except (ValueError, TypeError, KeyError):
        return ""
    return message if isinstance(message, str) else ""


def _request_id(headers: Any) -> str:
    return str(headers.get("x-line-request-id", ""))
