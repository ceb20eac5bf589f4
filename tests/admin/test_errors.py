"""Every failure is a page in Japanese; missing and foreign look the same to the byte."""

from uuid import uuid4

from sqlalchemy.exc import OperationalError


async def test_foreign_and_missing_are_byte_equal(agency, report):
    foreign = await agency.get(f"/referrals/{await report()}")
    missing = await agency.get(f"/referrals/{uuid4()}")
    no_id = await agency.get("/referrals/17")
    assert foreign.status_code == missing.status_code == no_id.status_code == 404
    assert foreign.content == missing.content == no_id.content
    assert sorted(foreign.headers.items()) == sorted(missing.headers.items())


async def test_an_action_on_foreign_and_missing_is_byte_equal(agency, report):
    for path in ("notes", f"handoffs/{uuid4()}/accept", "reporter"):
        foreign = await agency.post(f"/referrals/{await report()}/{path}", data={"text": "x", "reason": "x"})
        missing = await agency.post(f"/referrals/{uuid4()}/{path}", data={"text": "x", "reason": "x"})
        assert foreign.status_code == missing.status_code == 404, path
        assert foreign.content == missing.content


async def test_an_unknown_page_says_so_kindly(triage, stranger):
    for browser in (triage, stranger):
        answer = await browser.get("/nowhere")
        assert answer.status_code == 404
        assert "見つかりません" in answer.text


async def test_a_method_that_a_page_does_not_know(triage):
    answer = await triage.delete("/inbox")
    assert answer.status_code == 405
    assert "この操作はできません" in answer.text
    assert "GET" in answer.headers["allow"]


async def test_a_breakdown_tells_the_person_nothing_of_the_inside(app, triage, monkeypatch):
    def broken(*_args, **_kwargs):
        raise OperationalError("SELECT secret", {}, Exception("password=hunter2"))

    monkeypatch.setattr("admin.inbox.views.repository.inbox", broken)
    answer = await triage.get("/inbox")
    assert answer.status_code == 500
    assert "うまく処理できませんでした" in answer.text
    assert "hunter2" not in answer.text
    assert answer.headers["content-security-policy"]


async def test_htmx_is_sent_away_whole_when_the_session_has_ended(stranger):
    answer = await stranger.get("/inbox?tab=mine", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/signin?next=%2Finbox%3Ftab%3Dmine"
