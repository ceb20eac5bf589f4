"""What LINE brings when it is no answer any more: its person went on meanwhile, or it came much too late.

It chooses nothing and commands nothing: はい was meant for another question. What it tells is not lost: own words go
into the story by their time, and danger is answered as ever. Else it is passed over where the person went on, for they
told us then what they wanted; and whoever has waited since is told once, with the question that stands.
"""

from dataclasses import replace

from dialogs import answers, commands, words
from dialogs.events import Said, SentOther
from dialogs.measure import blank, safe
from dialogs.prompts import present
from dialogs.state import State
from dialogs.turn import Here, Move, Turn, told


def heard(turn: Turn, state: State) -> Move:
    """What an act leads to that is no answer to the question of `state`."""
    act = turn.event.act
    kept = _kept(turn, state, safe(act.text)) if isinstance(act, Said) else None
    if kept:
        return kept
    is_excused = state.excused_at is not None and turn.at <= state.excused_at
    if turn.event.timing == "overtaken" or is_excused or isinstance(act, SentOther):
        return Move(state, asks=False)
    return told(turn, replace(state, excused_at=turn.now), "told.too_late")


def _kept(turn: Turn, state: State, text: str) -> Move | None:
    """The words in the story, if they belong there; the question, a calm one too, stands as it stood."""
    here, danger = turn.here(state), turn.event.heard.danger
    if danger is None or danger.level == "quiet":
        if _tells_nothing(turn, here, text) or words.refused(turn, state, text):
            return None
        danger = None
    if state.aside == "begin" or (here and here.step.kind == "story" and not state.aside):
        return words.taken(turn, state, text)
    if danger:
        return words.also(turn, state, text) if here else words.held(turn, state, text)
    is_newest = turn.event.timing == "late"
    return words.also(turn, state, text) if here and is_newest and words.tells(turn, text) else None


def _tells_nothing(turn: Turn, here: Here | None, text: str) -> bool:
    """Whether the words are but a choice of some question, or a wish for going about in the talk."""
    if blank(text) or words.says_nothing(turn, text) or commands.named(turn, text):
        return True
    return here is not None and any(_chooses(here, step.id, text) for step in here.script.steps)


def _chooses(here: Here, step: str, text: str) -> bool:
    """Whether the words name a choice of the question `step`."""
    standing = replace(here.state, step=step, page="", aside="", calm=False)
    options = present(here.turn, standing).options
    return answers.pick(text, [option.words for option in options]) is not None
