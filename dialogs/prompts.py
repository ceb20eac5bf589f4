"""The question that stands where a person stands: its text, what can be chosen, and the ways out.

The same options are shown as buttons, numbered in the text, and understood when typed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from dialogs import summary
from dialogs.measure import cut
from dialogs.path import progress
from dialogs.screens import Ask, Choice, Say, Screen
from dialogs.state import State
from dialogs.turn import Here, Turn

LABEL = 20
"""Graphemes of a label (LINE Messaging API reference, action objects)."""

MENU = ("notice", "lines", "about")
"""What can be done from home; the rich menu sends the same values as `menu:…`."""

SPOKEN = {
    **{way: f"ways.{way}" for way in ("back", "unknown", "later", "stop", "keep")},
    **{word: f"words.{word}" for word in ("help", "fresh")},
    **{item: f"menu.{item}" for item in (*MENU, "home")},
    **{choice: f"summary.choices.{choice}" for choice in ("send", "fix")},
    "person": "words.person",
    "form": "ways.form",
}
"""What can be wished for in words at any moment, and the key of those words."""

ASIDE_OPTIONS = {
    "begin": ("go", "no"),
    "resume": ("go", "fresh"),
    "later": ("go", "fresh"),
    "stop": ("yes", "no"),
    "fresh": ("yes", "no"),
}
_FORM_KINDS = frozenset({"story", "place", "phone"})
"""Kinds of question that the 安心フォーム answers as well."""
_ASIDE_WAYS = {"begin": ("later",), "resume": ("stop",), "stop": ("back",), "fresh": ("back",)}


@dataclass(frozen=True, slots=True)
class Option:
    """A thing to choose: the first of `words` is its label, all of them mean it."""

    value: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question as data: `ways` are names of commands, `help` the key of what explains it."""

    text: str
    help: str
    options: tuple[Option, ...] = ()
    ways: tuple[str, ...] = ()
    location: bool = False
    first: tuple[Screen, ...] = ()


def present(turn: Turn, state: State) -> Prompt:
    """The question of `state`."""
    if state.calm:
        return _aside(turn, "calm", ("called", "cannot", "go"), ways=())
    here = turn.here(state)
    if state.aside in ASIDE_OPTIONS:
        return _aside(turn, state.aside, ASIDE_OPTIONS[state.aside], _ASIDE_WAYS.get(state.aside, ()))
    if here is None:
        return Prompt(turn.say("home.ask"), "home.help", tuple(_menu(turn)))
    if state.aside == "fix":
        return _fix(here)
    if state.aside == "place":
        return _places(turn, state)
    return _step(here)


def screens(turn: Turn, state: State) -> tuple[Screen, ...]:
    """The present question as screens: the last of them is an Ask."""
    prompt = present(turn, state)
    choices = tuple(_choice(state, option.value, option.words[0]) for option in prompt.options)
    more = tuple(_choice(state, f".{way}", turn.say(f"ways.{way}")) for way in prompt.ways)
    return (*prompt.first, Ask(prompt.text, choices, more, prompt.location))


def _choice(state: State, value: str, label: str) -> Choice:
    data = value if value.startswith("menu:") else f"k1:{state.session}:{state.nonce}:{value}"
    return Choice(cut(label, LABEL), data, label)


def _menu(turn: Turn) -> Iterator[Option]:
    for item in MENU:
        yield Option(f"menu:{item}", turn.words(f"menu.{item}"))


def _aside(turn: Turn, name: str, values: tuple[str, ...], ways: tuple[str, ...]) -> Prompt:
    asked = turn.say(f"asides.{name}.ask")
    name = "resume" if name == "later" else name  # another beginning, the same choices
    return Prompt(
        asked,
        f"asides.{name}.help",
        tuple(Option(value, _aside_words(turn, name, value)) for value in values),
        ways,
    )


def _aside_words(turn: Turn, name: str, value: str) -> tuple[str, ...]:
    """Words of a choice; a plain はい or いいえ is understood for the two sides of a side question."""
    words = turn.words(f"asides.{name}.choices.{value}")
    if value == "yes" or (value == "go" and name != "calm"):
        return (*words, *turn.words("words.yes"))
    return (*words, *turn.words("words.no")) if value == "no" else words


def _fix(here: Here) -> Prompt:
    steps = summary.answered(here)
    options = (Option(step.id, here.turn.words(here.at(step).key("name"))) for step in steps)
    return Prompt(here.turn.say("asides.fix.ask"), "asides.fix.help", tuple(options), ("back", "later", "stop"))


def _places(turn: Turn, state: State) -> Prompt:
    ways = ("back", "unknown", "later", "stop")
    if len(state.places) == 1:
        text = turn.say("asides.place.one", place=state.places[0][1])
        yes, no = (Option(value, _aside_words(turn, "place", value)) for value in ("yes", "no"))
        return Prompt(text, "asides.place.help", (yes, no), ways, location=True)
    districts = (Option(f"at-{index}", (label,)) for index, (_, label) in enumerate(state.places))
    none = Option("none", turn.words("asides.place.choices.none"))
    return Prompt(turn.say("asides.place.many"), "asides.place.help", (*districts, none), ways, location=True)


def _step(here: Here) -> Prompt:
    kind = here.step.kind
    return Prompt(
        _question(here),
        here.key("help"),
        tuple(_options(here)),
        tuple(_ways(here)),
        location=kind == "place",
        first=(Say(summary.listing(here)),) if kind == "summary" else (),
    )


def _question(here: Here) -> str:
    turn, step, facts = here.turn, here.step, here.turn.event.facts
    if here.state.page:
        text = turn.say("story.page", page=turn.say(here.key(f"pages.{here.state.page}")))
    else:
        key = here.key(_question_key(here))
        text = turn.say(key, readers=facts.readers, answer_time=facts.answer_time)
    lines = [text, *_offer(here)]
    if step.counts:
        n, total = progress(here.script, step.id)
        lines.insert(0, turn.say("progress", n=n, total=total))
    if step.id in here.state.done and not here.state.page:
        lines.append(turn.say("current", answer=summary.answer(here)))
    return "\n".join(lines)


def _offer(here: Here) -> Iterator[str]:
    """What the 安心フォーム is good for at this question."""
    if offers_form(here) and not here.state.page:
        way = "talk" if here.turn.takes_words else "off"
        yield here.turn.say(f"form.offer.{here.step.kind}.{way}")


def offers_form(here: Here) -> bool:
    return here.turn.event.facts.has_form and here.step.kind in _FORM_KINDS


def _question_key(here: Here) -> str:
    if here.step.kind in _FORM_KINDS and not here.turn.takes_words:
        return "off"
    return "more" if here.step.kind == "story" and _has_story(here.state) else "ask"


def _has_story(state: State) -> bool:
    return bool(state.all("story") or state.all("signs"))


def _options(here: Here) -> Iterator[Option]:
    if here.step.kind == "notice":
        yield _option(here, "agree", here.key("choices.agree"), also="words.yes")
    elif here.step.kind == "story":
        yield from _story_options(here)
    elif here.step.kind == "summary":
        for value in ("send", "fix", "stop"):
            yield _option(here, value, f"summary.choices.{value}", also="words.yes" if value == "send" else "")
    for value in here.step.choices:
        if here.turn.takes_words or here.turn.event.facts.has_form or value not in here.step.needs_words:
            yield _option(
                here, value, here.key(f"choices.{value}"), also=f"words.{value}" if value in {"yes", "no"} else ""
            )


def _option(here: Here, value: str, key: str, also: str = "") -> Option:
    return Option(value, (*here.turn.words(key), *(here.turn.words(also) if also else ())))


def _story_options(here: Here) -> Iterator[Option]:
    turn, state = here.turn, here.state
    if state.page:
        for sign in here.step.pages[state.page]:
            words = turn.words(here.key(f"signs.{sign}"))
            yield Option(sign, (turn.say("story.mark") + words[0], *words) if sign in state.all("signs") else words)
        yield Option("list", turn.words("story.list"))
    else:
        for page in here.step.pages:
            yield Option(f"page-{page}", turn.words(here.key(f"pages.{page}")))
    if _has_story(state):
        yield Option("done", turn.words("story.done"))
    if state.of("story", private=False) and not state.page:
        yield Option("rewrite", turn.words("story.rewrite"))


def _ways(here: Here) -> Iterator[str]:
    step = here.step
    if offers_form(here) and step.kind == "phone":
        yield "form"  # the better way to tell a number, so it comes first
    yield "back"
    if not set((step.unknown or {}).values()) & set(step.choices):
        yield "unknown"  # where a choice already says so, a second button would ask twice
    yield "later"
    if step.kind != "summary":
        yield "stop"  # the summary has it among its choices
    if step.id in here.state.done and step.kind != "story":
        yield "keep"
    if offers_form(here) and step.kind != "phone":
        yield "form"
