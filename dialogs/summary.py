"""What was told, put together: the list before sending, and the report that is sent."""

from collections.abc import Iterator
from typing import cast

from dialogs.effects import Clue, Contact, Report, YesNo
from dialogs.measure import cut
from dialogs.path import applies
from dialogs.script import ScriptStep
from dialogs.state import State
from dialogs.turn import Here, Turn

_SOURCED = (
    *("reporter_type", "district", "place_text", "position", "story", "signs", "observed_period"),
    *("immediate_danger", "danger_kinds", "household_type", "contact", "phone"),
)


def answered(here: Here) -> Iterator[ScriptStep]:
    """The questions whose answers are shown and may be corrected."""
    return (step for step in here.script.steps if step.slots and applies(step, here.state))


def listing(here: Here) -> str:
    """Every answer, one a line."""
    turn = here.turn
    lines = [turn.say("summary.head")]
    for step in answered(here):
        there = here.at(step)
        lines.append(turn.say("summary.line", name=turn.say(there.key("name")), answer=answer(there)))
    if here.state.is_private("name", "address", "photos"):
        lines.append(turn.say("summary.line", name=turn.say("form.name"), answer=turn.say("form.also")))
    return "\n".join(lines)


def answer(here: Here) -> str:
    """What was answered to the question, in words."""
    return "\n".join(_parts(here)) or here.turn.say("summary.unknown")


def _parts(here: Here) -> Iterator[str]:
    """What the talk told, as it is; what was written in the 安心フォーム is named, never shown."""
    state, step = here.state, here.step
    if step.slot and state.is_private(step.slot):
        yield here.turn.say("form.written")
    elif step.slot and (value := state.get(step.slot)) in step.choices:
        yield here.turn.say(here.key(f"choices.{value}"))
    elif step.kind == "place":
        yield from _place(here.turn, state)
    elif step.kind == "story":
        if words := state.of("story", private=False):
            yield cut("\n".join(words), here.turn.limits.shown_story)
        if state.is_private("story"):
            yield here.turn.say("form.written")
        yield from sign_labels(here)
    elif step.kind == "phone" and (phone := state.get("phone")):
        yield here.turn.say("form.written") if state.is_private("phone") else phone


def _place(turn: Turn, state: State) -> Iterator[str]:
    if (label := state.get("district_label")) and not state.is_private("district_label"):
        yield label
    if text := state.get("place_text"):
        yield turn.say("summary.landmark", text=text)
    if state.get("position"):
        yield turn.say("summary.position")
    if state.is_private("district_label", "landmark", "address"):
        yield turn.say("form.written")


def sign_labels(here: Here) -> Iterator[str]:
    """Labels of the signs chosen."""
    return (here.turn.say(here.key(f"signs.{sign}")) for sign in here.state.all("signs"))


def report(here: Here) -> Report:
    """The report as the record takes it. A telephone number counts only where calls are wanted."""
    state = here.state
    contact = state.get("contact") or "none"
    phone = state.get("phone") if contact == "phone" else ""
    return Report(
        reporter_type=state.get("reporter_type") or "unanswered",
        district=state.get("district") or None,
        place_text="\n".join(part for part in (state.get("place_text"), state.get("landmark")) if part),
        position=_position(state.get("position")),
        story="\n".join((*state.of("story", private=False), *state.of("story", private=True))),
        signs=state.all("signs"),
        observed_period=state.get("observed_period") or "unknown",
        immediate_danger=cast("YesNo", state.get("immediate_danger") or "unknown"),
        danger_kinds=tuple(dict.fromkeys((*state.all("danger_kinds"), *_tapped_kinds(here)))),
        household_type=state.get("household_type") or "unknown",
        contact=cast("Contact", contact),
        phone=phone,
        name=state.get("name"),
        address=state.get("address"),
        photos=state.all("photos"),
        sources=_sources(state, drop="" if phone else "phone"),
    )


def _tapped_kinds(here: Here) -> Iterator[str]:
    """Kinds of danger that lie in what was tapped."""
    for step in answered(here):
        for value, alarm in step.alarms.items():
            if any(value in here.state.all(slot) for slot in step.slots):
                yield from alarm.kinds


def _sources(state: State, drop: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for entry in state.entries:
        if entry.message and entry.slot in _SOURCED and entry.slot != drop:
            found[entry.slot] = tuple(dict.fromkeys((*found.get(entry.slot, ()), entry.message)))
    return found


def _position(stored: str) -> tuple[float, float] | None:
    try:
        latitude, longitude = (float(part) for part in stored.split(","))
    except ValueError:
        return None
    return latitude, longitude


def clues(here: Here) -> Iterator[Clue]:
    """What was tapped that helps to find agencies: the signs, and choices with words of their own for it."""
    turn, state = here.turn, here.state
    for step in answered(here):
        there = here.at(step)
        for value in state.all("signs") if step.kind == "story" else (state.get(step.slot or ""),):
            words = turn.say(there.key(f"search.{value}")) if value in step.search else ""
            if step.kind == "story":
                label = turn.say(there.key(f"signs.{value}"))
                yield Clue(label, words or label)
            elif words:
                yield Clue(words, words)
