"""What the record refuses. The doors turn `status` and `text_key` into an answer; nothing here is shown as it is."""

from typing import ClassVar


class CaseError(Exception):
    """An expected refusal: an HTTP status and the key of the text that a person reads."""

    status: ClassVar[int]
    text_key: ClassVar[str]


class NotFound(CaseError):  # noqa: N818 - the name of the answer
    """It does not exist, or it is not the actor's to see: the two must look the same."""

    status = 404
    text_key = "error.not_found"


class Forbidden(CaseError):  # noqa: N818 - the name of the answer
    """The actor sees it, but this act is not the actor's role's."""

    status = 403
    text_key = "error.forbidden"


class Conflict(CaseError):  # noqa: N818 - the name of the answer
    """Somebody else was first, or the record is no longer in the state the act needs."""

    status = 409
    text_key = "error.conflict"


class Invalid(CaseError):  # noqa: N818 - the name of the answer
    """What was given cannot be recorded."""

    status = 422
    text_key = "error.invalid"
