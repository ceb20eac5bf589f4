"""Walking a script: which question comes next, which came before, and whether a stored state still fits."""

from dataclasses import replace
from typing import Any

from dialogs.book import Book
from dialogs.limits import Limits
from dialogs.script import Script, ScriptStep
from dialogs.state import Aside, Entry, State


def applies(step: ScriptStep, state: State) -> bool:
    """Whether `step` is asked, given what was answered so far."""
    return all(state.get(slot) == value for slot, value in step.when.items())


def next_open(script: Script, state: State, limits: Limits) -> str | None:
    """The first question not yet answered; None when the script is longer than one act may walk."""
    for looked_at, step in enumerate(script.steps):
        if looked_at == limits.steps_per_event:
            return None
        if step.id not in state.done and applies(step, state):
            return step.id
    return script.steps[-1].id


def forward(state: State, script: Script, limits: Limits) -> State:
    """`state` after its question was answered: at the next open one.

    A question that was answered with something else (わからない to the telephone number) is not done: if it applies
    again, it is asked again.
    """
    asked = script.step(state.step)
    is_told = asked is None or not asked.slots or any(entry.slot in asked.slots for entry in state.entries)
    done = tuple(dict.fromkeys((*state.done, state.step))) if is_told else state.done
    answered = replace(state, done=done, page="", aside="", places=())
    step = next_open(script, answered, limits)
    return replace(answered, step=step) if step else replace(ended(state), restarted=True)


def before(script: Script, state: State) -> str | None:
    """The question before the present one; a notice that was read is not read again."""
    found = None
    for step in script.steps:
        if step.id == state.step:
            return found
        if applies(step, state) and step.kind != "notice":
            found = step.id
    return None


def progress(script: Script, step_id: str) -> tuple[int, int]:
    """(which, of how many) among the questions that count."""
    counted = [step.id for step in script.steps if step.counts]
    return (counted.index(step_id) + 1 if step_id in counted else 0), len(counted)


def began(state: State, script: Script, session: str, limits: Limits) -> State | None:
    """A new session of `script`; what was told before it began is kept. None where the script has no next question."""
    fresh = State(
        session=session,
        script=script.id,
        script_version=script.version,
        done=state.once,
        once=state.once,
        entries=state.entries,
        sent=state.sent,
        receipt=state.receipt,
        calmed=state.calmed,
        quieted=state.quieted,
        warned=state.warned,
    )
    first = next_open(script, fresh, limits)
    return replace(fresh, step=first) if first else None


def ended(state: State, *, receipt: str = "") -> State:
    """The state of a person whose draft is gone: nothing of what was told stays, only the code of what was sent."""
    if receipt:
        return State(once=state.once, sent=state.session, receipt=receipt)
    return State(once=state.once, sent=state.sent, receipt=state.receipt)


def fitted(state: State, book: Book, limits: Limits) -> State:
    """`state` as the present book understands it; answers that a changed script no longer knows are asked again."""
    if not state.step:
        return _idle(state)
    script = book.scripts.get(state.script)
    if script is None:
        return replace(ended(state), restarted=True)
    entries = tuple(entry for entry in state.entries if _known(script, entry))
    slots = {entry.slot for entry in entries}
    needed = {step.id for step in script.steps if not step.slots or not slots.isdisjoint(step.slots)}
    done = tuple(step for step in state.done if step in needed)
    kept = _changed(state, script_version=script.version, entries=entries, done=done)
    return _placed(kept, script, limits)


def _changed(state: State, **changes: Any) -> State:
    """`state` with what really changes: nearly every state fits as it is, and a copy of it takes time in every act."""
    return replace(state, **changes) if any(getattr(state, name) != value for name, value in changes.items()) else state


def _idle(state: State) -> State:
    aside: Aside = "begin" if state.all("story") else ""
    return _changed(state, aside=aside, script="", page="", places=(), done=())


def _known(script: Script, entry: Entry) -> bool:
    """Whether a choice that was answered can still be answered so."""
    for step in script.steps:
        if entry.slot == step.slot:
            return entry.value in (*step.choices, (step.unknown or {}).get(entry.slot))
        if entry.slot == "signs" and step.kind == "story":
            return entry.value in step.signs
    return True


def _placed(state: State, script: Script, limits: Limits) -> State:
    step = script.step(state.step)
    if step is None or not applies(step, state):
        first = next_open(script, state, limits)
        return (
            replace(state, step=first, page="", aside="", places=()) if first else replace(ended(state), restarted=True)
        )
    page = state.page if state.page in step.pages else ""
    aside = state.aside
    if aside == "begin" or (aside == "place" and not (state.places and step.kind == "place")):
        aside = ""
    if aside == "fix" and step.kind != "summary":
        aside = ""
    return _changed(state, page=page, aside=aside)
