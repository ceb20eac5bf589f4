"""No address breaks a page: whatever its question asks, the answer is a page, never a breakdown."""

from uuid import uuid4

import pytest

from admin.app import pages

FILTERS = ("urgency", "district", "concern", "status", "agency")
OTHERS = ("tab", "before", "done", "next", "nonsense")
VALUES = {
    "nothing": "",
    "NUL": "%00",
    "a lone surrogate": "%ED%A0%80",
    "no UTF-8": "%FF%FE",
    "ten thousand letters": "a" * 10_000,
    "many wide letters": "%E3%81%82" * 500,
    "markup": "%3Cscript%3E",
    "an end of line": "a%0D%0ASet-Cookie%3A%20x",
    "a sign that turns the line": "%E2%80%AE",
    "a number": "99999999999999999999",
    "digits of another script": "%D9%A3" * 32,
}


@pytest.fixture
def browsers(triage, agency, stranger):
    return {"triage": triage, "agency": agency, "stranger": stranger}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("who", ["triage", "agency", "stranger"])
async def test_no_question_breaks_a_page(browsers, report, who, value):
    browser = browsers[who]
    known = {"referral_id": await report(), "handoff_id": uuid4(), "place": 0}
    for route in pages():
        if "GET" not in route.methods or route.path == "/inbox/events":  # its answer has no end, and asks nothing
            continue
        path = route.path.format(**known)
        asked = ["&".join(f"{name}={value}" for name in names) for names in (FILTERS, OTHERS, ["q"])]
        for address in (*(f"{path}?{question}" for question in asked), f"{path}?{value}", f"{path}/{value}"):
            answer = await browser.get(address)
            assert answer.status_code < 500, address[:80]
            assert "<script>" not in answer.text
