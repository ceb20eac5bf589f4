from types import SimpleNamespace

import pytest
from aiohttp import ClientConnectorError
from linebot.v3.messaging.exceptions import ApiException

from bot.line_api import Answer, Verdict, _answer


def refusal(status: int, body: str | None = None, headers: dict[str, str] | None = None) -> ApiException:
    error = ApiException(status=status)
    error.body, error.headers = body, headers
    return error


async def ended(how: Exception | SimpleNamespace) -> Answer:
    async def call() -> SimpleNamespace:
        if isinstance(how, Exception):
            raise how
        return how

    return await _answer(call())


@pytest.mark.parametrize(
    ("how", "verdict"),
    [
        (SimpleNamespace(status_code=200, headers={}), Verdict.ACCEPTED),
        (refusal(409), Verdict.ACCEPTED),
        (refusal(400, '{"message":"Invalid reply token"}'), Verdict.TOKEN_DEAD),
        (refusal(400, '{"message":"The request body has 1 error(s)"}'), Verdict.REFUSED),
        (refusal(400, "<html>"), Verdict.REFUSED),
        (refusal(413), Verdict.REFUSED),
        (refusal(400, '{"message":"The property, \'to\', in the request body is invalid"}'), Verdict.REJECTED),
        (refusal(401), Verdict.UNAUTHORISED),
        (refusal(403), Verdict.FORBIDDEN),
        (refusal(404), Verdict.REJECTED),
        (refusal(429, '{"message":"You have reached your monthly limit."}'), Verdict.MONTHLY_LIMIT),
        (refusal(429, '{"message":"The API rate limit has been exceeded. Try again later."}'), Verdict.RATE_LIMIT),
        (refusal(429), Verdict.RATE_LIMIT),
        (refusal(500), Verdict.UNCLEAR),
        (refusal(503, "busy"), Verdict.UNCLEAR),
        (refusal(408), Verdict.UNCLEAR),
        (refusal(302), Verdict.UNCLEAR),
        (refusal(999), Verdict.UNCLEAR),
        (TimeoutError(), Verdict.UNCLEAR),
        (ConnectionResetError(), Verdict.UNCLEAR),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), Verdict.UNCLEAR),
        (LookupError("unknown encoding"), Verdict.UNCLEAR),
        (ClientConnectorError(SimpleNamespace(ssl=None), OSError("refused")), Verdict.NOT_REACHED),
    ],
)
async def test_every_ending_has_its_verdict(how: Exception | SimpleNamespace, verdict: Verdict):
    assert (await ended(how)).verdict is verdict


async def test_line_s_request_id_is_kept_for_asking_line():
    assert (await ended(SimpleNamespace(status_code=200, headers={"x-line-request-id": "r1"}))).request_id == "r1"
    headers = {"x-line-accepted-request-id": "r0", "x-line-request-id": "r1"}
    assert (await ended(refusal(409, headers=headers))).request_id == "r0"
