"""Rich menus: what LINE takes as a menu and as its picture. Source: reference, "Rich menu"."""

import struct
from typing import Any

from deploy.simulator.counting import graphemes
from deploy.simulator.limits import Refused
from deploy.simulator.limits_actions import RICH_MENU, check_action
from deploy.simulator.probe import Probe

NAME, CHAT_BAR, AREAS = 300, 14, 20
WIDTH_LEAST, WIDTH_MOST, HEIGHT_LEAST, RATIO_LEAST = 800, 2500, 250, 1.45
PICTURE_BYTES = 1024 * 1024
START_OF_FRAME = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG markers whose segment tells the size of the picture."""


def check_rich_menu(value: Any) -> None:
    """Look at a rich menu object.

    Raises:
        Refused: when it breaks a limit.
    """
    menu = Probe(value)
    if menu.object():
        _size(menu.at("size"))
        menu.at("selected").boolean(required=True)
        menu.at("name").text(NAME, unit=graphemes)
        menu.at("chatBarText").text(CHAT_BAR, unit=graphemes)
        for area in menu.at("areas").items(0, AREAS):
            _area(area, value.get("size"))
    if menu.findings:
        raise Refused(f"The request body has {len(menu.findings)} error(s)", menu.findings)


def _size(size: Probe) -> None:
    if not size.object():
        return
    size.at("width").number(WIDTH_LEAST, WIDTH_MOST, whole=True)
    size.at("height").number(HEIGHT_LEAST, WIDTH_MOST, whole=True)
    if not size.findings and size.value["width"] / size.value["height"] < RATIO_LEAST:
        size.wrong("the aspect ratio must be 1.45 or more")


def _area(area: Probe, size: Any) -> None:
    if not area.object():
        return
    bounds = area.at("bounds")
    if bounds.object():
        before = len(bounds.findings)
        for key, least in (("x", 0), ("y", 0), ("width", 1), ("height", 1)):
            bounds.at(key).number(least, 2**31 - 1, whole=True)
        if len(bounds.findings) == before and isinstance(size, dict) and _sticks_out(bounds.value, size):
            bounds.wrong("the area must lie within the rich menu")
    check_action(area.at("action"), RICH_MENU)


def _sticks_out(bounds: dict[str, int], size: dict[str, Any]) -> bool:
    for start, extent in (("x", "width"), ("y", "height")):
        most = size.get(extent)
        if isinstance(most, int) and bounds[start] + bounds[extent] > most:
            return True
    return False


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG or JPEG picture; None for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:  # noqa: PLR2004 - signature, length, name, two numbers
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    if data.startswith(b"\xff\xd8"):
        return _jpeg_size(data)
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004 - every JPEG marker begins with FF
        marker = data[at + 1]
        if marker in START_OF_FRAME:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
    return None
