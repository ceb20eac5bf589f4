import itertools

import pytest

from bot.richmenu.menus import (
    LEAST_CONTRAST,
    ROLES,
    Menu,
    MenuError,
    Role,
    _colours,
    alias_of,
    contrast,
    languages,
    menu,
)
from deploy.simulator.counting import graphemes
from deploy.simulator.limits_richmenu import check_rich_menu
from dialogs.prompts import MENU

PHONE = 390  # pixels of a phone's width
THUMB = 44  # pixels on the phone that a finger hits (WCAG 2.2, 2.5.5)
ALL = [(role, language) for role in ROLES for language in languages()]


@pytest.fixture(params=ALL, ids=str)
def made(request: pytest.FixtureRequest) -> Menu:
    role, language = request.param
    return menu(role, language, "長野市")


def test_line_takes_the_menu(made: Menu) -> None:
    check_rich_menu(made.request("kizuki:ja:resident:0123456789abcdef"))
    assert all(graphemes(area.name) <= 20 for area in made.areas)


def test_every_tap_is_one_that_the_talk_answers(made: Menu) -> None:
    known = {f"menu:{item}" for item in (*MENU, "home")}
    assert {area.tap for area in made.areas} == known


def test_every_area_is_large_enough_for_a_thumb_and_none_covers_another(made: Menu) -> None:
    scale = PHONE / made.width
    for area in made.areas:
        assert min(area.width, area.height) * scale >= THUMB
        assert 0 <= area.x < area.x + area.width <= made.width
        assert 0 <= area.y < area.y + area.height <= made.height
    for one, other in itertools.combinations(made.areas, 2):
        apart_x = one.x + one.width <= other.x or other.x + other.width <= one.x
        apart_y = one.y + one.height <= other.y or other.y + other.height <= one.y
        assert apart_x or apart_y


def test_every_word_can_be_read_on_its_ground(made: Menu) -> None:
    for colours in (made.header, *(area.colours for area in made.areas)):
        assert contrast(colours.text, colours.ground) >= LEAST_CONTRAST
        assert contrast(colours.soft, colours.ground) >= LEAST_CONTRAST


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("text", ["#AAAAAA", "grey"])
def test_colours_that_cannot_be_read_are_refused_with_their_place(text: str) -> None:
    with pytest.raises(MenuError, match="plain"):
        _colours({"ground": "#FFFFFF", "text": text, "soft": "#000000"}, "plain")


def test_a_language_that_is_not_there_is_said() -> None:
    with pytest.raises(MenuError, match="xx"):
        menu("resident", "xx", "長野市")


@pytest.mark.parametrize(("role", "alias"), [("resident", "kizuki-ja"), ("commissioner", "kizuki-ja-commissioner")])
def test_the_alias_tells_language_and_role(role: Role, alias: str) -> None:
    assert alias_of(role, "ja") == alias


def test_commissioners_have_their_own_order() -> None:
    resident, commissioner = (menu(role, "ja", "長野市") for role in ROLES)
    assert [area.tap for area in commissioner.areas][:2] == ["menu:notice", "menu:lines"]
    assert [area.tap for area in resident.areas][:2] == ["menu:notice", "menu:notice"]
