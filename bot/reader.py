"""LINE's webhook JSON, read event by event: one strange event never harms its neighbours.

The SDK's parser loses a whole batch by one bad event and the sender of every event it does not know, so the
webhook side is ours (LINE promises only that fields and event types may be added at any time). What is read
is the cleaned event itself; `bot.events` gives it its meaning when a worker takes it.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from bot.limits import clean
from cases.inbound import Arrived

Mode = Literal["active", "standby"]

REPLAYED = timedelta(days=14)
"""An event older than this is no redelivery but a recording: a signature is valid for ever, and the ids of events by
which we know them again are kept for thirty days only."""
LINE_BORN = datetime(2011, 6, 23, tzinfo=UTC)  # no event of LINE is older
DEEPEST = 16  # levels of an event that are kept; LINE's own have 5
LONGEST_ID = 100  # characters
LONGEST_KIND = 40  # characters
LONGEST_NUMBER = 20  # digits; LINE's ids are texts, its timestamps have 13 digits

# The console's former check sent two made-up events; their tokens and user are no one's.
CHECK_TOKENS = frozenset({"0" * 32, "f" * 32})
CHECK_USER = "U" + "deadbeef" * 4


class UnreadableError(ValueError):
    """The body is signed but no JSON that can be read: not UTF-8, cut, or nested without end."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One event of a webhook.

    Attributes:
        event_id: LINE's `webhookEventId`, or a hash of what makes the event unique where a forwarder lost it.
        kind: the event's type, with the message's type behind it: `message.text`, `postback`, `follow` …
        line_user: the person's id in a one-to-one talk; None in groups, rooms and where LINE gives none.
        event_at: when it happened (UTC); the time of receipt where the timestamp is missing, absurd or in the future.
        mode: everything but `active` is `standby`: another program leads the talk and we stay silent.
        payload: the event, cleaned of what can be neither stored nor sent; in standby without its content.
    """

    event_id: str
    kind: str
    line_user: str | None
    event_at: datetime
    mode: Mode
    payload: dict[str, Any]

    def arrived(self) -> Arrived:
        return Arrived(
            event_id=self.event_id,
            line_user=self.line_user,
            kind=self.kind,
            event_at=self.event_at,
            payload=self.payload,
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """A webhook: `destination` is the bot's user id, `skipped` counts what was no event, `stale` what was too old."""

    destination: str | None
    events: tuple[Incoming, ...]
    skipped: int
    stale: int = 0


def read(body: bytes, received_at: datetime) -> Batch:
    """Read a signed webhook body.

    Raises:
        UnreadableError: the body is no JSON in UTF-8. JSON of an unexpected shape gives an empty batch instead.
    """
    try:
        raw = _DECODER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise UnreadableError(type(error).__name__) from None
    if not isinstance(raw, dict):
        return Batch(destination=None, events=(), skipped=1)
    destination, items = raw.get("destination"), raw.get("events")
    # No list at all is one thing that was no event.
    candidates = [item for item in items if not _is_check(item)] if isinstance(items, list) else [None]
    events = tuple(event for item in candidates if (event := _incoming(item, received_at)))
    fresh = tuple(event for event in events if received_at - event.event_at <= REPLAYED)
    return Batch(
        destination=clean(destination) if isinstance(destination, str) else None,
        events=fresh,
        skipped=len(candidates) - len(events),
        stale=len(events) - len(fresh),
    )


def _number(digits: str) -> int | None:
    return int(digits) if len(digits) <= LONGEST_NUMBER else None


def _nothing(_constant: str) -> None:
    """NaN and Infinity are no JSON, but no reason to lose an event."""


_DECODER = json.JSONDecoder(parse_int=_number, parse_constant=_nothing)


def _incoming(item: object, received_at: datetime) -> Incoming | None:
    if not isinstance(item, dict) or not isinstance(item.get("type"), str) or not item["type"]:
        return None
    event: dict[str, Any] = _cleaned(item, DEEPEST)
    mode: Mode = "active" if event.get("mode", "active") == "active" else "standby"
    return Incoming(
        event_id=_event_id(event),
        kind=_kind(event),
        line_user=_line_user(mapping(event.get("source"))),
        event_at=_event_at(event.get("timestamp"), received_at),
        mode=mode,
        payload=event if mode == "active" else _without_content(event),
    )


def _cleaned(value: Any, depth: int) -> Any:
    # Nearly all texts are ids, which are printable: what must be replaced is not, and only that is looked at closely.
    if isinstance(value, str):
        return value if value.isprintable() else clean(value)
    if isinstance(value, dict):
        if not depth:
            return {}
        return {key if key.isprintable() else clean(key): _cleaned(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item, depth - 1) for item in value] if depth else []
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _is_check(item: object) -> bool:
    if not isinstance(item, dict):
        return False
    user = mapping(item.get("source")).get("userId")
    token = item.get("replyToken")
    return user == CHECK_USER or (isinstance(token, str) and token in CHECK_TOKENS)


def _event_id(event: Mapping[str, Any]) -> str:
    given = event.get("webhookEventId")
    if isinstance(given, str) and 0 < len(given) <= LONGEST_ID:
        return given
    message = mapping(event.get("message")).get("id")
    if message:
        identity: object = [event["type"], event.get("timestamp"), mapping(event.get("source")).get("userId"), message]
    else:
        identity = {key: value for key, value in event.items() if key != "deliveryContext"}
    return "sha256:" + hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def _kind(event: Mapping[str, Any]) -> str:
    message = mapping(event.get("message")).get("type")
    kind = f"message.{message}" if event["type"] == "message" and isinstance(message, str) else str(event["type"])
    return kind[:LONGEST_KIND]


def _line_user(source: Mapping[str, Any]) -> str | None:
    user = source.get("userId")
    one_to_one = source.get("type") == "user"
    return user if one_to_one and isinstance(user, str) and 0 < len(user) <= LONGEST_ID else None


def _event_at(timestamp: object, received_at: datetime) -> datetime:
    try:
        at = datetime.fromtimestamp(float(str(timestamp)) / 1000, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return received_at
    return at if LINE_BORN <= at <= received_at else received_at


def _without_content(event: Mapping[str, Any]) -> dict[str, Any]:
    """What is not said to us is not kept; that somebody left or took back a message still counts."""
    kept = ("type", "source", "unsend", "follow")
    return {"mode": "standby"} | {key: event[key] for key in kept if key in event}


def mapping(value: object) -> Mapping[str, Any]:
    """`value` where it is an object, else an empty one: LINE's fields may be anything."""
    return value if isinstance(value, dict) else {}
