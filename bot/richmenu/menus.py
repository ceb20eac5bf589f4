"""The menus as data: which areas each role has, where they lie, what they say and send.

The shape stands in menus.yaml, the words in texts/, one file per language; the city's name comes from its pack.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

import yaml

Role = Literal["resident", "commissioner"]
ROLES: tuple[Role, ...] = get_args(Role)
EVERYBODY: Role = "resident"
"""The role whose menu is shown to whoever has none of their own."""

LEAST_CONTRAST = 4.5
"""Between words and their ground (WCAG 2.2, 1.4.3)."""
HEADER = 236
MARGIN = 36
GAP = 28
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


class MenuError(ValueError):
    """menus.yaml or a text file cannot be used; the message names the place."""


@dataclass(frozen=True, slots=True)
class Colours:
    """Of one area: its ground, its words, its smaller words, the disc behind the icon, and the icon."""

    ground: str
    text: str
    soft: str
    disc: str = "#FFFFFF"
    icon: str = "#000000"


@dataclass(frozen=True, slots=True)
class Area:
    """A place to tap, in pixels of the picture. `label` may hold line breaks; `tap` is the postback's data."""

    x: int
    y: int
    width: int
    height: int
    label: str
    note: str
    icon: str
    colours: Colours
    tap: str

    @property
    def name(self) -> str:
        """The label on one line: what a screen reader says, and what stands in the talk after the tap."""
        return self.label.replace("\n", "")


@dataclass(frozen=True, slots=True)
class Menu:
    """One menu: of a role, in a language."""

    role: Role
    language: str
    city: str
    title: str
    note: str
    chat_bar: str
    width: int
    height: int
    page: str
    header: Colours
    areas: tuple[Area, ...]

    @property
    def alias(self) -> str:
        return alias_of(self.role, self.language)

    def request(self, name: str) -> dict[str, Any]:
        """The rich menu object of LINE's API."""
        return {
            "size": {"width": self.width, "height": self.height},
            "selected": True,
            "name": name,
            "chatBarText": self.chat_bar,
            "areas": [_area(area) for area in self.areas],
        }


def alias_of(role: Role, language: str) -> str:
    """LINE's name for whatever menu now stands for this role and language."""
    return f"kizuki-{language}" if role == EVERYBODY else f"kizuki-{language}-{role}"


def languages() -> tuple[str, ...]:
    """The languages that menus are written in; Japanese first."""
    names = {file.name.removesuffix(".yaml") for file in _folder("texts").iterdir() if file.name.endswith(".yaml")}
    return tuple(sorted(names, key=lambda name: (name != "ja", name)))


def menu(role: Role, language: str, city: str) -> Menu:
    """The menu of a role.

    Raises:
        MenuError: the files are incomplete, or words would be hard to read on their ground.
    """
    shape, words = _read("menus.yaml"), _read(f"texts/{language}.yaml")
    try:
        said = words[role]
        width, height = shape["size"]["width"], shape["size"]["height"]
        return Menu(
            role=role,
            language=language,
            city=city,
            title=said["title"],
            note=said["note"],
            chat_bar=words["chat_bar"],
            width=width,
            height=height,
            page=shape["page"],
            header=_colours(shape["header"], "header"),
            areas=tuple(_areas(shape, shape["roles"][role], said)),
        )
    except (KeyError, TypeError) as error:
        raise MenuError(f"menus.yaml, texts/{language}.yaml: {role}: {error}") from None


def contrast(one: str, other: str) -> float:
    """The ratio between two colours `#rrggbb`, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _areas(shape: Mapping[str, Any], rows: list[Mapping[str, Any]], said: Mapping[str, Any]) -> Iterator[Area]:
    width, height = shape["size"]["width"], shape["size"]["height"]
    tops = _cuts(HEADER, height - MARGIN, [row["height"] for row in rows])
    for row, (top, tall) in zip(rows, tops, strict=True):
        cells = row["cells"]
        lefts = _cuts(MARGIN, width - MARGIN, [cell.get("width", 1) for cell in cells])
        for cell, (left, wide) in zip(cells, lefts, strict=True):
            colours = _colours(shape["colours"][cell["colour"]], cell["colour"])
            words = said[cell["id"]]
            yield Area(left, top, wide, tall, words["label"], words["note"], cell["icon"], colours, cell["tap"])


def _cuts(start: int, end: int, shares: list[int]) -> list[tuple[int, int]]:
    """Beginning and length of each part of `start` to `end`, by its share, with gaps between."""
    free = end - start - GAP * (len(shares) - 1)
    parts, at = [], start
    for number, share in enumerate(shares):
        length = end - at if number == len(shares) - 1 else free * share // sum(shares)
        parts.append((at, length))
        at += length + GAP
    return parts


def _area(area: Area) -> dict[str, Any]:
    action = {"type": "postback", "label": area.name, "data": area.tap, "displayText": area.name}
    return {
        "bounds": {"x": area.x, "y": area.y, "width": area.width, "height": area.height},
        "action": action,
    }


def _colours(given: Mapping[str, str], name: str) -> Colours:
    colours = Colours(**given)
    wrong = [value for value in given.values() if not _COLOUR.fullmatch(value)]
    if wrong:
        raise MenuError(f"menus.yaml: {name}: {wrong[0]}")
    pairs = [(colours.text, colours.ground), (colours.soft, colours.ground)]
    if "icon" in given:
        pairs.append((colours.icon, colours.disc))
    for word, ground in pairs:
        if contrast(word, ground) < LEAST_CONTRAST:
            raise MenuError(f"menus.yaml: {name}: {word} / {ground} {contrast(word, ground):.1f} < {LEAST_CONTRAST}")
    return colours


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)  # noqa: PLR2004 - WCAG's own numbers
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _folder(name: str) -> Any:
    return resources.files(__package__).joinpath(name)


@cache
def _read(name: str) -> Any:
    try:
        return yaml.safe_load(_folder(name).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise MenuError(f"{name}: {type(error).__name__}") from None
