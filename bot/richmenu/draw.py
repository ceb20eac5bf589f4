"""Draws a menu as LINE takes it: one PNG of the menu's own size, at most one megabyte."""

import io
import itertools
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bot.richmenu.icons import icon
from bot.richmenu.menus import HEADER, MARGIN, Area, Menu

FONT = Path(__file__).parent / "vendor" / "NotoSansJP_500Medium.ttf"
LARGEST_PICTURE = 1024 * 1024
"""Bytes (Messaging API reference, "Upload rich menu image")."""

LABEL, LEAST_LABEL = 132, 92
NOTE, LEAST_NOTE = 80, 66
TITLE = 116
CORNER = 48
_INSIDE = 44
_BETWEEN = 30  # icon and words
_LINE = 1.3  # height of a line of words, in sizes
_BOLD = 1.4  # pixels around each letter: the medium font is a little thin for the large words


class NoFontError(RuntimeError):
    """The font of the menu is not there; the message names the missing file."""


class PictureError(RuntimeError):
    """The picture would be larger than LINE takes."""


def picture(menu: Menu) -> Image.Image:
    """The menu as a picture.

    Raises:
        NoFontError: see there.
    """
    if not FONT.is_file():
        raise NoFontError(FONT.name)
    sheet = Image.new("RGB", (menu.width, menu.height), menu.page)
    _header(sheet, menu)
    for _, row in itertools.groupby(menu.areas, key=lambda area: area.y):
        _row(sheet, list(row))
    return sheet


def png(sheet: Image.Image) -> bytes:
    """The picture in a file.

    Raises:
        PictureError: see there.
    """
    out = io.BytesIO()
    sheet.save(out, "PNG", optimize=True)
    if len(out.getvalue()) > LARGEST_PICTURE:
        raise PictureError(f"{len(out.getvalue())} > {LARGEST_PICTURE}")
    return out.getvalue()


def _header(sheet: Image.Image, menu: Menu) -> None:
    draw = ImageDraw.Draw(sheet)
    middle = HEADER // 2 + 4
    left, right = MARGIN + 24, menu.width - MARGIN - 24
    title = _fitted(f"{menu.city}{menu.title}", TITLE, LEAST_LABEL, round((right - left) * 0.66))
    draw.text((left, middle), f"{menu.city}{menu.title}", menu.header.text, title, anchor="lm", stroke_width=_BOLD)
    note = _fitted(menu.note, NOTE, LEAST_NOTE, round((right - left) * 0.32))
    draw.text((right, middle + 6), menu.note, menu.header.soft, note, anchor="rm")


def _row(sheet: Image.Image, areas: list[Area]) -> None:
    """The areas beside each other: words and icons of one size, at one height."""
    rooms = [area.width - 2 * _INSIDE for area in areas]
    labels = [(line, room) for area, room in zip(areas, rooms, strict=True) for line in area.label.split("\n")]
    label = _smallest([_fitted(line, LABEL, LEAST_LABEL, room) for line, room in labels])
    notes = zip(areas, rooms, strict=True)
    note = _smallest([_fitted(area.note, NOTE, LEAST_NOTE, room) for area, room in notes])
    lines = max(len(area.label.split("\n")) for area in areas)
    tall = areas[0].height
    words = lines * label.size * _LINE + note.size * _LINE
    side = round(min(tall * 0.46, tall - words - _BETWEEN - 2 * _INSIDE))
    top = round(areas[0].y + (tall - words - side - _BETWEEN) / 2)
    for area in areas:
        _card(sheet, area)
        _icon(sheet, area, area.x + area.width // 2, top, side)
        _words(sheet, area, top + side + _BETWEEN, label, note)


def _words(
    sheet: Image.Image, area: Area, at: float, label: ImageFont.FreeTypeFont, note: ImageFont.FreeTypeFont
) -> None:
    draw = ImageDraw.Draw(sheet)
    x = area.x + area.width / 2
    for line in area.label.split("\n"):
        place = (x, at + label.size * _LINE / 2)
        draw.text(place, line, area.colours.text, label, anchor="mm", stroke_width=_BOLD)
        at += label.size * _LINE
    draw.text((x, at + note.size * _LINE / 2), area.note, area.colours.soft, note, anchor="mm")


def _card(sheet: Image.Image, area: Area) -> None:
    """The ground of an area, with smooth round corners."""
    mask = Image.new("L", (area.width * 2, area.height * 2), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, area.width * 2 - 1, area.height * 2 - 1), CORNER * 2, fill=255)
    smooth = mask.resize((area.width, area.height), Image.Resampling.LANCZOS)
    sheet.paste(area.colours.ground, (area.x, area.y), smooth)


def _icon(sheet: Image.Image, area: Area, x: int, top: int, side: int) -> None:
    disc = Image.new("L", (side * 4, side * 4), 0)
    ImageDraw.Draw(disc).ellipse((0, 0, side * 4 - 1, side * 4 - 1), fill=255)
    smooth = disc.resize((side, side), Image.Resampling.LANCZOS)
    sheet.paste(area.colours.disc, (x - side // 2, top), smooth)
    inner = round(side * 0.66)
    place = (x - inner // 2, top + (side - inner) // 2)
    sheet.paste(area.colours.icon, place, icon(area.icon, inner))


def _fitted(words: str, most: int, least: int, room: float) -> ImageFont.FreeTypeFont:
    """The font in the largest size in which the words fit; the least one where none does."""
    for size in range(most, least, -2):
        font = ImageFont.truetype(FONT, size)
        if font.getlength(words) <= room:
            return font
    return ImageFont.truetype(FONT, least)


def _smallest(fonts: list[ImageFont.FreeTypeFont]) -> ImageFont.FreeTypeFont:
    return min(fonts, key=lambda font: font.size)
