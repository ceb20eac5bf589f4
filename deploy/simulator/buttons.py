"""The buttons a person can tap now, and which message each belongs to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from deploy.simulator.models import Json, Person
from deploy.simulator.world import World

Source = Literal["quick", "bubble", "menu"]


@dataclass(frozen=True, slots=True)
class Button:
    """`item` is the message (or rich menu) it stands in, `index` its number there."""

    source: Source
    item: str
    index: int
    label: str
    action: Json


def actions_in(node: Any) -> Iterator[Json]:
    """All actions of a message in the order of its JSON; quick replies are not part of the bubble."""
    if isinstance(node, list):
        for member in node:
            yield from actions_in(member)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in ("action", "defaultAction") and isinstance(value, dict):
                yield value
            elif key == "actions" and isinstance(value, list):
                yield from (action for action in value if isinstance(action, dict))
            elif key != "quickReply":
                yield from actions_in(value)


def label_of(action: Json) -> str:
    """What is written on the button; for an area without label, what a tap would say."""
    return str(action.get("label") or action.get("displayText") or action.get("text") or "")


def available(world: World, person: Person) -> list[Button]:
    """Every button in reach: quick replies, then bubbles from the newest (old ones stay live), then the rich menu."""
    found: list[Button] = []
    if person.quick:
        found += _buttons("quick", person.quick.item, person.quick.actions)
    for item in reversed(person.items):
        if item.sender == "bot" and not item.unsent:
            found += _buttons("bubble", item.id, list(actions_in(item.message)))
    menu = world.menus.shown_to(person)
    if menu:
        found += _buttons("menu", menu.id, [area["action"] for area in menu.body["areas"]])
    return found


def _buttons(source: Source, item: str, actions: list[Json]) -> list[Button]:
    return [Button(source, item, index, label_of(action), action) for index, action in enumerate(actions)]
