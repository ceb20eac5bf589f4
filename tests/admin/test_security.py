"""Nothing from another site acts here, and no answer leaves without its closed headers."""

import uuid

import httpx2
import pytest

from admin.app import pages
from admin.security import HEADERS

SITE = "http://inbox.example.jp"
MATRIX = [
    # Sec-Fetch-Site, Origin, is it ours
    ("same-origin", None, True),
    ("same-origin", SITE, True),
    ("same-origin", "http://evil.example", True),  # the browser itself says so; Origin is for those who do not
    ("same-site", SITE, False),
    ("cross-site", SITE, False),
    ("none", SITE, False),
    ("SAME-ORIGIN", None, False),
    ("", None, False),
    (None, SITE, True),
    (None, "https://inbox.example.jp", True),  # https ends at a proxy in front
    (None, "http://inbox.example.jp:8443", False),
    (None, "http://evil.example", False),
    (None, "http://inbox.example.jp.evil.example", False),
    (None, "null", False),
    (None, "", False),
    (None, None, False),
]


def _headers(site, origin):
    return {name: value for name, value in (("Sec-Fetch-Site", site), ("Origin", origin)) if value is not None}


def _bare(app):
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url=SITE)


@pytest.mark.parametrize(("site", "origin", "ours"), MATRIX)
async def test_unsafe_methods_are_judged_by_where_they_come_from(build_app, site, origin, ours):
    async with _bare(build_app(None)) as browser:
        answer = await browser.post("/signin", headers=_headers(site, origin))
    assert answer.status_code == (422 if ours else 403)
    assert ours or "この操作はできません" in answer.text


async def test_every_unsafe_route_refuses_another_site(app, triage):
    async with _bare(app) as browser:
        browser.cookies = triage.cookies
        for route in pages():
            path = route.path.format(referral_id=uuid.uuid4(), handoff_id=uuid.uuid4(), place=1)
            for method in route.methods - {"GET", "HEAD"}:
                for headers in ({"Sec-Fetch-Site": "cross-site"}, {}):
                    answer = await browser.request(method, path, headers=headers)
                    assert answer.status_code == 403, (method, path, headers)


@pytest.mark.parametrize("name", ["Sec-Fetch-Site", "Origin"])
async def test_a_doubled_header_is_believed_by_nobody(build_app, name):
    value = "same-origin" if name == "Sec-Fetch-Site" else SITE
    async with _bare(build_app(None)) as browser:
        answer = await browser.post("/signin", headers=[(name, value), (name, value)])
    assert answer.status_code == 403


async def test_behind_https_an_origin_without_it_is_not_ours(build_app):
    async with _bare(build_app(None, secure_cookies=True)) as browser:
        assert (await browser.post("/signin", headers={"Origin": SITE})).status_code == 403
        answer = await browser.post("/signin", headers={"Origin": "https://inbox.example.jp"})
    assert answer.status_code == 422


async def test_every_answer_is_closed(app, triage, report):
    known = {"referral_id": await report(), "handoff_id": uuid.uuid4(), "place": 1}
    answers = [await triage.get(path) for path in ("/static/base.css", "/nothing", "/referrals/not-an-id", "/signin")]
    async with _bare(app) as cross:
        answers.append(await cross.post("/signin"))
    for route in pages():
        if route.path != "/inbox/events":  # its answer has no end; `inbox/test_arrivals.py` reads its head
            path = route.path.format(**known)
            answers += [await triage.request(method, path) for method in route.methods]
    assert {answer.status_code for answer in answers} >= {200, 303, 403, 404, 422}
    for answer in answers:
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, (answer.request.method, answer.request.url, name)


def test_the_policy_allows_no_inline_code_and_no_foreign_source():
    policy = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
