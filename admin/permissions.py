"""Who may do what: one table, role × action. Every route names its action through `permit`, and nothing else decides.

The table opens the door of a route; which cases a person may see behind it is `cases.referrals.repository.readable_by`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from fastapi import Request
from fastapi.routing import APIRoute

from admin.visit import Visit, current_visit
from cases.actors import Role
from cases.errors import Forbidden, NotFound


class Action(StrEnum):
    SIGN_IN = "signin"
    SIGN_OUT = "signout"
    READ_INBOX = "inbox.read"
    READ_LINE = "line.read"
    READ_REFERRAL = "referral.read"
    TAKE = "referral.take"
    CHANGE_STATUS = "referral.status"
    CHANGE_PRIORITY = "referral.priority"
    NOTE = "referral.note"
    OFFER = "handoff.offer"
    ANSWER = "handoff.answer"
    READ_REPORTER = "reporter.read"
    READ_PHOTOS = "photo.read"


ANYBODY = frozenset({Action.SIGN_IN, Action.SIGN_OUT})
"""Actions open to a browser that nobody has signed in with."""

UNSEEN = frozenset({Action.READ_REPORTER})
"""Actions whose very existence is not told to those who may not do them: they get 404, not 403."""

_TRIAGE = frozenset(
    {
        Action.READ_INBOX,
        Action.READ_LINE,
        Action.READ_REFERRAL,
        Action.TAKE,
        Action.CHANGE_STATUS,
        Action.CHANGE_PRIORITY,
        Action.NOTE,
        Action.OFFER,
        Action.READ_REPORTER,
        Action.READ_PHOTOS,
    }
)

GRANTS: Mapping[Role, frozenset[Action]] = {
    Role.ADMINISTRATOR: _TRIAGE,
    Role.TRIAGE: _TRIAGE,
    Role.AGENCY: frozenset({Action.READ_INBOX, Action.READ_REFERRAL, Action.NOTE, Action.ANSWER}),
    Role.SYSTEM: frozenset(),
}


def may(role: Role, action: Action) -> bool:
    return action in ANYBODY or action in GRANTS[role]


@dataclass(frozen=True, slots=True)
class Permit:
    """The dependency that a signed-in route declares: gives the `Visit`, or refuses.

    Raises on call:
        SignInNeeded: nobody is signed in, or the session has ended.
        Forbidden, NotFound: the role may not do this action.
    """

    action: Action

    async def __call__(self, request: Request) -> Visit:
        visit = await current_visit(request)
        if not may(visit.actor.role, self.action):
            raise NotFound if self.action in UNSEEN else Forbidden
        return visit


@dataclass(frozen=True, slots=True)
class Public:
    """The dependency of a route that needs no session; only the actions in `ANYBODY` may be public."""

    action: Action

    def __post_init__(self) -> None:
        if self.action not in ANYBODY:
            raise ValueError(f"{self.action} is not an action for anybody")

    async def __call__(self) -> None:
        """Nothing to check: the action is open to anybody."""


def declared(route: APIRoute) -> Action | None:
    """The action a route declares, or None when it forgot."""
    calls = (dependency.call for dependency in route.dependant.dependencies)
    return next((call.action for call in calls if isinstance(call, Permit | Public)), None)
