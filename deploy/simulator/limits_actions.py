"""Action objects: what may stand behind a button, by the place where the button stands.

Source: Messaging API reference, "Action objects".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from deploy.simulator.counting import graphemes
from deploy.simulator.probe import Probe

LABEL = 20
FLEX_LABEL = 40
IMAGE_CAROUSEL_LABEL = 12
DATA = 300
SAID = 300
URI = 1000
CLIPBOARD = 1000
URI_SCHEMES = ("http", "https", "line", "tel")
ALIAS = r"[a-z0-9_-]{1,32}"

DATE = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
TIME = r"([01]\d|2[0-3]):[0-5]\d"
MOMENTS = {"date": DATE, "time": TIME, "datetime": f"{DATE}[Tt]{TIME}"}

EVERYWHERE = frozenset({"postback", "message", "uri", "datetimepicker", "clipboard"})
QUICK_ONLY = frozenset({"camera", "cameraRoll", "location"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where an action stands: which kinds are allowed there and what its label must be."""

    name: str
    kinds: frozenset[str]
    label: int = LABEL
    label_required: bool = True


QUICK_REPLY = Place("quick reply", EVERYWHERE | QUICK_ONLY)
TEMPLATE = Place("template", EVERYWHERE)
TEMPLATE_IMAGE = Place("template default action", EVERYWHERE, label_required=False)
IMAGE_CAROUSEL = Place("image carousel", EVERYWHERE, IMAGE_CAROUSEL_LABEL, label_required=False)
FLEX_BUTTON = Place("flex button", EVERYWHERE, FLEX_LABEL)
FLEX_AREA = Place("flex component", EVERYWHERE, FLEX_LABEL, label_required=False)
RICH_MENU = Place("rich menu", EVERYWHERE | {"richmenuswitch"}, label_required=False)


def check_action(action: Probe, place: Place) -> None:
    """Write down what is wrong with this action in this place."""
    if not action.object():
        return
    if not action.at("type").one_of(sorted(place.kinds), required=True):
        return
    kind = action.value["type"]
    _label(action, place)
    KINDS[kind](action)
    if place is QUICK_REPLY and kind == "postback" and not action.at("text").absent:
        action.at("text").wrong("`text` can't be used in a quick reply button")


def _label(action: Probe, place: Place) -> None:
    label = action.at("label")
    if label.value in (None, "") and place.label_required:
        action.wrong("`label` must be specified")
    elif label.value != "":
        label.text(place.label, unit=graphemes, required=False)


def _postback(action: Probe) -> None:
    action.at("data").text(DATA, least=0)
    for key in ("displayText", "text", "fillInText"):
        action.at(key).text(SAID, unit=graphemes, required=False)
    if not action.at("displayText").absent and not action.at("text").absent:
        action.at("displayText").wrong("`displayText` and `text` can't be used at the same time")
    option = action.at("inputOption")
    option.one_of(("closeRichMenu", "openRichMenu", "openKeyboard", "openVoice"))
    if not action.at("fillInText").absent and option.value != "openKeyboard":
        action.at("fillInText").wrong("`fillInText` needs `inputOption` openKeyboard")


def _message(action: Probe) -> None:
    action.at("text").text(SAID, unit=graphemes)


def _uri(action: Probe) -> None:
    action.at("uri").url(URI_SCHEMES, URI)
    alternative = action.at("altUri")
    if alternative.object(required=False):
        alternative.at("desktop").url(URI_SCHEMES, URI, required=False)


def _datetime(action: Probe) -> None:
    action.at("data").text(DATA, least=0)
    if not action.at("mode").one_of(tuple(MOMENTS), required=True):
        return
    pattern = MOMENTS[action.value["mode"]]
    for key in ("initial", "min", "max"):
        action.at(key).matches(pattern)
    least, most = action.value.get("min"), action.value.get("max")
    if isinstance(least, str) and isinstance(most, str) and least.lower() >= most.lower():
        action.at("max").wrong("`max` must be later than `min`")


def _clipboard(action: Probe) -> None:
    action.at("clipboardText").text(CLIPBOARD)


def _switch(action: Probe) -> None:
    action.at("richMenuAliasId").matches(ALIAS, required=True)
    action.at("data").text(DATA, least=0)


def _nothing_more(action: Probe) -> None:
    """Camera, camera roll and location have nothing but a label."""


KINDS: dict[str, Callable[[Probe], None]] = {
    "postback": _postback,
    "message": _message,
    "uri": _uri,
    "datetimepicker": _datetime,
    "clipboard": _clipboard,
    "richmenuswitch": _switch,
    "camera": _nothing_more,
    "cameraRoll": _nothing_more,
    "location": _nothing_more,
}


def fits_mode(mode: str, value: str) -> bool:
    """Whether a picked value has the form of its mode, e.g. `2026-04-01T09:30` for `datetime`."""
    return re.fullmatch(MOMENTS[mode], value) is not None
