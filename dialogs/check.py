"""The proof that a book holds: every text is there, every state can be reached and left, all within LINE's limits.

First the texts are compared with what engine and scripts ask for. Then the engine itself is walked through every
position (walk.py), tapping and writing everything a person could, and each answer is looked at.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from dialogs import prompts, walk
from dialogs.answers import pick
from dialogs.asides import OPEN_PATH
from dialogs.book import Book
from dialogs.events import Unsent
from dialogs.faults import fault
from dialogs.limits import Limits
from dialogs.measure import graphemes, utf16
from dialogs.prompts import LABEL
from dialogs.screens import Ask, Choice, DangerCard, FormLink, Screen, Suggested
from dialogs.state import State
from dialogs.texts import FIXED
from dialogs.turn import Turn
from dialogs.walk import ZONES, Zone

TEXT = 5_000
"""UTF-16 units of a text message (LINE Messaging API reference)."""
DATA = 300
"""UTF-16 units of postback data."""
BUTTONS = 13
"""Quick replies of one message, LINE's place picker among them."""
OWN = 2_500
"""UTF-16 units for the words to somebody who speaks about themselves, before choices and facts are put in."""
CARD = 600
"""Graphemes of the words on a card, as large as they stay readable on a telephone."""
FRAME = 100
"""UTF-16 units left for what the renderer adds around the choices in a text."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that would hurt a person: `where` is a text key or a position, `what` says it to an officer."""

    where: str
    what: str
    severity: Literal["error", "warning"] = "error"


def check(book: Book, zones: Sequence[Zone] = ZONES) -> list[Finding]:
    """Everything wrong with `book` where a city chose one of `zones`; an empty list is the proof that nothing is."""
    texts = list(_texts(book))
    # A walk among missing texts would only repeat them.
    return texts or list(dict.fromkeys((*_entries(book), *_walked(book, zones))))


def _texts(book: Book) -> Iterator[Finding]:
    wanted = dict(FIXED)
    for script in book.scripts.values():
        wanted |= script.text_keys()
    for key, placeholders in wanted.items():
        if not book.texts.has(key):
            yield Finding(key, fault("check.missing"))
        elif (found := book.texts.placeholders(key)) != placeholders:
            yield Finding(key, fault("check.placeholders", wanted=_names(placeholders), found=_names(found)))
        # The walk meets such words only on some of its ways, so their length is looked at here.
        elif ".own." in key and (n := utf16(book.texts.say(key))) > OWN:
            yield Finding(key, fault("check.text", n=n, most=OWN))
    for key in book.texts.strings:
        if key not in wanted:
            yield Finding(key, fault("check.unused"), "warning")


def _names(names: frozenset[str]) -> str:
    return " ".join(sorted(names)) or "-"


def _entries(book: Book) -> Iterator[Finding]:
    if OPEN_PATH not in book.scripts:
        yield Finding(OPEN_PATH, fault("check.path", menu=book.texts.say(f"menu.{OPEN_PATH}")))


def _walked(book: Book, zones: Sequence[Zone]) -> Iterator[Finding]:
    reached: set[str] = set()
    for zone in zones:
        found = walk.walk(book, zone)
        reached |= {position.name for position in found.positions}
        for visit in found.visits:
            yield from (Finding(visit.position.name, what) for what in _answer(visit))
        for position, state in found.positions.items():
            yield from (Finding(position.name, what) for what in _question(found.turn, state))
        yield from (Finding(position.name, fault("check.endless")) for position in found.stuck())
    yield from (Finding(name, fault("check.unreachable")) for name in sorted(walk.expected(book) - reached))


def _answer(visit: walk.Visit) -> Iterator[str]:
    """What is wrong with the answer to one act."""
    screens, most = visit.step.screens, Limits().screens_per_step
    if not screens and not isinstance(visit.event.act, Unsent) and visit.event.timing != "overtaken":
        yield fault("check.silent")
    if screens and not isinstance(screens[-1], Ask):
        yield fault("check.no_question")
    if len(screens) > most:
        yield fault("check.screens", n=len(screens), most=most)
    if visit.event.heard.danger and not isinstance(next(iter(screens), None), DangerCard):
        yield fault("check.no_danger")
    for screen in screens:
        yield from _screen(screen)
        if any(walk.PRIVATE in text for text in _texts_of(screen)):
            yield fault("check.private")


def _screen(screen: Screen) -> Iterator[str]:
    """What of a screen LINE would refuse."""
    for text in _texts_of(screen):
        if utf16(text) > TEXT:
            yield fault("check.text", n=utf16(text), most=TEXT)
        if not text.strip():
            yield fault("check.blank")
    if isinstance(screen, FormLink):
        yield from _link(screen)
    if isinstance(screen, Ask):
        n = len(screen.choices) + len(screen.more) + screen.location
        if n > BUTTONS:
            yield fault("check.buttons", n=n, most=BUTTONS)
        for choice in (*screen.choices, *screen.more):
            yield from _button(choice)


def _texts_of(screen: Screen) -> Iterator[str]:
    """The texts of a screen, a question with its numbered choices as the renderer shows it."""
    if isinstance(screen, Ask):
        labels = [f"{number}. {choice.label}" for number, choice in enumerate((*screen.choices, *screen.more), 1)]
        yield "\n".join((screen.text, *labels, " " * FRAME)) if screen.text.strip() else ""
    elif isinstance(screen, DangerCard):
        yield from (screen.title, screen.text)
    elif isinstance(screen, Suggested):
        yield from (screen.intro, screen.nothing)
    else:
        yield screen.text


def _link(link: FormLink) -> Iterator[str]:
    if graphemes(link.label) > LABEL:
        yield fault("check.label", label=link.label, most=LABEL)
    if not link.label.strip():
        yield fault("check.blank")
    if graphemes(link.text) > CARD:
        yield fault("check.text", n=graphemes(link.text), most=CARD)


def _button(choice: Choice) -> Iterator[str]:
    # A label that had to be cut is found by what the tap says: that is whole.
    if graphemes(choice.say) > LABEL:
        yield fault("check.label", label=choice.say, most=LABEL)
    if not choice.label.strip():
        yield fault("check.blank")
    if utf16(choice.data) > DATA:
        yield fault("check.data", label=choice.label)


def _question(turn: Turn, state: State) -> Iterator[str]:
    """What is wrong with the question at a position: its ways out, and whether its choices can be written."""
    yield from _ways(turn, state)
    options = [option.words for option in prompts.present(turn, state).options]
    for at, words in enumerate(options):
        if pick(str(at + 1), options) != at:
            yield fault("check.number", n=at + 1, label=words[0])
        for word in words:
            if pick(word, options) != at:
                yield fault("check.word", word=word, label=words[0])


def _ways(turn: Turn, state: State) -> Iterator[str]:
    """Back, later, stop and not knowing stand at every question of a script."""
    here = turn.here(state)
    if here is None or state.aside or state.calm:
        return
    offered = {choice.data.rsplit(":", 1)[-1] for choice in walk.buttons(turn, state)}
    known = set((here.step.unknown or {}).values())
    ways = [("back", set()), ("later", set()), ("stop", {"stop"}), ("unknown", known)]
    for way, others in (*ways, ("form", set())) if prompts.offers_form(here) else ways:
        if not offered & {f".{way}", *others}:
            yield fault("check.no_way", way=turn.say(f"ways.{way}"))
