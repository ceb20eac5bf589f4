"""Flex containers: structure, properties and sizes. Source: reference, "Flex Message"."""

import json
from collections.abc import Callable
from typing import Any

from deploy.simulator.limits_actions import FLEX_AREA, FLEX_BUTTON, check_action
from deploy.simulator.limits_templates import COLOUR
from deploy.simulator.probe import Probe

BUBBLE_BYTES = 30 * 1024
CAROUSEL_BYTES = 50 * 1024
CAROUSEL_BUBBLES = 12
TEXT_MOST = 2000
DEPTH_MOST = 30
"""Not published; deep enough for any message people read, shallow enough for our own stack."""

BUBBLE_SIZES = ("nano", "micro", "deca", "hecto", "kilo", "mega", "giga")
PIXELS = r"\d+(\.\d+)?px"
PERCENT = r"\d+(\.\d+)?%"
SPACE = rf"none|xs|sm|md|lg|xl|xxl|{PIXELS}"
PADDING = rf"{SPACE}|{PERCENT}"
OFFSET = rf"none|xs|sm|md|lg|xl|xxl|-?{PIXELS}|-?{PERCENT}"
FONT = rf"xxs|xs|sm|md|lg|xl|xxl|3xl|4xl|5xl|{PIXELS}"
IMAGE_SIZE = rf"{FONT}|full|{PERCENT}"
EXTENT = rf"{PIXELS}|{PERCENT}"
BORDER = rf"none|light|normal|medium|semi-bold|bold|{PIXELS}"
RATIO = r"\d+(\.\d+)?:\d+(\.\d+)?"
ALIGN = "start|end|center"
GRAVITY = "top|bottom|center"
DECORATION = "none|underline|line-through"

PLACING = {
    "position": "relative|absolute",
    "margin": SPACE,
    **dict.fromkeys(("offsetTop", "offsetBottom", "offsetStart", "offsetEnd"), OFFSET),
}
LETTERS = {"size": FONT, "color": COLOUR, "weight": "regular|bold", "style": "normal|italic", "decoration": DECORATION}
PATTERNS: dict[str, dict[str, str]] = {
    "box": {
        **PLACING,
        "layout": "horizontal|vertical|baseline",
        "spacing": SPACE,
        **dict.fromkeys(("backgroundColor", "borderColor"), COLOUR),
        "borderWidth": BORDER,
        "cornerRadius": SPACE,
        **dict.fromkeys(("width", "maxWidth", "height", "maxHeight"), EXTENT),
        **dict.fromkeys(("paddingAll", "paddingTop", "paddingBottom", "paddingStart", "paddingEnd"), PADDING),
        "justifyContent": "center|flex-start|flex-end|space-between|space-around|space-evenly",
        "alignItems": "center|flex-start|flex-end",
    },
    "button": {**PLACING, "color": COLOUR, "style": "primary|secondary|link", "gravity": GRAVITY, "height": "md|sm"},
    "image": {
        **PLACING,
        "align": ALIGN,
        "gravity": GRAVITY,
        "size": IMAGE_SIZE,
        "aspectRatio": RATIO,
        "aspectMode": "fit|cover",
        "backgroundColor": COLOUR,
    },
    "video": {"aspectRatio": RATIO},
    "icon": {**PLACING, "size": FONT, "aspectRatio": RATIO},
    "text": {**PLACING, **LETTERS, "align": ALIGN, "gravity": GRAVITY, "lineSpacing": PIXELS},
    "span": LETTERS,
    "separator": {"margin": SPACE, "color": COLOUR},
    "filler": {},
}
FURTHER = {
    "box": {"contents", "flex", "action", "background"},
    "button": {"action", "flex", "adjustMode", "scaling"},
    "image": {"url", "flex", "action", "animated"},
    "video": {"url", "previewUrl", "altContent", "action"},
    "icon": {"url", "scaling"},
    "text": {"text", "contents", "flex", "wrap", "maxLines", "action", "adjustMode", "scaling"},
    "span": {"text"},
    "separator": set[str](),
    "filler": {"flex"},
}
IN_BOX = frozenset({"box", "button", "image", "text", "separator", "filler"})
IN_BASELINE = frozenset({"icon", "text", "filler"})
HERO = frozenset({"box", "image", "video"})
BUBBLE_KEYS = {"type", "direction", "styles", "header", "hero", "body", "footer", "size", "action"}


def size_of(value: Any) -> int:
    """Bytes of the value as compact JSON in UTF-8, the measure of LINE's Flex limits."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))


def check_flex(container: Probe) -> None:
    if not container.object():
        return
    if not container.at("type").one_of(("bubble", "carousel"), required=True):
        return
    if container.value["type"] == "bubble":
        _bubble(container)
        return
    bubbles = container.at("contents").items(1, CAROUSEL_BUBBLES)
    for bubble in bubbles:
        if bubble.object():
            _bubble(bubble)
    if len({bubble.value.get("size", "mega") for bubble in bubbles if isinstance(bubble.value, dict)}) > 1:
        container.at("contents").wrong("bubbles in a carousel must have the same size")
    if size_of(container.value) > CAROUSEL_BYTES:
        container.wrong(f"size must be {CAROUSEL_BYTES} bytes or less")


def _bubble(bubble: Probe) -> None:
    if bubble.value.get("type") != "bubble":
        bubble.at("type").wrong("invalid property")
        return
    _known_keys(bubble, BUBBLE_KEYS)
    bubble.at("size").one_of(BUBBLE_SIZES)
    bubble.at("direction").one_of(("ltr", "rtl"))
    for block in ("header", "body", "footer"):
        if not bubble.at(block).absent:
            _component(bubble.at(block), frozenset({"box"}), 0)
    if not bubble.at("hero").absent:
        _component(bubble.at("hero"), HERO, 0)
    if not any(bubble.value.get(block) for block in ("header", "hero", "body", "footer")):
        bubble.wrong("At least one block must be specified")
    if not bubble.at("action").absent:
        check_action(bubble.at("action"), FLEX_AREA)
    _styles(bubble.at("styles"))
    if size_of(bubble.value) > BUBBLE_BYTES:
        bubble.wrong(f"size must be {BUBBLE_BYTES} bytes or less")


def _styles(styles: Probe) -> None:
    if not styles.object(required=False):
        return
    _known_keys(styles, {"header", "hero", "body", "footer"})
    for block in ("header", "hero", "body", "footer"):
        style = styles.at(block)
        if style.object(required=False):
            _known_keys(style, {"backgroundColor", "separator", "separatorColor"})
            style.at("backgroundColor").matches(COLOUR)
            style.at("separatorColor").matches(COLOUR)
            style.at("separator").boolean()


def _known_keys(probe: Probe, known: set[str]) -> None:
    for key in probe.value:
        if key not in known:
            probe.at(key).wrong("unknown field")


def _component(component: Probe, allowed: frozenset[str], depth: int) -> None:
    if depth > DEPTH_MOST:
        component.wrong("invalid property")
        return
    if not component.object():
        return
    kind = component.value.get("type")
    if kind not in allowed:
        component.wrong("invalid property")
        return
    _known_keys(component, {"type", *PATTERNS[kind], *FURTHER[kind]})
    for key, pattern in PATTERNS[kind].items():
        component.at(key).matches(pattern)
    component.at("flex").number(0, 10_000, whole=True, required=False)
    component.at("scaling").boolean()
    component.at("adjustMode").one_of(("shrink-to-fit",))
    if kind in INSIDE:
        INSIDE[kind](component, depth)


def _box(box: Probe, depth: int) -> None:
    box.at("layout").one_of(("horizontal", "vertical", "baseline"), required=True)
    inside = IN_BASELINE if box.value.get("layout") == "baseline" else IN_BOX
    for child in box.at("contents").items(0, 1000):
        _component(child, inside, depth + 1)
    _area(box)


def _area(component: Probe) -> None:
    if not component.at("action").absent:
        check_action(component.at("action"), FLEX_AREA)


def _button(button: Probe, _depth: int) -> None:
    check_action(button.at("action"), FLEX_BUTTON)


def _image(image: Probe, _depth: int) -> None:
    image.at("url").url(("https",))
    image.at("animated").boolean()
    _area(image)


def _video(video: Probe, depth: int) -> None:
    video.at("url").url(("https",))
    video.at("previewUrl").url(("https",))
    _component(video.at("altContent"), frozenset({"box", "image"}), depth + 1)
    _area(video)


def _icon(icon: Probe, _depth: int) -> None:
    icon.at("url").url(("https",))


def _text(text: Probe, depth: int) -> None:
    spans = text.at("contents")
    if spans.absent:
        if text.value.get("text") == "" or text.at("text").absent:
            text.at("text").wrong("must be non-empty text")
        else:
            text.at("text").text(TEXT_MOST)
    else:
        for span in spans.items(1, 1000):
            _component(span, frozenset({"span"}), depth + 1)
    text.at("wrap").boolean()
    text.at("maxLines").number(0, 1000, whole=True, required=False)
    _area(text)


def _span(span: Probe, _depth: int) -> None:
    span.at("text").text(TEXT_MOST)


INSIDE: dict[str, Callable[[Probe, int], None]] = {
    "box": _box,
    "button": _button,
    "image": _image,
    "video": _video,
    "icon": _icon,
    "text": _text,
    "span": _span,
}
