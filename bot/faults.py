"""Named points at which a fault test may stop or kill the process; in service they do nothing."""

from collections.abc import Awaitable, Callable

Sync = Callable[[str], Awaitable[None]]
"""Called with `after-claim`, `before-commit`, `after-commit`, `before-send`, `after-send` or `before-mark`."""


async def no_sync(_point: str) -> None:
    """Go on."""
