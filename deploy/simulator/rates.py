"""Rate limits per endpoint. Source: reference, "Rate limits"."""

from collections import defaultdict, deque

LIMITS: dict[str, tuple[int, float]] = {
    "multicast": (200, 1),
    "loading": (100, 1),
    "webhook_test": (60, 3600),
    "webhook_endpoint": (1000, 60),
    "richmenu_create": (100, 3600),
    "richmenu_delete": (100, 3600),
    "richmenu_alias_delete": (100, 3600),
    "richmenu_batch": (3, 3600),
}
EVERYTHING_ELSE = (2000, 1.0)


class Rates:
    """Counts the requests of each endpoint in a sliding window."""

    def __init__(self) -> None:
        self._seen: dict[str, deque[float]] = defaultdict(deque)

    def admits(self, name: str, now: float) -> bool:
        """Whether one more request fits; a refused one is not counted."""
        most, seconds = LIMITS.get(name, EVERYTHING_ELSE)
        seen = self._seen[name]
        while seen and now - seen[0] >= seconds:
            seen.popleft()
        if len(seen) >= most:
            return False
        seen.append(now)
        return True
