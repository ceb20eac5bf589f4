"""What can be wished for at any moment: back, later, stop, not knowing, help, from the start, and the menu."""

from dataclasses import replace

from dialogs import answers, asides, danger, form, steps
from dialogs.path import before, ended
from dialogs.prompts import MENU, SPOKEN, present
from dialogs.screens import Say
from dialogs.state import State
from dialogs.turn import Here, Move, Turn, after, hinted, told


def named(turn: Turn, text: str) -> str | None:
    """The command that `text` names, whole."""
    return next((name for name, key in SPOKEN.items() if answers.means(text, turn.words(key))), None)


def follow(turn: Turn, state: State, name: str) -> Move:
    """What a command does where the person stands."""
    if name in {*MENU, "home"}:
        return menu(turn, state, name)
    if name == "form":
        return form.asked_for(turn, state)
    if name == "person":
        return told(turn, state, "told.person")
    if name == "help" or (name == "unknown" and (state.calm or state.aside not in {"", "place"})):
        return hinted(turn, state, present(turn, state).help)
    if state.calm:
        state = replace(state, calm=False)
        if name == "back":
            return Move(state)
    here = turn.here(state)
    return _on_path(here, name) if here else _before_path(turn, state, name)


def menu(turn: Turn, state: State, item: str) -> Move:
    """A tap on the rich menu: a draft is never lost by it, its person is asked whether to go on."""
    if item == "form":
        return form.asked_for(turn, state)
    state = replace(state, calm=False)
    if state.step:
        state = replace(state, aside="resume", places=())
    if item in turn.book.scripts:
        return Move(state if state.step else asides.begun(turn, state, item))
    if item == "lines":
        return Move(state, told=(danger.menu_card(turn),))
    if item == "about":
        facts = turn.event.facts
        return told(turn, state, "about", city=facts.city, readers=facts.readers, answer_time=facts.answer_time)
    return Move(state) if item == "home" else told(turn, state, "told.stale")


def _before_path(turn: Turn, state: State, name: str) -> Move:
    """Nothing is begun yet; perhaps words wait for their person to agree."""
    if name in {"send", "fix"} and state.receipt and state.aside != "begin":
        return already_sent(turn, state) if name == "send" else told(turn, state, "told.no_fix")
    if state.aside != "begin":
        return hinted(turn, state, "home.help" if name in {"unknown", "fresh"} else "told.nothing_yet")
    if name == "stop":
        return asides.ANSWERED["begin"](turn, state, "no")
    if name == "later":
        return told(turn, state, "told.later")
    return hinted(turn, state, "asides.begin.help")


def already_sent(turn: Turn, state: State) -> Move:
    """The report is with staff: its code again, and nothing is sent twice."""
    return told(turn, state, "told.already_sent", receipt=state.receipt)


def _summary_word(here: Here, name: str) -> Move:
    """送る or なおす where the summary does not stand: the way there."""
    turn, state = here.turn, here.state
    if state.aside in {"resume", "later"}:
        state = replace(state, aside="")
    if here.step.kind != "summary":
        return hinted(turn, state, f"told.{name}_later")
    return Move(replace(state, aside="fix" if name == "fix" else ""))


def _on_path(here: Here, name: str) -> Move:
    turn, state = here.turn, here.state
    if name in {"send", "fix", "back"}:
        return _back(here) if name == "back" else _summary_word(here, name)
    if name == "later":
        return Move(replace(state, aside="later", places=()))
    if name in {"stop", "fresh"}:
        return Move(replace(state, aside="stop" if name == "stop" else "fresh", places=()))
    if name == "unknown":
        return steps.unsure(here)
    if here.step.id in state.done:  # what is left is 「変えずに進む」, for an answer that stands already
        return Move(here.forward(state))
    return hinted(turn, state, here.key("help"))


def _back(here: Here) -> Move:
    state = here.state
    if state.aside:
        return Move(replace(state, aside="", places=()))
    if state.page:
        return Move(replace(state, page=""))
    step = before(here.script, state)
    if step:
        return Move(replace(state, step=step))
    # Before the first question lies the beginning; what was told is not left behind unasked.
    return Move(replace(state, aside="resume") if state.entries else ended(state))


def welcome(turn: Turn, state: State) -> Move:
    """Somebody added the account as a friend, or came back: a draft is kept and offered."""
    facts = turn.event.facts
    if state.is_draft:
        return after((Say(turn.say("welcome.back")),), menu(turn, state, "home"))
    return told(turn, state, "welcome.new", city=facts.city, readers=facts.readers)
