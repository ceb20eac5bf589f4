import pytest

from admin.app import MOST_BODY, ROUTERS


async def test_the_root_leads_to_the_inbox(triage):
    answer = await triage.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox")


async def test_no_description_of_the_interface_is_served(triage):
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert (await triage.get(path)).status_code == 404


@pytest.mark.parametrize("path", ["/static/base.css", "/static/live.js", "/static/mark.svg"])
async def test_static_files_are_served_to_the_sign_in_page_too(stranger, path):
    assert (await stranger.get(path)).status_code == 200


async def test_a_body_beyond_reason_is_refused_before_it_is_read(triage):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await triage.post("/signin", content=b"a=" + b"x" * MOST_BODY, headers=form)
    assert answer.status_code == 413
    assert answer.headers["cache-control"] == "no-store, private"


async def test_more_fields_than_any_form_has_are_refused(triage):
    answer = await triage.post("/signin", data={f"f{n}": "x" for n in range(100)})
    assert answer.status_code == 400
    assert "入力を確かめてください" in answer.text


async def test_files_are_not_for_these_pages(triage):
    answer = await triage.post("/signin", files={"email": ("a.txt", b"x")})
    assert answer.status_code == 400


def test_every_router_stands_in_the_application(app):
    """`pages` walks the routers, so nothing may be added to the application beside them."""
    included = [route.original_router for route in app.routes if hasattr(route, "original_router")]
    assert included == list(ROUTERS)
    assert [route.path for route in app.routes if not hasattr(route, "original_router")] == ["/static"]
