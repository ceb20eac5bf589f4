"""Message objects: everything LINE refuses before it sends. Source: reference, "Message objects".

A request with one wrong message is refused as a whole. LINE answers in two ways: faults of a message's own properties
are listed together (`The request body has 2 error(s)`), faults inside a template or Flex container are told for the
first such message (`A message (messages[0]) in the request body is invalid`, with pointers).
"""

import re
from collections.abc import Callable
from typing import Any

from deploy.simulator.limits_actions import CLIPBOARD, QUICK_REPLY, SAID, URI, URI_SCHEMES, check_action
from deploy.simulator.limits_flex import check_flex
from deploy.simulator.limits_templates import check_template
from deploy.simulator.probe import Finding, Probe

MESSAGES = 5
TEXT = 5000
ALT_TEXT = 1500
QUICK_REPLIES = 13
EMOJIS = 20
SENDER_NAME = 20
LOCATION_TEXT = 100
TRACKING_ID = 100
IMAGEMAP_WIDTH = 1040
IMAGEMAP_ACTIONS = 50
SUBSTITUTIONS = 20
PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([A-Za-z0-9_]{1,20})\}|[{}]")
"""In `textV2`: an escaped brace, a placeholder, or a brace that stands alone (and is refused)."""


class Refused(Exception):  # noqa: N818 - it is LINE's refusal, told to the caller as data
    """What LINE answers instead of sending."""

    def __init__(self, message: str, findings: list[Finding]) -> None:
        super().__init__(message)
        self.message = message
        self.findings = findings


def check_messages(messages: Any) -> None:
    """Look at the `messages` of a request.

    Raises:
        Refused: with LINE's words, when one of the messages breaks a limit.
    """
    probe = Probe(messages, "messages")
    members = probe.items(1, MESSAGES)
    inner: list[tuple[int, list[Finding]]] = []
    for index, message in enumerate(members):
        found = _message(message)
        if found:
            inner.append((index, found))
    if probe.findings:
        raise Refused(f"The request body has {len(probe.findings)} error(s)", probe.findings)
    if inner:
        index, found = inner[0]
        raise Refused(f"A message (messages[{index}]) in the request body is invalid", found)


def _message(message: Probe) -> list[Finding]:
    """Check one message; what is wrong inside a template or Flex container is returned, the rest written down."""
    if not message.object():
        return []
    if not message.at("type").one_of(tuple(KINDS), required=True):
        return []
    _quick_reply(message.at("quickReply"))
    _sender(message.at("sender"))
    inner = KINDS[message.value["type"]](message)
    return inner or []


def _quick_reply(quick: Probe) -> None:
    if not quick.object(required=False):
        return
    for item in quick.at("items").items(1, QUICK_REPLIES):
        if item.object():
            item.at("type").one_of(("action",))
            item.at("imageUrl").url(("https",), required=False)
            check_action(item.at("action"), QUICK_REPLY)


def _sender(sender: Probe) -> None:
    if not sender.object(required=False):
        return
    name = sender.at("name")
    if name.text(SENDER_NAME, required=False) and "line" in name.value.lower():
        name.wrong("invalid property")
    sender.at("iconUrl").url(("https",), required=False)


def _text(message: Probe) -> None:
    text = message.at("text")
    if not text.text(TEXT):
        return
    if not message.at("emojis").absent:
        for emoji in message.at("emojis").items(0, EMOJIS):
            _emoji(emoji, text.value)


def _emoji(emoji: Probe, text: str) -> None:
    """Each emoji replaces a `$` at its index, counted in UTF-16 units."""
    if not emoji.object():
        return
    emoji.at("productId").text(100)
    emoji.at("emojiId").text(100)
    index = emoji.value.get("index")
    units = text.encode("utf-16-le", "surrogatepass")
    if not isinstance(index, int) or units[2 * index : 2 * index + 2] != b"$\x00":
        emoji.at("index").wrong("invalid property")


def _text_v2(message: Probe) -> None:
    text, substitution = message.at("text"), message.at("substitution")
    if not text.text(TEXT) or (not substitution.absent and not substitution.object()):
        return
    given = substitution.value or {}
    if len(given) > SUBSTITUTIONS:
        substitution.wrong(f"Size must be between 0 and {SUBSTITUTIONS}")
    for match in PLACEHOLDER.finditer(text.value):
        if match[0] in ("{", "}") or (match[1] and match[1] not in given):
            text.wrong("invalid placeholder")
            return


def _sticker(message: Probe) -> None:
    message.at("packageId").text(100)
    message.at("stickerId").text(100)


def _picture(message: Probe) -> None:
    message.at("originalContentUrl").url(("https",))
    message.at("previewImageUrl").url(("https",))
    message.at("trackingId").text(TRACKING_ID, required=False)


def _audio(message: Probe) -> None:
    message.at("originalContentUrl").url(("https",))
    message.at("duration").number(1, 2**53, whole=True)


def _location(message: Probe) -> None:
    message.at("title").text(LOCATION_TEXT)
    message.at("address").text(LOCATION_TEXT)
    message.at("latitude").number(-90, 90)
    message.at("longitude").number(-180, 180)


def _coupon(message: Probe) -> None:
    message.at("couponId").text(100)


def _imagemap(message: Probe) -> None:
    message.at("baseUrl").url(("https",))
    message.at("altText").text(ALT_TEXT)
    size = message.at("baseSize")
    if size.object():
        size.at("width").number(IMAGEMAP_WIDTH, IMAGEMAP_WIDTH, whole=True)
        size.at("height").number(1, 2**31, whole=True)
    for action in message.at("actions").items(0, IMAGEMAP_ACTIONS):
        if action.object():
            _imagemap_action(action)


def _imagemap_action(action: Probe) -> None:
    kind = action.value.get("type")
    if kind == "message":
        action.at("text").text(400)
    elif kind == "clipboard":
        action.at("clipboardText").text(CLIPBOARD)
    elif kind == "uri":
        action.at("linkUri").url(URI_SCHEMES, URI)
    else:
        action.at("type").one_of(("uri", "message", "clipboard"), required=True)
    action.at("label").text(SAID, required=False)
    action.at("area").object()


def _template(message: Probe) -> list[Finding]:
    message.at("altText").text(ALT_TEXT)
    template = message.at("template").pointer("template")
    check_template(template)
    return template.findings


def _flex(message: Probe) -> list[Finding]:
    message.at("altText").text(ALT_TEXT)
    container = message.at("contents").pointer()
    check_flex(container)
    return container.findings


KINDS: dict[str, Callable[[Probe], list[Finding] | None]] = {
    "text": _text,
    "textV2": _text_v2,
    "sticker": _sticker,
    "image": _picture,
    "video": _picture,
    "audio": _audio,
    "location": _location,
    "imagemap": _imagemap,
    "template": _template,
    "flex": _flex,
    "coupon": _coupon,
}
