"""Flex bubbles: telephone numbers to tap, and agencies to turn to. Large type, strong contrast, nothing else.

Colours are given as the contrast on white: ink 17:1, quiet 7:1, alarm 7:1, calm 8:1 (WCAG AA asks for 4.5).
"""

import json
import re
from typing import Any
from urllib.parse import quote, urlsplit

from bot.limits import LABEL, URI, clean, cut_graphemes, utf16
from bot.shown import AgencyCard, FormButton
from bot.texts import text
from dialogs.events import HelpLine
from dialogs.screens import DangerCard

INK = "#1A1A1A"
QUIET = "#55595E"
ALARM = "#B3001B"
CALM = "#0B5C3A"

TITLE = 60  # graphemes
BODY = 600
NAME = 60
NOTE = 120
WHY = 120

_BLANK = re.compile(r"[\x00-\x20\x7f]")
_DIALABLE = re.compile(r"\+?[0-9#*-]{2,20}")

Part = dict[str, Any]


def danger_bubble(card: DangerCard) -> Part:
    """Numbers first: a title, each line with its button, then the words."""
    parts = [_text(card.title, TITLE, size="xl", weight="bold", color=ALARM)]
    for line in card.lines:
        parts += _line(line)
    parts.append(_text(card.text, BODY, size="md"))
    return _bubble([part for part in parts if part])


def agency_bubble(card: AgencyCard) -> Part:
    state, color = _openness(card.open_now)
    why = text("why", concerns=text("why_separator").join(card.why)) if card.why else ""
    parts = [
        _text(card.name, NAME, size="lg", weight="bold"),
        _text(state, NOTE, size="md", weight="bold", color=color),
        _text(card.hours, NOTE, size="sm", color=QUIET),
        _text(why, WHY, size="md"),
        _call(card.phone, card.phone, CALM),
    ]
    return _bubble([part for part in parts if part])


def form_bubble(button: FormButton) -> Part:
    """A sentence, and the button that opens the city's own page."""
    action = {"type": "uri", "label": cut_graphemes(clean(button.label).strip(), LABEL), "uri": button.url}
    opening = {"type": "button", "style": "primary", "color": CALM, "adjustMode": "shrink-to-fit", "action": action}
    words = _text(button.text, BODY, size="md")
    return _bubble([part for part in (words, opening) if part])


def openable(url: str) -> bool:
    """Whether LINE takes `url` as the address of a button."""
    if not url.isascii() or utf16(url) > URI or _BLANK.search(url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"https", "http"} and bool(parts.netloc)


def addresses(container: Part) -> list[str]:
    """The web addresses behind the buttons of a container, as its plain words need them."""
    bubbles = container.get("contents", []) if container.get("type") == "carousel" else [container]
    parts = [part for bubble in bubbles for part in bubble.get("body", {}).get("contents", [])]
    uris = [part["action"].get("uri", "") for part in parts if part.get("type") == "button"]
    return [uri for uri in uris if uri.startswith(("https:", "http:"))]


def carousel(bubbles: list[Part]) -> Part:
    return bubbles[0] if len(bubbles) == 1 else {"type": "carousel", "contents": bubbles}


def size(container: Part) -> int:
    """The size of a Flex container as LINE receives it, in bytes."""
    return len(json.dumps(container).encode())


def openness(open_now: bool | None) -> str:  # noqa: FBT001 - None, True and False are the routing room's three answers
    """Open, closed or unknown, in words: colour alone tells nothing to many people."""
    return _openness(open_now)[0]


def dialable(number: str) -> str | None:
    """The `tel:` address of a number, or None when it is no number that a telephone could dial.

    A # would begin a fragment, so it is percent-encoded: #7119 is `tel:%237119`.
    """
    return "tel:" + quote(number.replace("-", ""), safe="+*") if _DIALABLE.fullmatch(number) else None


def _openness(open_now: bool | None) -> tuple[str, str]:  # noqa: FBT001 - see above
    if open_now is None:
        return text("hours_unknown"), QUIET
    return (text("open"), CALM) if open_now else (text("closed"), QUIET)


def _line(line: HelpLine) -> list[Part | None]:
    button = _call(line.number, line.dial, ALARM)
    name = line.name if button else text("line", name=line.name, number=line.number)
    return [
        {"type": "separator", "margin": "lg"},
        _text(name, NAME, size="lg", weight="bold"),
        _text(line.note, NOTE, size="sm", color=QUIET),
        button,
    ]


def _call(number: str, dial: str, color: str) -> Part | None:
    uri = dialable(dial)
    if uri is None or not number.strip():
        return None
    label = clean(text("call", number=number))
    if cut_graphemes(label, LABEL) != label:
        label = cut_graphemes(clean(number).strip(), LABEL)
    action = {"type": "uri", "label": label, "uri": uri}
    return {"type": "button", "style": "primary", "color": color, "adjustMode": "shrink-to-fit", "action": action}


def _text(words: str, limit: int, **style: str) -> Part | None:
    words = cut_graphemes(clean(words).strip(), limit)
    return {"type": "text", "text": words, "wrap": True, "color": INK} | style if words else None


def _bubble(parts: list[Part]) -> Part:
    body = {"type": "box", "layout": "vertical", "spacing": "md", "paddingAll": "xl", "contents": parts}
    return {"type": "bubble", "size": "mega", "body": body}
