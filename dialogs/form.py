"""The 安心フォーム beside the talk: the way to it, and what was written there.

Nothing of it is ever said in the talk: LINE keeps what is said there, and others may look at the phone.
"""

from collections.abc import Iterator
from dataclasses import replace

from dialogs.asides import OPEN_PATH, begun
from dialogs.events import FormDone
from dialogs.path import fitted, next_open
from dialogs.screens import FormLink, Say, Screen
from dialogs.script import Script, ScriptStep
from dialogs.state import State
from dialogs.turn import Move, Turn, told


def screen(turn: Turn, key: str, **values: object) -> Screen:
    """The text of `key`; where there is a form, its other wording (`key`_form) with the way to the form."""
    if turn.event.facts.has_form:
        return FormLink(turn.say(f"{key}_form", **values), turn.say("form.label"))
    return Say(turn.say(key, **values))


def sent_there(turn: Turn, state: State, key: str, **values: object) -> Move:
    """Something that the talk does not take: said kindly, with the form where there is one."""
    return Move(state, told=(screen(turn, key, **values),))


def asked_for(turn: Turn, state: State) -> Move:
    """The form was wished for; the question stays as it is."""
    return sent_there(turn, state, "form.link")


def done(turn: Turn, state: State, form: FormDone) -> Move:
    """The form was confirmed: its fields join the draft, and the talk goes on at the next open question.

    The form has a consent of its own, so the notice of the talk counts as read, and the path begins where nothing was
    begun.
    """
    script = turn.book.scripts.get(state.script or OPEN_PATH)
    if form == FormDone() or script is None:
        return told(turn, state, "form.empty")
    state = replace(state, calm=False)
    read = [step.id for step in script.steps if step.kind == "notice" and step.once]
    state = replace(state, once=tuple(dict.fromkeys((*state.once, *read))))
    if not state.step:
        state = begun(turn, state, script.id)
    filled = _filled(turn, state, form)
    answered = [step.id for step in script.steps if _is_answered(step, form, filled)]
    return told(turn, _on(turn, script, filled, (*read, *answered)), "form.thanks")


def _on(turn: Turn, script: Script, state: State, answered: tuple[str, ...]) -> State:
    """`state` at the next open question; districts that the person is choosing from stay."""
    state = fitted(replace(state, done=tuple(dict.fromkeys((*state.done, *answered)))), turn.book, turn.limits)
    step = next_open(script, state, turn.limits) or state.step
    if step == state.step and state.aside == "place":
        return state
    return replace(state, step=step, page="", aside="", places=())


def _filled(turn: Turn, state: State, form: FormDone) -> State:
    """`state` with what was written: instead of what an earlier form told, and beside what the talk told."""
    for slot, values in _fields(form):
        state = state.without("contact", "phone") if slot == "contact" else state.without_private(slot)
        for value in values:
            state = state.with_entry(slot, value, private=True)
    places = turn.event.heard.places
    if (form.address or form.landmark) and len(places) == 1:
        state = state.with_only("district", places[0].id, private=True)
        state = state.with_only("district_label", places[0].label, private=True)
    return state


def _fields(form: FormDone) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Slot → values, of what was filled in."""
    if form.contact:
        yield "contact", (form.contact,)
    if form.contact == "phone" and form.phone:
        yield "phone", (form.phone,)
    for slot, value in (
        ("story", form.story),
        ("name", form.name),
        ("address", form.address),
        ("landmark", form.landmark),
    ):
        if value:
            yield slot, (value,)
    if form.photos:
        yield "photos", form.photos


def _is_answered(step: ScriptStep, form: FormDone, state: State) -> bool:
    """Whether the form answered the question."""
    if step.kind == "story":
        return bool(form.story)
    if step.kind == "place":
        return state.is_private("district")
    if step.kind == "phone":
        return form.contact == "phone" and bool(form.phone)
    return step.slot == "contact" and bool(form.contact)
