"""A person's own words: when they are taken, and when they are kindly refused (and nothing of them is kept)."""

from dataclasses import replace

from dialogs import answers
from dialogs.state import State
from dialogs.turn import Move, Turn, told


def refused(turn: Turn, state: State, text: str) -> Move | None:
    """The answer to words that cannot be taken into the story, or None where they can."""
    if not turn.takes_words:
        return told(turn, state, "refuse.off")
    limits, short = turn.limits, turn.event.facts.talk_text == "short"
    message, total = (limits.short_message, limits.short_total) if short else (limits.full_message, limits.full_total)
    if len(text) > message:
        return told(turn, state, "refuse.long", limit=f"{message:,}")
    if len(text) + sum(len(words) for words in state.all("story")) > total:
        return told(turn, state, "refuse.full", limit=f"{total:,}")
    return None


def taken(turn: Turn, state: State, text: str) -> Move:
    """The words become part of the story."""
    return refused(turn, state, text) or Move(replace(state.with_entry("story", text, turn.message), page=""))


def says_nothing(turn: Turn, text: str) -> bool:
    """Whether `text` alone tells nothing: a number of some list, a yes or no, a greeting."""
    keys = ("words.yes", "words.no", "words.greeting")
    return answers.number(text) is not None or any(answers.means(text, turn.words(key)) for key in keys)


def held(turn: Turn, state: State, text: str) -> Move:
    """Words written where no story was asked for: before anything is begun, or on coming back to a draft."""
    if says_nothing(turn, text):
        return Move(replace(state, aside="resume") if state.step else state)
    refusal = refused(turn, state, text)
    if refusal:
        return refusal
    kept = state.with_entry("story", text, turn.message)
    return told(turn, replace(kept, aside="resume"), "told.kept") if state.step else Move(replace(kept, aside="begin"))
