"""What a stored event of LINE means to us, and whether it still speaks to the present question.

Nothing here raises on any payload: the reader kept LINE's own event, and LINE's fields may be anything.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from bot.limits import clean
from bot.reader import mapping
from cases.inbound import Claimed
from dialogs.events import Act, Followed, FormDone, Located, Said, SentOther, Tapped, Timing, Unsent
from dialogs.state import State

TOKEN_DIES = timedelta(minutes=20)  # after the event a redelivered reply token is dead (LINE: send-reply-message)
ANSWER_AGES = timedelta(hours=1)  # what took longer to reach us is no answer to a question of ours
ANY_ORDER = timedelta(seconds=10)  # acts that happened so close together may come in either order
REPLY_ONLY = "reply-only:"  # begins the addressee in groups, where a push costs every member, and without an id
FORM = "form"  # kind of our own event, and how its id begins
LABEL_LENGTH = 200  # characters of a location's name that are looked at

# Events that concern the account or a group, never a talk of ours.
_SILENT = frozenset(
    {
        "accountLink",
        "activated",
        "beacon",
        "deactivated",
        "delivery",
        "join",
        "leave",
        "memberJoined",
        "memberLeft",
        "membership",
        "module",
        "videoPlayComplete",
    }
)
_SUSPENDING = frozenset({"botSuspended", "botResumed"})


@dataclass(frozen=True, slots=True)
class Left:
    """The person blocked us: nothing is sent any more."""


@dataclass(frozen=True, slots=True)
class Invited:
    """We were taken into a group: one sentence, then silence, because neighbours read along."""


@dataclass(frozen=True, slots=True)
class Nameless:
    """Somebody speaks to us one-to-one, but LINE does not say who."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The person confirmed a 安心フォーム. What stands in it is in the record, not in the event."""

    form: UUID


@dataclass(frozen=True, slots=True)
class Suspended:
    """LINE suspended our account, or (`is_over`) gave it back."""

    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing that anybody waits for an answer to."""


Meaning = Act | Left | Invited | Nameless | Filled | Suspended | Nothing


def meaning(event: Claimed) -> Meaning:
    """What the event asks of us."""
    payload = event.payload
    # A person's event that LINE may call so one day has an id of LINE's form, and a token.
    if event.kind == FORM and event.event_id.startswith(f"{FORM}:") and "replyToken" not in payload:
        return _filled(event)
    if payload.get("type") in _SUSPENDING:
        return Suspended(is_over=payload["type"] == "botResumed")
    if mapping(payload.get("source")).get("type") in {"group", "room"}:
        return Invited() if payload.get("type") == "join" else Nothing()
    act = _act(payload)
    return Nameless() if event.line_user is None and _is_talk(act) else act


def reply_token(event: Claimed) -> str | None:
    """The event's reply token, if it can still be good."""
    token = event.payload.get("replyToken")
    return token if isinstance(token, str) and token and _lateness(event) <= TOKEN_DIES else None


def reply_only(event: Claimed) -> str:
    """The addressee where there is no person: the group or room, or else the event by itself.

    Each has its own, so that what is unclear about one answer holds back no other.
    """
    source = mapping(event.payload.get("source"))
    return REPLY_ONLY + (_id(source.get("groupId")) or _id(source.get("roomId")) or event.event_id)


def message_id(event: Claimed) -> str:
    return _id(mapping(event.payload.get("message")).get("id"))


def is_standby(event: Claimed) -> bool:
    return bool(event.payload.get("mode", "active") != "active")


def timing(event: Claimed, act: Act, state: State) -> Timing:
    """Whether the act still speaks to the question that stands in `state`.

    What the person did later speaks for itself: more than `ANY_ORDER` before the newest act that was answered, an act
    has been overtaken, however soon LINE brings it. What LINE brings more than `TOKEN_DIES` late is overtaken by any
    later act, and after `ANSWER_AGES` it is too late even where it is the newest. However long something waited here
    counts for nothing. A button knows its question by itself; following, taking back and the form answer none.
    """
    is_own_button = isinstance(act, Tapped) and act.data.startswith("k1:")
    if is_own_button or isinstance(act, Followed | Unsent | FormDone):
        return "present"
    late = _lateness(event)
    # The form has the time of our own clock. Only what LINE brings again is measured by it: were that clock ahead of
    # LINE's, whoever has just filled in a form would be heard no more.
    known = (state.heard_at, state.form_at if _may_be_again(event) else None)
    newest = max((at for at in known if at), default=event.event_at)
    if newest - event.event_at > (ANY_ORDER if late <= TOKEN_DIES else timedelta(0)):
        return "overtaken"
    return "present" if late <= ANSWER_AGES else "late"


def _lateness(event: Claimed) -> timedelta:
    """How late LINE brought the event. What it brings for the first time comes at once, whatever the clocks say."""
    return event.received_at - event.event_at if _may_be_again(event) else timedelta(0)


def _may_be_again(event: Claimed) -> bool:
    """Whether LINE brings the event again, or a forwarder lost what LINE said of that."""
    return mapping(event.payload.get("deliveryContext")).get("isRedelivery") is not False


def _is_talk(act: Meaning) -> bool:
    return not isinstance(act, Left | Nothing | Suspended | Unsent)


def _filled(event: Claimed) -> Meaning:
    """Our own event, which `cases.forms.confirm` wrote."""
    form = _id(event.payload.get("form"))
    if event.line_user is None or event.event_id != f"{FORM}:{form}":
        return Nothing()
    try:
        return Filled(UUID(form))
    except ValueError:
        return Nothing()


def _act(payload: Mapping[str, Any]) -> Meaning:
    kind = payload.get("type")
    if kind == "message":
        return _said(mapping(payload.get("message")))
    if kind == "postback":
        return _tapped(mapping(payload.get("postback")))
    if kind == "follow":
        return Followed(unblocked=mapping(payload.get("follow")).get("isUnblocked") is True)
    if kind == "unfollow":
        return Left()
    if kind == "unsend":
        unsent = _id(mapping(payload.get("unsend")).get("messageId"))
        return Unsent(unsent) if unsent else Nothing()
    # An event invented after us is answered kindly if it can be answered, so that nobody talks into silence.
    return SentOther(str(kind)) if payload.get("replyToken") and kind not in _SILENT else Nothing()


def _said(message: Mapping[str, Any]) -> Act:
    kind, words = message.get("type"), message.get("text")
    if kind == "location":
        return _located(message)
    if kind != "text" or not isinstance(words, str):
        return SentOther(str(kind), _id(mapping(message.get("imageSet")).get("id")))
    without_emoji = _without_emoji(words, message.get("emojis"))
    if words.strip() and not without_emoji.strip():
        return SentOther("emoji")
    return Said(without_emoji, _id(message.get("id")))


def _tapped(postback: Mapping[str, Any]) -> Meaning:
    if "newRichMenuAliasId" in mapping(postback.get("params")):
        return Nothing()  # a leaf of the menu was turned; LINE showed it already
    data = postback.get("data")
    return Tapped(data if isinstance(data, str) else "")


def _located(message: Mapping[str, Any]) -> Act:
    latitude, longitude = _degrees(message.get("latitude"), 90), _degrees(message.get("longitude"), 180)
    if latitude is None or longitude is None:
        return SentOther("location")
    names = [name for key in ("title", "address") if isinstance(name := message.get(key), str)]
    return Located(latitude, longitude, " ".join(names)[:LABEL_LENGTH].strip(), _id(message.get("id")))


def _degrees(value: object, most: int) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if abs(value) <= most else None


def _without_emoji(words: str, emojis: object) -> str:
    """The text without the names that stand for LINE's own emoji; their places count UTF-16 units."""
    if not isinstance(emojis, list):
        return words
    units = words.encode("utf-16-le")
    spans = {(span["index"], span["length"]) for span in map(mapping, emojis) if _is_span(span, len(units) // 2)}
    for index, length in sorted(spans, reverse=True):
        units = units[: 2 * index] + units[2 * (index + length) :]
    return clean(units.decode("utf-16-le", "replace"))


def _is_span(span: Mapping[str, Any], end: int) -> bool:
    index, length = span.get("index"), span.get("length")
    return isinstance(index, int) and isinstance(length, int) and 0 <= index < index + length <= end


def _id(value: object) -> str:
    return str(value)[:100] if isinstance(value, str | int) and not isinstance(value, bool) else ""
