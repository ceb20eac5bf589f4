"""Where it is: words or a position become a district that the person confirms, or a landmark."""

from dataclasses import replace

from dialogs import form, words
from dialogs.answers import means, only
from dialogs.events import Located
from dialogs.script import SLOTS
from dialogs.state import State
from dialogs.turn import Here, Move, Turn, hinted

_POLE, _DATE_LINE = 90, 180


def heard(here: Here, text: str) -> Move:
    """A place in words.

    They stay as landmark. A whole story is kept as story, and where no place is in it, the place is asked again.
    Where the city takes no words in the talk, only the district is kept.
    """
    turn, state = here.turn, here.state
    found = turn.event.heard.places
    if asks_how(turn, text):
        return hinted(turn, state, "place.how")
    if not turn.takes_words:
        return _offered(here, _at(here, "")) if found else form.sent_there(turn, state, "refuse.off_place")
    if turn.event.heard.danger is None and len(text) <= turn.limits.phrase:
        return _offered(here, _at(here, text))
    kept = words.also(turn, state, text, otherwise="place.how")
    if not found or kept.state == state:
        return kept
    return replace(kept, state=_offered(here.standing(kept.state), _at(here.standing(kept.state), "")).state)


def asks_how(turn: Turn, text: str) -> bool:
    """Whether `text` is the word of a button, and so neither a place nor a landmark."""
    return only(text, (*turn.words("place.no_words"), *turn.words("story.done")))


def _at(here: Here, text: str) -> State:
    """The answer with `text` as landmark instead of any place told before."""
    turn = here.turn
    state = here.state.without(*SLOTS["place"]).with_entry("place_text", turn.kept(text), turn.message)
    for place in turn.event.heard.places:
        if text and means(text, (place.label, *place.names)):
            state = state.with_entry("place_is", place.id, turn.message)
    return state


def located(here: Here, place: Located) -> Move:
    """A place on the map, kept to about a hundred metres; the address LINE adds is not kept."""
    if not (abs(place.latitude) <= _POLE and abs(place.longitude) <= _DATE_LINE) or _is_nowhere(place):
        return hinted(here.turn, here.state, "odd.position")
    if here.turn.event.heard.outside:
        state, city = replace(here.state, aside="", places=()), here.turn.event.facts.city
        return hinted(here.turn, state, "place.outside", city=city)
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
    if district in state.all("place_is"):  # the words are the district's name: said once is enough
        settled = settled.with_only("place_text", "", source)
    settled = settled.with_entry("district", district, source).with_entry("district_label", label, source)
    return Move(here.forward(settled))


def _kept(here: Here, state: State) -> Move:
    """No district: what was told stays as a landmark."""
    key = "place.kept_position" if state.get("position") else "place.kept"
    settled = state.without("district", "district_label").with_entry("district", "")
    return hinted(here.turn, here.forward(settled), key)
