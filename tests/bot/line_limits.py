"""LINE's limits checked from the outside, written from the documentation and not from the renderer."""

import json
from typing import Any
from urllib.parse import urlsplit

import regex


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2  # a lone surrogate raises, as LINE's own parser would


def clusters(text: str) -> int:
    return len(regex.findall(r"\X", text))


def check(messages: list[dict[str, Any]]) -> None:
    """Raise AssertionError naming the first limit that `messages` break."""
    assert 1 <= len(messages) <= 5, "1 to 5 messages"
    json.dumps(messages, ensure_ascii=False).encode()
    assert len(json.dumps(messages).encode()) <= 2_000_000, "2 MB a request"
    for message in messages:
        _check_message(message)
    for message in messages[:-1]:
        assert "quickReply" not in message, "quick replies on the last message only"


def _check_message(message: dict[str, Any]) -> None:
    if message["type"] == "text":
        assert message["text"].strip(), "text is not empty"
        assert units(message["text"]) <= 5_000, "text of 5,000 UTF-16 units"
    else:
        assert message["type"] == "flex"
        assert message["altText"].strip(), "altText is not empty"
        assert units(message["altText"]) <= 1_500, "altText of 1,500 UTF-16 units"
        _check_container(message["contents"])
    if "quickReply" in message:
        items = message["quickReply"]["items"]
        assert 1 <= len(items) <= 13, "13 quick replies"
        for item in items:
            assert item["type"] == "action"
            _check_action(item["action"])


def _check_container(container: dict[str, Any]) -> None:
    size = len(json.dumps(container).encode())
    if container["type"] == "carousel":
        assert 1 <= len(container["contents"]) <= 12, "12 bubbles"
        assert size <= 50_000, "50 KB a carousel"
        assert len({bubble["size"] for bubble in container["contents"]}) == 1, "bubbles of one width"
        for bubble in container["contents"]:
            _check_container(bubble)
        return
    assert container["type"] == "bubble"
    assert size <= 30_000, "30 KB a bubble"
    _check_box(container["body"])


def _check_box(box: dict[str, Any]) -> None:
    assert box["type"] == "box"
    assert box["contents"], "a box is not empty"
    for part in box["contents"]:
        if part["type"] == "text":
            assert part["text"].strip(), "Flex text is not empty"
        elif part["type"] == "button":
            _check_action(part["action"])
        elif part["type"] == "box":
            _check_box(part)
        else:
            assert part == {"type": "separator", "margin": "lg"}


def _check_action(action: dict[str, Any]) -> None:
    assert action["label"].strip(), "label is not empty"
    assert clusters(action["label"]) <= 20, "label of 20 graphemes"
    if action["type"] == "postback":
        assert action["data"], "data is not empty"
        assert units(action["data"]) <= 300, "data of 300 UTF-16 units"
        assert clusters(action.get("displayText", "")) <= 300, "displayText of 300 graphemes"
        assert action.get("displayText", "x").strip(), "displayText is not empty"
    elif action["type"] == "uri":
        assert units(action["uri"]) <= 1_000, "uri of 1,000 UTF-16 units"
        assert action["uri"].isascii(), "uri is percent-encoded"
        assert urlsplit(action["uri"]).scheme in {"http", "https", "line", "tel"}, "uri scheme"
        assert not urlsplit(action["uri"]).fragment, "# is percent-encoded in a number"
    else:
        assert action["type"] == "location"
