"""Template messages: buttons, confirm, carousel, image carousel. Source: reference, "Template messages"."""

from collections.abc import Callable

from deploy.simulator.counting import graphemes
from deploy.simulator.limits_actions import IMAGE_CAROUSEL, TEMPLATE, TEMPLATE_IMAGE, check_action
from deploy.simulator.probe import Probe

COLOUR = r"#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?"
TITLE = 40
BUTTONS_TEXT, BUTTONS_TEXT_WITH_PICTURE, BUTTONS_ACTIONS = 160, 60, 4
CONFIRM_TEXT, CONFIRM_ACTIONS = 240, 2
COLUMN_TEXT, COLUMN_TEXT_WITH_PICTURE, COLUMN_ACTIONS, COLUMNS = 120, 60, 3, 10


def check_template(template: Probe) -> None:
    if template.object() and template.at("type").one_of(tuple(KINDS), required=True):
        KINDS[template.value["type"]](template)


def _head(card: Probe, text_most: int, text_most_with_picture: int) -> None:
    """Picture, title and text of a card; the text must be shorter beside a picture or a title."""
    card.at("thumbnailImageUrl").url(("https",), required=False)
    card.at("title").text(TITLE, unit=graphemes, required=False)
    card.at("imageBackgroundColor").matches(COLOUR)
    adorned = bool(card.value.get("thumbnailImageUrl") or card.value.get("title"))
    card.at("text").text(text_most_with_picture if adorned else text_most, unit=graphemes)
    if not card.at("defaultAction").absent:
        check_action(card.at("defaultAction"), TEMPLATE_IMAGE)


def _image_style(template: Probe) -> None:
    template.at("imageAspectRatio").one_of(("rectangle", "square"))
    template.at("imageSize").one_of(("cover", "contain"))


def _actions(card: Probe, least: int, most: int) -> None:
    for action in card.at("actions").items(least, most):
        check_action(action, TEMPLATE)


def _buttons(template: Probe) -> None:
    _head(template, BUTTONS_TEXT, BUTTONS_TEXT_WITH_PICTURE)
    _image_style(template)
    _actions(template, 1, BUTTONS_ACTIONS)


def _confirm(template: Probe) -> None:
    template.at("text").text(CONFIRM_TEXT, unit=graphemes)
    _actions(template, CONFIRM_ACTIONS, CONFIRM_ACTIONS)


def _carousel(template: Probe) -> None:
    _image_style(template)
    columns = [column for column in template.at("columns").items(1, COLUMNS) if column.object()]
    for column in columns:
        _head(column, COLUMN_TEXT, COLUMN_TEXT_WITH_PICTURE)
        _actions(column, 1, COLUMN_ACTIONS)
    _alike(template, columns)


def _alike(template: Probe, columns: list[Probe]) -> None:
    """All columns must have the same number of actions, and all or none a picture and a title."""
    shapes = {
        (
            len(column.value["actions"]) if isinstance(column.value.get("actions"), list) else 0,
            bool(column.value.get("thumbnailImageUrl")),
            bool(column.value.get("title")),
        )
        for column in columns
    }
    if len(shapes) > 1:
        template.at("columns").wrong("columns must have the same number of actions and the same parts")


def _image_carousel(template: Probe) -> None:
    for column in template.at("columns").items(1, COLUMNS):
        if column.object():
            column.at("imageUrl").url(("https",))
            check_action(column.at("action"), IMAGE_CAROUSEL)


KINDS: dict[str, Callable[[Probe], None]] = {
    "buttons": _buttons,
    "confirm": _confirm,
    "carousel": _carousel,
    "image_carousel": _image_carousel,
}
