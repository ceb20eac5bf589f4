"""Refusals of the referral and its hand-offs."""

from cases.errors import Conflict, Invalid


class StaleVersion(Conflict):
    """The sheet was changed since the actor read it."""

    text_key = "error.stale_version"


class TransitionRefused(Conflict):
    """The status machine does not lead there from here, or not for this role."""

    text_key = "error.transition_refused"


class AlreadyOffered(Conflict):
    """The agency already has a live hand-off of this referral."""

    text_key = "error.already_offered"


class ReasonMissing(Invalid):
    """This act needs its reason in words."""

    text_key = "error.reason_missing"


class AgencyUnknown(Invalid):
    """No such agency takes hand-offs."""

    text_key = "error.agency_unknown"
