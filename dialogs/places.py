"""Where it is: words or a position become a district that the person confirms, or a landmark."""

from dataclasses import replace

from dialogs.events import Located
from dialogs.script import SLOTS
from dialogs.state import State
from dialogs.turn import Here, Move, hinted, told

_POLE, _DATE_LINE = 90, 180


def heard(here: Here, text: str) -> Move:
    """A place in words; the words stay as landmark, except where the city takes no words in the talk."""
    turn, state = here.turn, here.state
    if not turn.takes_words:
        if not turn.event.heard.places:
            return hinted(turn, state, "refuse.off_place")
        text = ""
    if len(text) > turn.limits.place_text:
        return told(turn, state, "refuse.long", limit=turn.limits.place_text)
    return _offered(here, state.without(*SLOTS["place"]).with_entry("place_text", text, turn.message))


def located(here: Here, place: Located) -> Move:
    """A place on the map, kept to about a hundred metres; the address LINE adds is not kept."""
    if not (abs(place.latitude) <= _POLE and abs(place.longitude) <= _DATE_LINE) or _is_nowhere(place):
        return hinted(here.turn, here.state, "odd.position")
    state = here.state.without(*SLOTS["place"])
    position = f"{place.latitude:.3f},{place.longitude:.3f}"
    return _offered(here, state.with_entry("position", position, place.message_id))


def _is_nowhere(place: Located) -> bool:
    """Latitude and longitude zero are what a broken sender gives."""
    return (place.latitude, place.longitude) == (0, 0)


def _offered(here: Here, state: State) -> Move:
    found = here.turn.event.heard.places[: here.turn.limits.candidates]
    if not found:
        return _kept(here, state)
    return Move(replace(state, aside="place", places=tuple((place.id, place.label) for place in found)))


def chosen(here: Here, value: str) -> Move:
    """The answer to the districts offered."""
    turn, state = here.turn, here.state
    if value == "none":
        return _kept(here, state)
    if value == "no":
        return hinted(turn, replace(state, aside="", places=()), "place.other")
    district, label = state.places[0 if value == "yes" else int(value.removeprefix("at-"))]
    source = next((entry.message for entry in state.entries if entry.slot in {"place_text", "position"}), "")
    settled = state.without("district", "district_label")
    settled = settled.with_entry("district", district, source).with_entry("district_label", label, source)
    return Move(here.forward(settled))


def _kept(here: Here, state: State) -> Move:
    """No district: what was told stays as a landmark."""
    key = "place.kept_position" if state.get("position") else "place.kept"
    settled = state.without("district", "district_label").with_entry("district", "")
    return hinted(here.turn, here.forward(settled), key)
