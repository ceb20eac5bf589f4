"""The icons of the menu: simple shapes on a square of 100 units, drawn four times as large and made smaller."""

from collections.abc import Callable
from math import cos, pi, sin

from PIL import Image, ImageDraw

UNITS = 100
FINE = 4


class Pen:
    """Draws on a square of 100 by 100 units, in one colour; `cut` takes away again."""

    def __init__(self, side: int) -> None:
        self.mask = Image.new("L", (side, side), 0)
        self._draw = ImageDraw.Draw(self.mask)
        self._scale = side / UNITS

    def disc(self, x: float, y: float, radius: float, *, cut: bool = False) -> None:
        self._draw.ellipse(self._box(x - radius, y - radius, x + radius, y + radius), fill=_ink(cut))

    def shape(self, *points: tuple[float, float], cut: bool = False) -> None:
        self._draw.polygon([(x * self._scale, y * self._scale) for x, y in points], fill=_ink(cut))

    def block(self, left: float, top: float, right: float, bottom: float, corner: float, *, cut: bool = False) -> None:
        radius = corner * self._scale
        self._draw.rounded_rectangle(self._box(left, top, right, bottom), radius, fill=_ink(cut))

    def line(self, *points: tuple[float, float], width: float, cut: bool = False) -> None:
        """A line with round ends and corners."""
        scaled = [(x * self._scale, y * self._scale) for x, y in points]
        self._draw.line(scaled, fill=_ink(cut), width=round(width * self._scale), joint="curve")
        for x, y in points:
            self.disc(x, y, width / 2, cut=cut)

    def turn(self, degrees: float) -> None:
        """Turn all that was drawn, against the clock."""
        self.mask = self.mask.rotate(degrees, Image.Resampling.BICUBIC)
        self._draw = ImageDraw.Draw(self.mask)

    def _box(self, left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        scale = self._scale
        return (left * scale, top * scale, right * scale, bottom * scale)


def icon(name: str, side: int) -> Image.Image:
    """The icon as a mask of `side` by `side` pixels.

    Raises:
        KeyError: no such icon.
    """
    pen = Pen(side * FINE)
    ICONS[name](pen)
    return pen.mask.resize((side, side), Image.Resampling.LANCZOS)


def _person(pen: Pen, x: float, foot: float, size: float, *, rim: float = 0) -> None:
    """Head and shoulders, standing at `foot`; a rim keeps them apart from whoever stands behind."""
    if rim:
        pen.disc(x, foot - 1.75 * size, 0.62 * size + rim, cut=True)
        pen.block(x - size - rim, foot - size - rim, x + size + rim, foot + 1, size, cut=True)
    pen.disc(x, foot - 1.75 * size, 0.62 * size)
    pen.block(x - size, foot - size, x + size, foot + size, size)
    pen.block(x - size - rim - 1, foot, x + size + rim + 1, foot + size + 2, 0, cut=True)


def _people(pen: Pen) -> None:
    """Somebody, and somebody who has noticed."""
    _person(pen, 35, 86, 27)
    _person(pen, 71, 86, 20, rim=4)
    _heart_at(pen, 71, 23, 12)


def _heart_at(pen: Pen, x: float, y: float, size: float) -> None:
    outline = []
    for step in range(90):
        t = 2 * pi * step / 90
        across = 16 * sin(t) ** 3
        down = -(13 * cos(t) - 5 * cos(2 * t) - 2 * cos(3 * t) - cos(4 * t))
        outline.append((x + across * size / 16, y + down * size / 16))
    pen.shape(*outline)


def _heart(pen: Pen) -> None:
    """A heart in a hand."""
    _heart_at(pen, 50, 38, 27)
    pen.line((12, 64), (30, 84), (70, 84), (88, 64), width=10)


def _phone(pen: Pen) -> None:
    """A handset, slanting as it is held."""
    arc = [(50 + 33 * cos(a), 62 - 30 * sin(a)) for a in (pi * n / 16 for n in range(1, 16))]
    pen.line(*arc, width=15)
    for x in (6, 64):
        pen.block(x, 50, x + 30, 74, 9)
    pen.turn(135)


def _house(pen: Pen) -> None:
    pen.line((12, 50), (50, 16), (88, 50), width=10)
    pen.shape((24, 52), (50, 29), (76, 52), (76, 86), (24, 86))
    pen.block(41, 58, 59, 87, 3, cut=True)


def _paper(pen: Pen) -> None:
    """A page to read, with a lock on it."""
    pen.block(16, 8, 68, 86, 7)
    for y, right in ((27, 56), (42, 56), (57, 40)):
        pen.line((28, y), (right, y), width=6, cut=True)
    pen.disc(70, 66, 28, cut=True)
    pen.line((60, 66), (60, 56), (63, 51), (70, 48), (77, 51), (80, 56), (80, 66), width=6)
    pen.block(52, 63, 88, 92, 5)
    pen.disc(70, 75, 4, cut=True)
    pen.line((70, 76), (70, 83), width=4, cut=True)


def _ink(cut: bool) -> int:  # noqa: FBT001 - passed on from a keyword
    return 0 if cut else 255


ICONS: dict[str, Callable[[Pen], None]] = {
    "people": _people,
    "heart": _heart,
    "phone": _phone,
    "house": _house,
    "paper": _paper,
}
