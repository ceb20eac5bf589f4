from pathlib import Path

import pytest
from PIL import Image, ImageColor

from bot.richmenu import draw
from bot.richmenu.draw import LARGEST_PICTURE, NoFontError, PictureError, picture, png
from bot.richmenu.icons import ICONS, icon
from bot.richmenu.menus import Menu, menu
from bot.richmenu.sync import Drawn
from deploy.simulator.limits_richmenu import picture_size


def test_the_file_is_what_line_takes(wanted: list[Drawn]) -> None:
    for one in wanted:
        assert picture_size(one.png) == (one.menu.width, one.menu.height)
        assert len(one.png) <= LARGEST_PICTURE


def gutters(sheet: Image.Image, made: Menu) -> set[tuple[int, ...]]:
    """The colours of a frame around every area."""
    seen: set[tuple[int, ...]] = set()
    for area in made.areas:
        for y in range(area.y, area.y + area.height, 7):
            seen |= {sheet.getpixel((x, y)) for x in (area.x - 3, area.x + area.width + 2)}
        for x in range(area.x, area.x + area.width, 7):
            seen |= {sheet.getpixel((x, y)) for y in (area.y - 3, area.y + area.height + 2)}
    return seen


@pytest.mark.parametrize("city", ["長野市", "津市", "いちき串木野市生活福祉課", "南アルプス市・富士川町広域連合"])
def test_no_word_leaves_its_area_however_long_the_city_s_name(city: str) -> None:
    made = menu("resident", "ja", city)
    sheet = picture(made)
    assert gutters(sheet, made) == {ImageColor.getrgb(made.page)}
    assert {sheet.getpixel((x, 120)) for x in (2, made.width - 3)} == {ImageColor.getrgb(made.page)}


def test_words_and_icon_stand_in_every_area(wanted: list[Drawn]) -> None:
    for one in wanted:
        sheet = picture(one.menu)
        for area in one.menu.areas:
            part = sheet.crop((area.x, area.y, area.x + area.width, area.y + area.height))
            seen = {colour for _, colour in part.getcolors(1 << 20) or []}
            colours = area.colours
            for colour in (colours.ground, colours.text, colours.soft, colours.disc, colours.icon):
                assert ImageColor.getrgb(colour) in seen


@pytest.mark.parametrize("name", sorted(ICONS))
def test_an_icon_fills_its_square_and_stays_inside(name: str) -> None:
    mask = icon(name, 200)
    box = mask.getbbox()
    assert box is not None
    assert max(box[2] - box[0], box[3] - box[1]) > 120
    assert box[0] > 0
    assert box[2] < 200


def test_a_missing_font_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(draw, "FONT", tmp_path / "Font.ttf")
    with pytest.raises(NoFontError, match=r"Font\.ttf"):
        picture(menu("resident", "ja", "長野市"))


def test_a_picture_that_line_would_refuse_is_not_sent() -> None:
    noise = Image.effect_noise((1200, 1200), 100).convert("RGB")
    with pytest.raises(PictureError):
        png(noise)
