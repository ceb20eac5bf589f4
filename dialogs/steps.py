"""Answers to the questions of a script, one function a kind of question."""

from dataclasses import replace

from dialogs import answers, places, summary, words
from dialogs.effects import Submit
from dialogs.events import Danger
from dialogs.path import ended
from dialogs.screens import Say, Suggested
from dialogs.turn import Here, Move, hinted


def picked(here: Here, value: str) -> Move:
    """A choice of the present question, tapped or typed."""
    step, state = here.step, here.state
    if step.kind == "story":
        return _story(here, value)
    if step.kind == "summary":
        return _sent(here) if value == "send" else Move(replace(state, aside="fix" if value == "fix" else "stop"))
    if step.kind == "notice":
        return Move(here.forward(replace(state, once=(*state.once, step.id) if step.once else state.once)))
    answered = state.with_only(step.slot or "", value, here.turn.message)
    return Move(here.forward(answered), alarm=_alarm(here, value))


def said(here: Here, text: str) -> Move:
    """Own words at the present question."""
    turn, kind = here.turn, here.step.kind
    if kind == "phone":
        return _phone(here, text)
    if kind == "story" and answers.means(text, turn.words("story.done")):
        return hinted(turn, here.state, here.key("need"))  # with something told, it would have been a choice
    if kind in {"story", "place"} and words.says_nothing(turn, text):
        return hinted(turn, here.state, here.key("help"))
    if kind == "story":
        return words.taken(turn, here.state, text)
    return places.heard(here, text) if kind == "place" else hinted(turn, here.state, "odd.pick")


def unsure(here: Here) -> Move:
    """わからない is an answer where the script gives it a value; elsewhere it is a wish to have things explained."""
    if here.step.unknown is None:
        return hinted(here.turn, here.state, here.key("help"))
    state = here.state.without("district_label") if here.step.kind == "place" else here.state
    for slot, value in here.step.unknown.items():
        state = state.with_only(slot, value)
    return hinted(here.turn, here.forward(state), here.key("unsure"))


def _phone(here: Here, text: str) -> Move:
    number = answers.phone(text)
    if number is None:
        return hinted(here.turn, here.state, "phone.bad")
    return Move(here.forward(here.state.with_only("phone", number, here.turn.message)))


def _story(here: Here, value: str) -> Move:
    state = here.state
    if value == "done":
        return Move(here.forward(state))
    if value == "rewrite":
        return Move(state.without("story"))
    if value == "list":
        return Move(replace(state, page=""))
    if value.startswith("page-"):
        return Move(replace(state, page=value.removeprefix("page-")))
    if value in state.all("signs"):
        left = tuple(entry for entry in state.entries if (entry.slot, entry.value) != ("signs", value))
        return Move(replace(state, entries=left))
    return Move(state.with_entry("signs", value, here.turn.message), alarm=_alarm(here, value))


def _alarm(here: Here, value: str) -> Danger | None:
    alarm = here.step.alarms.get(value)
    if alarm is None:
        return None
    facts = here.turn.event.facts
    lines = dict.fromkeys(line for kind in alarm.kinds for line in facts.lines_by_kind.get(kind, ()))
    return Danger(alarm.level, alarm.kinds, tuple(lines) or facts.danger_lines)


def _sent(here: Here) -> Move:
    turn, script, facts = here.turn, here.script, here.turn.event.facts
    suggested = Suggested(
        intro=turn.say(f"{script.id}.suggest.intro"),
        nothing=turn.say(f"{script.id}.suggest.nothing"),
        story=summary.words_for_search(here),
        district=here.state.get("district") or None,
    )
    receipt = turn.say(f"{script.id}.receipt", receipt=facts.receipt, answer_time=facts.answer_time)
    return Move(
        ended(here.state, sent=here.state.session),
        told=(Say(receipt), suggested, Say(turn.say(f"{script.id}.after"))),
        effects=(Submit(summary.report(here), facts.receipt, script.id, script.version),),
    )
