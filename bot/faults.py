"""Named points at which a fault test may stop or kill the process; in service they do nothing."""

from collections.abc import Awaitable, Callable

Sync = Callable[[str], Awaitable[None]]
"""Called with the name of the point that was reached.

The web program passes `after-receive` (a webhook is read, nothing is stored), `before-flush`, `before-accept-commit`
and `after-accept-commit` (before LINE hears 200). The worker passes `after-claim`, `before-commit`, `after-commit`,
`before-send`, `after-send` and `before-mark`.
"""


async def no_sync(_point: str) -> None:
    """Go on."""
