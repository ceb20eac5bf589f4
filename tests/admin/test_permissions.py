"""One table decides who may do what, and no route is forgotten."""

import uuid

import pytest
from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute

from admin import app as application
from admin.app import pages
from admin.permissions import ANYBODY, GRANTS, Action, Permit, Public, declared, may
from cases.actors import Role


def test_every_route_declares_its_permission():
    assert len(pages()) > 10
    undeclared = [route.path for route in pages() if declared(route) is None]
    assert undeclared == []


def test_every_action_is_used_by_a_route():
    assert {declared(route) for route in pages()} == set(Action)


def test_an_application_with_a_forgotten_route_is_not_built():
    async def forgotten() -> None: ...

    with pytest.raises(ValueError, match="/forgotten"):
        application._refuse_undeclared([APIRoute("/forgotten", forgotten)])


def test_the_system_may_do_nothing_at_a_page():
    assert not any(may(Role.SYSTEM, action) for action in Action if action not in ANYBODY)


def test_only_actions_for_anybody_can_be_public():
    with pytest.raises(ValueError, match=r"inbox\.read"):
        Public(Action.READ_INBOX)


def test_a_permission_declared_beside_the_arguments_is_found():
    router = APIRouter()

    @router.get("/a", dependencies=[Depends(Permit(Action.TAKE))])
    async def a() -> None: ...

    assert declared(router.routes[0]) is Action.TAKE


def _requests(referral_id):
    for route in pages():
        path = route.path.format(referral_id=referral_id, handoff_id=uuid.uuid4(), place=1)
        for method in sorted(route.methods - {"HEAD"}):
            yield declared(route), method, path


async def test_nobody_gets_further_than_sign_in_without_a_session(app, stranger, report):
    for action, method, path in _requests(await report()):
        if action in ANYBODY:
            continue
        answer = await stranger.request(method, path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/signin?next=%2F"), path


@pytest.mark.parametrize("who", ["triage", "administrator", "agency"])
async def test_a_role_is_refused_what_the_table_does_not_grant(app, sign_in, people, report, who):
    actor = getattr(people, who)
    browser = await sign_in(actor)
    refused, granted = set(), set()
    for action, method, path in _requests(await report()):
        if action in ANYBODY or path == "/inbox/events":
            continue
        answer = await browser.request(method, path)
        if may(actor.role, action):
            granted.add(action)
            assert answer.status_code != 403, path
        else:
            refused.add(action)
            assert answer.status_code == (404 if action is Action.READ_REPORTER else 403), path
    assert granted == GRANTS[actor.role]
    assert refused == set(Action) - ANYBODY - granted
