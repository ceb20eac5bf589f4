import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.visit import local_path


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/inbox?tab=mine", "/inbox?tab=mine"),
        ("/referrals/1#timeline", "/referrals/1#timeline"),
        ("", "/inbox"),
        ("inbox", "/inbox"),
        ("//evil.example", "/inbox"),
        ("///evil.example", "/inbox"),
        ("/\\evil.example", "/inbox"),
        ("\\\\evil.example", "/inbox"),
        ("https://evil.example", "/inbox"),
        ("javascript:alert(1)", "/inbox"),
        ("/\tinbox", "/inbox"),
        ("/\n//evil.example", "/inbox"),
        (" /inbox", "/inbox"),
        ("/signin?next=/signin", "/inbox"),
        ("/signout", "/inbox"),
        ("/a\u2028b", "/inbox"),
    ],
)
def test_only_paths_of_this_site_are_returned_to(target, leads_to):
    assert local_path(target) == leads_to


@given(st.text())
def test_whatever_is_asked_the_way_stays_here(target):
    path = local_path(target)
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))


async def test_a_page_keeps_the_session_awake(triage, clock):
    for _ in range(4):
        clock.advance(minutes=20)
        assert (await triage.get("/inbox")).status_code == 200


async def test_the_lists_own_refreshing_does_not(triage, clock):
    clock.advance(minutes=20)
    asleep = {"HX-Request": "true", "HX-Trigger": "arrivals"}
    assert (await triage.get("/inbox", headers=asleep)).status_code == 200
    clock.advance(minutes=11)
    assert (await triage.get("/inbox", headers=asleep)).status_code == 401


async def test_nobody_stays_longer_than_a_working_day(triage, clock):
    for _ in range(47):
        clock.advance(minutes=15)
        assert (await triage.get("/inbox")).status_code == 200
    clock.advance(minutes=15)
    assert (await triage.get("/inbox")).status_code == 303
