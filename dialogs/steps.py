"""Answers to the questions of a script, one function a kind of question."""

from dataclasses import replace

from dialogs import answers, form, places, summary, words
from dialogs.effects import Submit
from dialogs.events import Danger
from dialogs.path import ended
from dialogs.screens import Say, Suggested
from dialogs.turn import Here, Move, after, hinted


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
    if kind == "story":
        return _told(here, text)
    if kind == "place":
        # What a side question already offers can be answered wrongly, but never by a greeting.
        no_place = words.says_nothing(turn, text) and not places.asks_how(turn, text)
        return hinted(turn, here.state, here.key("help")) if no_place else places.heard(here, text)
    return _phone(here, text) if kind == "phone" else _near(here, text)


def _told(here: Here, text: str) -> Move:
    """Own words for the story. はい to 「ほかに気になることは」 is a wish to tell more."""
    turn, state = here.turn, here.state
    if answers.means(text, turn.words("story.done")):
        return hinted(turn, state, here.key("need"))  # with something told, it would have been a choice
    if answers.only(text, (*turn.words("words.yes"), *turn.words("story.again"))):
        return hinted(turn, state, "story.go_on" if turn.takes_words else "odd.pick")
    if words.says_nothing(turn, text):
        return hinted(turn, state, here.key("help"))
    return words.taken(turn, state, text)


def _near(here: Here, text: str) -> Move:
    """A choice in a person's own way of saying it, as long as it can be no other; what tells more is kept as well."""
    turn, step = here.turn, here.step
    kept = words.also(turn, here.state, text)
    is_sure = turn.event.heard.danger is None and answers.within(text, [turn.words("words.denies")]) is None
    at = answers.within(text, [turn.words(here.key(f"near.{value}")) for value in step.near]) if is_sure else None
    if at is None:
        return kept
    if len(text) <= turn.limits.phrase:
        return picked(here, step.near[at])
    return after(kept.told, picked(here.standing(kept.state), step.near[at]))


def unsure(here: Here) -> Move:
    """わからない is an answer where the script gives it a value; elsewhere it is a wish to have things explained."""
    if here.step.unknown is None:
        return hinted(here.turn, here.state, here.key("help"))
    state = here.state.without("district_label") if here.step.kind == "place" else here.state
    for slot, value in here.step.unknown.items():
        state = state.with_only(slot, value)
    return hinted(here.turn, here.forward(state), here.key("unsure"))


def _phone(here: Here, text: str) -> Move:
    if not here.turn.takes_words:
        return form.sent_there(here.turn, here.state, "refuse.off_phone")
    number = answers.phone(text)
    if number is None:
        has_digits = any(sign.isdigit() for sign in text) and here.turn.event.heard.danger is None
        # Half a telephone number is no story.
        return hinted(here.turn, here.state, "phone.bad") if has_digits else _no_phone(here, text)
    return Move(here.forward(here.state.with_only("phone", number, here.turn.message)))


def _no_phone(here: Here, text: str) -> Move:
    return words.also(here.turn, here.state, text, otherwise="phone.bad")


def _story(here: Here, value: str) -> Move:
    state = here.state
    if value == "done":
        return Move(here.forward(state))
    if value == "rewrite":
        return Move(state.without_told("story"))
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
    report, clues = summary.report(here), tuple(summary.clues(here))
    suggested = Suggested(
        intro=turn.say(f"{script.id}.suggest.intro"),
        nothing=turn.say(f"{script.id}.suggest.nothing"),
        story="\n".join(part for part in (report.story, *(clue.words for clue in clues)) if part),
        district=here.state.get("district") or None,
        reasons=not here.state.is_private("story"),
    )
    receipt = turn.say(here.script_key("receipt"), receipt=facts.receipt, answer_time=facts.answer_time)
    return Move(
        ended(here.state, receipt=facts.receipt),
        told=(Say(receipt), suggested, Say(turn.say(here.script_key("after")))),
        effects=(Submit(report, facts.receipt, script.id, script.version, clues),),
    )
