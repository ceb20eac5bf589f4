"""Reply tokens and retry keys: what may be used once, and for how long."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

REPLY_SECONDS = 60
"""A reply token must be used within one minute of the webhook (reference, "Send reply message")."""

REPLY_AFTER_EVENT_SECONDS = 20 * 60
"""A redelivery opens a new minute, but never later than 20 minutes after the event."""

RETRY_KEY_SECONDS = 24 * 3600
JAPAN = timezone(timedelta(hours=9))


@dataclass(slots=True)
class Token:
    person: str
    event_at: float
    delivered_at: float | None = None
    used: bool = False


class ReplyTokens:
    """Every token that was given out, with its minute."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}

    def issue(self, token: str, person: str, event_at: float) -> None:
        self._tokens[token] = Token(person, event_at)

    def delivered(self, token: str, now: float) -> None:
        """The webhook with this token leaves now: its minute begins (again)."""
        if token in self._tokens:
            self._tokens[token].delivered_at = now

    def spend(self, token: str, now: float) -> str | None:
        """The person who gets the reply, or None when the token is unknown, used or too old."""
        found = self._tokens.get(token)
        if found is None or found.used or found.delivered_at is None:
            return None
        if now - found.delivered_at > REPLY_SECONDS or now - found.event_at > REPLY_AFTER_EVENT_SECONDS:
            return None
        found.used = True
        return found.person


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was answered when a retry key came first."""

    request_id: str
    at: float
    sent: list[dict[str, str]]


class RetryKeys:
    """The keys of accepted requests; LINE remembers them for 24 hours."""

    def __init__(self) -> None:
        self._accepted: dict[str, Accepted] = {}

    def find(self, key: str, now: float) -> Accepted | None:
        found = self._accepted.get(key)
        if found is not None and now - found.at > RETRY_KEY_SECONDS:
            del self._accepted[key]
            return None
        return found

    def remember(self, key: str, accepted: Accepted) -> None:
        self._accepted[key] = accepted


class Quota:
    """Pushed messages of the calendar month in Japan, counted per recipient and request."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}

    @staticmethod
    def _month(now: float) -> str:
        return datetime.fromtimestamp(now, UTC).astimezone(JAPAN).strftime("%Y-%m")

    def used(self, now: float) -> int:
        return self._used.get(self._month(now), 0)

    def add(self, recipients: int, now: float) -> None:
        month = self._month(now)
        self._used[month] = self._used.get(month, 0) + recipients
