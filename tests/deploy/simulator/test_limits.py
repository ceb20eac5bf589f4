"""Each limit of a message at its edge and one beyond, in the unit in which LINE counts it."""

import json
from typing import Any

import pytest

from deploy.simulator.limits import Refused, check_messages

APPLE = "🍎"
FAMILY = "👨\u200d👩\u200d👧"
"""Two UTF-16 units, and eight: each is one grapheme."""

URL = "https://example.com/a.jpg"


def text(value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": value, **more}


def postback(**more: Any) -> dict[str, Any]:
    return {"type": "postback", "label": "はい", "data": "d", **more}


def quick(action: dict[str, Any], times: int = 1) -> dict[str, Any]:
    return text("a", quickReply={"items": [{"type": "action", "action": action}] * times})


def template(**inner: Any) -> dict[str, Any]:
    return {"type": "template", "altText": "a", "template": inner}


def buttons(**more: Any) -> dict[str, Any]:
    return template(**{"type": "buttons", "text": "a", "actions": [postback()], **more})


def confirm(**more: Any) -> dict[str, Any]:
    return template(**{"type": "confirm", "text": "a", "actions": [postback(), postback()], **more})


def column(**more: Any) -> dict[str, Any]:
    return {"text": "a", "actions": [postback()], **more}


def carousel(*columns: dict[str, Any]) -> dict[str, Any]:
    return template(type="carousel", columns=list(columns))


def flex(contents: dict[str, Any], alt: str = "a") -> dict[str, Any]:
    return {"type": "flex", "altText": alt, "contents": contents}


def bubble(*contents: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": list(contents)}, **more}


def word(value: str = "a", **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": value, **more}


def filled(size: int) -> dict[str, Any]:
    """A bubble of exactly so many bytes of compact JSON."""
    parts = [word("a" * 2000) for _ in range(size // 2100)]
    rest = bubble(*parts, word("a"))
    missing = size - len(json.dumps(rest, separators=(",", ":")))
    while missing > 1900:
        parts.append(word("a" * 1000))
        missing = size - len(json.dumps(bubble(*parts, word("a")), separators=(",", ":")))
    return bubble(*parts, word("a" * (missing + 1)))


def accepted(*messages: Any) -> bool:
    try:
        check_messages(list(messages))
    except Refused:
        return False
    return True


EDGES = {
    "messages": ([text("a")] * 5, [text("a")] * 6),
    "text": ([text("あ" * 5000)], [text("あ" * 5001)]),
    "text counts UTF-16 units": ([text(APPLE * 2500)], [text(APPLE * 2501)]),
    "textV2": ([{"type": "textV2", "text": "a" * 5000}], [{"type": "textV2", "text": "a" * 5001}]),
    "quick replies": ([quick(postback(), 13)], [quick(postback(), 14)]),
    "quick reply label in graphemes": ([quick(postback(label=FAMILY * 20))], [quick(postback(label="あ" * 21))]),
    "postback data in UTF-16": ([quick(postback(data=APPLE * 150))], [quick(postback(data=APPLE * 151))]),
    "display text in graphemes": (
        [quick(postback(displayText=FAMILY * 300))],
        [quick(postback(displayText="あ" * 301))],
    ),
    "message action text": (
        [quick({"type": "message", "label": "a", "text": FAMILY * 300})],
        [quick({"type": "message", "label": "a", "text": "あ" * 301})],
    ),
    "uri length": (
        [quick({"type": "uri", "label": "a", "uri": "https://a.jp/".ljust(1000, "a")})],
        [quick({"type": "uri", "label": "a", "uri": "https://a.jp/".ljust(1001, "a")})],
    ),
    "clipboard": (
        [quick({"type": "clipboard", "label": "a", "clipboardText": "a" * 1000})],
        [quick({"type": "clipboard", "label": "a", "clipboardText": "a" * 1001})],
    ),
    "alt text of a template": (
        [buttons() | {"altText": "あ" * 1500}],
        [buttons() | {"altText": "あ" * 1501}],
    ),
    "alt text of flex": ([flex(bubble(word()), "a" * 1500)], [flex(bubble(word()), "a" * 1501)]),
    "buttons text": ([buttons(text=FAMILY * 160)], [buttons(text="あ" * 161)]),
    "buttons text beside a title": ([buttons(text="あ" * 60, title="t")], [buttons(text="あ" * 61, title="t")]),
    "buttons text beside a picture": (
        [buttons(text="あ" * 60, thumbnailImageUrl=URL)],
        [buttons(text="あ" * 61, thumbnailImageUrl=URL)],
    ),
    "buttons title": ([buttons(title=FAMILY * 40)], [buttons(title="あ" * 41)]),
    "buttons actions": ([buttons(actions=[postback()] * 4)], [buttons(actions=[postback()] * 5)]),
    "template label": ([buttons(actions=[postback(label="あ" * 20)])], [buttons(actions=[postback(label="あ" * 21)])]),
    "confirm text": ([confirm(text=FAMILY * 240)], [confirm(text="あ" * 241)]),
    "confirm has two actions": ([confirm()], [confirm(actions=[postback()])]),
    "carousel columns": ([carousel(*[column()] * 10)], [carousel(*[column()] * 11)]),
    "column text": ([carousel(column(text="あ" * 120))], [carousel(column(text="あ" * 121))]),
    "column text beside a title": (
        [carousel(column(text="あ" * 60, title="t"))],
        [carousel(column(text="あ" * 61, title="t"))],
    ),
    "column actions": (
        [carousel(column(actions=[postback()] * 3))],
        [carousel(column(actions=[postback()] * 4))],
    ),
    "columns are alike": (
        [carousel(column(), column())],
        [carousel(column(), column(actions=[postback()] * 2))],
    ),
    "image carousel": (
        [template(type="image_carousel", columns=[{"imageUrl": URL, "action": postback(label="あ" * 12)}] * 10)],
        [template(type="image_carousel", columns=[{"imageUrl": URL, "action": postback()}] * 11)],
    ),
    "flex button label": (
        [flex(bubble({"type": "button", "action": postback(label="あ" * 40)}))],
        [flex(bubble({"type": "button", "action": postback(label="あ" * 41)}))],
    ),
    "flex bubble bytes": ([flex(filled(30 * 1024))], [flex(filled(30 * 1024 + 1))]),
    "flex carousel bubbles": (
        [flex({"type": "carousel", "contents": [bubble(word())] * 12})],
        [flex({"type": "carousel", "contents": [bubble(word())] * 13})],
    ),
    "flex carousel of one size": (
        [flex({"type": "carousel", "contents": [bubble(word(), size="kilo")] * 2})],
        [flex({"type": "carousel", "contents": [bubble(word(), size="kilo"), bubble(word())]})],
    ),
    "flex carousel bytes": (
        [flex({"type": "carousel", "contents": [filled(20_000)] * 2})],
        [flex({"type": "carousel", "contents": [filled(20_000)] * 3})],
    ),
    "sender name": ([text("a", sender={"name": "a" * 20})], [text("a", sender={"name": "a" * 21})]),
    "emojis": (
        [text("$" * 20, emojis=[{"index": i, "productId": "p", "emojiId": "1"} for i in range(20)])],
        [text("$" * 21, emojis=[{"index": i, "productId": "p", "emojiId": "1"} for i in range(21)])],
    ),
    "location title": (
        [{"type": "location", "title": "あ" * 100, "address": "a", "latitude": 36.6, "longitude": 138.2}],
        [{"type": "location", "title": "あ" * 101, "address": "a", "latitude": 36.6, "longitude": 138.2}],
    ),
    "latitude": (
        [{"type": "location", "title": "a", "address": "a", "latitude": 90, "longitude": 0}],
        [{"type": "location", "title": "a", "address": "a", "latitude": 90.1, "longitude": 0}],
    ),
    "image url": (
        [{"type": "image", "originalContentUrl": "https://a.jp/".ljust(2000, "a"), "previewImageUrl": URL}],
        [{"type": "image", "originalContentUrl": "https://a.jp/".ljust(2001, "a"), "previewImageUrl": URL}],
    ),
}


@pytest.mark.parametrize("name", EDGES)
def test_a_message_at_its_limit_passes_and_one_beyond_is_refused(name: str) -> None:
    fits, too_much = EDGES[name]
    assert accepted(*fits)
    assert not accepted(*too_much)


@pytest.mark.parametrize(
    "message",
    [
        text(""),
        text(None),
        text(5),
        {"type": "poll"},
        {"text": "a"},
        "text",
        text("a", quickReply={"items": []}),
        quick(postback(label="")),
        quick({"type": "postback", "label": "a"}),
        quick(postback(text="a")),
        quick({"type": "richmenuswitch", "label": "a", "richMenuAliasId": "a", "data": "d"}),
        quick({"type": "uri", "label": "a", "uri": "javascript:alert(1)"}),
        quick({"type": "uri", "label": "a", "uri": "https://example.com/相談"}),
        quick({"type": "uri", "label": "a", "uri": "https://"}),
        quick({"type": "datetimepicker", "label": "a", "data": "d", "mode": "week"}),
        quick({"type": "datetimepicker", "label": "a", "data": "d", "mode": "date", "min": "2026-13-01"}),
        quick({"type": "datetimepicker", "label": "a", "data": "d", "mode": "time", "min": "10:00", "max": "09:00"}),
        buttons(actions=[{"type": "location", "label": "a"}]),
        buttons(actions=[]),
        buttons(thumbnailImageUrl="http://example.com/a.jpg"),
        template(type="slider"),
        flex({"type": "bubble"}),
        flex({"type": "box", "layout": "vertical", "contents": []}),
        flex(bubble(word(""))),
        flex(bubble(word(unknown=1))),
        flex(bubble(word(color="red"))),
        flex(bubble(word(size="huge"))),
        flex(bubble({"type": "icon", "url": URL})),
        flex(bubble({"type": "box", "layout": "baseline", "contents": [{"type": "button", "action": postback()}]})),
        flex(bubble({"type": "button", "action": {"type": "postback", "data": "d"}})),
        flex(bubble({"type": "image", "url": "http://example.com/a.png"})),
        text("a", sender={"name": "LINE"}),
        text("a$", emojis=[{"index": 0, "productId": "p", "emojiId": "1"}]),
        {"type": "textV2", "text": "{name}さん"},
        {"type": "textV2", "text": "{"},
        {"type": "location", "title": "a", "address": "", "latitude": 1, "longitude": 1},
        {"type": "location", "title": "a", "address": "a", "latitude": float("nan"), "longitude": 1},
        {"type": "audio", "originalContentUrl": URL, "duration": 0},
        {"type": "sticker", "packageId": "1"},
    ],
)
def test_malformed_messages_are_refused(message: Any) -> None:
    assert not accepted(message)


@pytest.mark.parametrize(
    "message",
    [
        quick({"type": "uri", "label": "a", "uri": "tel:119"}),
        quick({"type": "uri", "label": "a", "uri": "line://ti/p/@a"}),
        quick({"type": "location", "label": "場所"}),
        quick({"type": "camera", "label": "写真"}),
        quick({"type": "datetimepicker", "label": "a", "data": "", "mode": "datetime", "initial": "2026-04-01T09:30"}),
        {"type": "textV2", "text": "{name}さん {{}}", "substitution": {"name": {"type": "mention"}}},
        text("😀$", emojis=[{"index": 2, "productId": "p", "emojiId": "1"}]),
        flex(bubble(word(contents=[{"type": "span", "text": "a", "color": "#112233"}]))),
        flex(bubble(word(), hero={"type": "image", "url": URL, "size": "full", "aspectRatio": "20:13"})),
        flex(bubble({"type": "separator", "margin": "lg"}, {"type": "filler"})),
        {"type": "sticker", "packageId": "446", "stickerId": "1988"},
    ],
)
def test_what_line_allows_passes(message: Any) -> None:
    check_messages([message])


def test_the_refusal_names_every_place() -> None:
    with pytest.raises(Refused) as refused:
        check_messages([text(""), quick(postback(label="あ" * 21))])
    assert refused.value.message == "The request body has 2 error(s)"
    assert [finding.property for finding in refused.value.findings] == [
        "messages[0].text",
        "messages[1].quickReply.items[0].action.label",
    ]


def test_faults_inside_flex_are_told_with_a_pointer() -> None:
    with pytest.raises(Refused) as refused:
        check_messages([text("a"), flex(bubble(word(), word("")))])
    assert refused.value.message == "A message (messages[1]) in the request body is invalid"
    assert refused.value.findings[0].property == "/body/contents/1/text"


def test_a_very_deep_box_is_refused_and_not_followed_to_the_ground() -> None:
    box: dict[str, Any] = {"type": "box", "layout": "vertical", "contents": []}
    for _ in range(200):
        box = {"type": "box", "layout": "vertical", "contents": [box]}
    assert not accepted(flex({"type": "bubble", "body": box}))
