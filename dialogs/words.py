"""A person's own words: when they are taken, and when they are kindly refused (and nothing of them is kept).

What tells something is never thrown away, wherever it was written: it becomes part of the story.
"""

from dataclasses import replace

from dialogs import answers, form
from dialogs.screens import Say
from dialogs.state import State
from dialogs.turn import Move, Turn, after, hinted, told

_NOTHING = (
    *("words.yes", "words.no", "words.greeting", "words.thanks", "story.done", "story.again", "story.rewrite"),
    *("story.list", "place.no_words", "asides.calm.choices.called", "asides.calm.choices.cannot"),
    *("asides.calm.choices.go", "summary.choices.send", "summary.choices.fix", "summary.choices.stop"),
)
"""Words for going about in the talk; alone they tell nothing about anybody."""


def refused(turn: Turn, state: State, text: str) -> Move | None:
    """The answer to words that cannot be taken into the story, or None where they can."""
    if not turn.takes_words:
        return form.sent_there(turn, state, "refuse.off")
    limits, short = turn.limits, turn.event.facts.talk_text == "short"
    message, total = (limits.short_message, limits.short_total) if short else (limits.full_message, limits.full_total)
    if len(text) > message:
        return form.sent_there(turn, state, "refuse.long", limit=f"{message:,}")
    if len(text) + sum(len(words) for words in state.of("story", private=False)) > total:
        return form.sent_there(turn, state, "refuse.full", limit=f"{total:,}")
    return None


def taken(turn: Turn, state: State, text: str) -> Move:
    """The words become part of the story."""
    return refused(turn, state, text) or Move(replace(kept(turn, state, text), page=""))


def kept(turn: Turn, state: State, text: str) -> State:
    """`state` with the words in the story, as they may be kept."""
    return state.with_story(turn.kept(text), turn.message, turn.event.at)


def says_nothing(turn: Turn, text: str) -> bool:
    """Whether `text` alone tells nothing: a number of some list, a yes or no, a greeting, the word of a button."""
    if answers.number(text) is not None:
        return True
    return answers.only(text, [word for key in _NOTHING for word in turn.words(key)])


def tells(turn: Turn, text: str) -> bool:
    """Whether `text` tells something, whatever was asked: danger was heard in it, or it is longer than an answer."""
    return turn.event.heard.danger is not None or (
        answers.letters(text) > turn.limits.answer and not says_nothing(turn, text)
    )


def also(turn: Turn, state: State, text: str, otherwise: str = "odd.pick") -> Move:
    """Words at a question that they do not answer: kept where they tell something, and the question is asked again."""
    if not tells(turn, text):
        return hinted(turn, state, otherwise)
    return refused(turn, state, text) or told(turn, kept(turn, state, text), "told.kept")


def held(turn: Turn, state: State, text: str) -> Move:
    """Words written where no story was asked for: before anything is begun, or on coming back to a draft."""
    if state.step:
        back = replace(state, aside="resume")
        return Move(back) if says_nothing(turn, text) else also(turn, back, text)
    if state.aside == "begin" or not answers.foreign(text) or answers.means(text, turn.words("words.yes")):
        return _first(turn, state, text)
    return after((Say(turn.say("told.foreign")),), _first(turn, state, text))


def _first(turn: Turn, state: State, text: str) -> Move:
    """Words before anything is begun wait for their person to agree to the questions."""
    if says_nothing(turn, text):
        is_thanks = state.receipt and answers.only(text, turn.words("words.thanks"))
        return hinted(turn, state, "told.thanks") if is_thanks else Move(state)
    return refused(turn, state, text) or Move(replace(kept(turn, state, text), aside="begin"))
