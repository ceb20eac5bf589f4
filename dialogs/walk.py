"""Walking the engine through every position of a book, as a person who tries everything.

A position is what decides which question is asked and how it can be answered; what was answered beside that is one
example of many. So the walk proves positions, not every order of answers: those are left to the random tests.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from dialogs import prompts
from dialogs.book import Book
from dialogs.engine import Engine
from dialogs.events import (
    Act,
    Danger,
    Event,
    Facts,
    Followed,
    FormDone,
    Heard,
    HelpLine,
    Located,
    Place,
    Said,
    SentOther,
    TalkText,
    Tapped,
    Timing,
    Unsent,
)
from dialogs.limits import Limits
from dialogs.path import applies
from dialogs.screens import Ask, Choice
from dialogs.state import State, Step
from dialogs.turn import Turn

NOW = datetime(2026, 1, 5, tzinfo=UTC)
_LINES = tuple(HelpLine(f"窓口{at}", "0120-000-000", "0120000000") for at in range(6))
_DANGER = Heard(danger=Danger("now", ("life",), _LINES))
_MESSAGE = "walk-message"
_PRESENT: Timing = "present"
_LATE: tuple[tuple[Act, Heard, Timing], ...] = (
    (Said("はい", _MESSAGE), Heard(), "late"),
    (Said("なんとなく気になります", _MESSAGE), Heard(), "late"),
    (Said("なんとなく気になります", _MESSAGE), Heard(), "overtaken"),
    (Said("たおれています", _MESSAGE), _DANGER, "overtaken"),
)
_PLACES = tuple(Place(f"p{at}", f"地区{at}") for at in range(30))

PRIVATE = "ひみつのことば"
"""Stands in every word of the 安心フォーム that the walk fills in; it must never be shown."""
_FORM = FormDone(story=PRIVATE)
_WHOLE_FORM = FormDone(PRIVATE, PRIVATE, PRIVATE, PRIVATE, "phone", PRIVATE, (PRIVATE,))


@dataclass(frozen=True, slots=True)
class Zone:
    """What a city may allow in the talk, and whether there is the 安心フォーム, as far as it changes the questions."""

    talk_text: TalkText
    has_form: bool


ZONES = (
    Zone("short", has_form=True),
    Zone("off", has_form=True),
    Zone("short", has_form=False),
    Zone("off", has_form=False),
)
"""`full` asks what `short` asks."""


@dataclass(frozen=True, slots=True)
class Position:
    """What decides the next question and its answers."""

    script: str
    step: str
    page: str
    aside: str
    calm: bool
    answered: bool
    told: bool
    offered: int
    applying: tuple[str, ...]

    @property
    def name(self) -> str:
        """For people: script, step and page, and what stands over them."""
        path = ".".join(part for part in (self.script, self.step, self.page) if part)
        return "+".join(part for part in (path or "home", self.aside, "calm" if self.calm else "") if part)


@dataclass(frozen=True, slots=True)
class Visit:
    """One act at a position, and what the engine made of it."""

    position: Position
    before: State
    event: Event
    step: Step


@dataclass(slots=True)
class Walk:
    """Where the walk came: an example state for every position, every visit, and what leads where."""

    turn: Turn
    positions: dict[Position, State] = field(default_factory=dict)
    visits: list[Visit] = field(default_factory=list)
    links: dict[Position, set[Position]] = field(default_factory=dict)

    def stuck(self) -> Iterator[Position]:
        """Positions from which no end can be reached."""
        ending = {place for place in self.positions if not place.script}
        while more := {place for place, leads in self.links.items() if place not in ending and leads & ending}:
            ending |= more
        return (place for place in self.positions if place not in ending)


def walk(book: Book, zone: Zone) -> Walk:
    """Everywhere a person can come to, trying everything everywhere."""
    engine, start = Engine(book), State(touched=NOW)
    found = Walk(Turn(book, Limits(), _event("", Followed(), zone), NOW))
    found.positions[_position(book, start)] = start
    queue = deque(found.positions.items())
    while queue:
        place, state = queue.popleft()
        acts = ((act, heard, _PRESENT) for act, heard in _acts(found.turn, state))
        for act, heard, timing in (*acts, *_LATE):
            event = replace(_event(f"walk-{len(found.visits)}", act, zone, heard), timing=timing)
            step = engine.advance(state, event, NOW + timedelta(minutes=1))
            found.visits.append(Visit(place, state, event, step))
            reached = _position(book, step.state)
            found.links.setdefault(place, set()).add(reached)
            if reached not in found.positions:
                # Only what time would take back is taken back: the walk is longer than any session may be, and in it
                # nobody taps twice by mistake.
                found.positions[reached] = replace(step.state, events=1, tapped="", shared_at=None, excused_at=None)
                queue.append((reached, found.positions[reached]))
    return found


def expected(book: Book) -> set[str]:
    """Names of the positions that must be reached."""
    names = {"home", "home+begin", "home+calm"}
    for script in book.scripts.values():
        for step in script.steps:
            here = f"{script.id}.{step.id}"
            names |= {here, f"{here}+calm", *(f"{here}.{page}" for page in step.pages)}
            names |= {f"{here}+{aside}" for aside in ("resume", "later", "stop", "fresh")}
            names |= {f"{here}+place"} if step.kind == "place" else set()
            names |= {f"{here}+fix"} if step.kind == "summary" else set()
    return names


def _event(key: str, act: Act, zone: Zone, heard: Heard | None = None) -> Event:
    facts = Facts(
        "長野市",
        "読む人" * 20,
        "1月6日（火）8時30分ごろ",
        "AB12-CD34-EF56",
        _LINES,
        zone.talk_text,
        has_form=zone.has_form,
    )
    return Event(key, act, facts, heard or Heard())


def _position(book: Book, state: State) -> Position:
    script = book.scripts.get(state.script)
    plain = not (state.aside or state.calm)
    conditional = (step.id for step in script.steps if step.when and applies(step, state)) if script and plain else ()
    return Position(
        script=state.script,
        step=state.step,
        page=state.page if plain else "",
        aside=state.aside,
        calm=state.calm,
        answered=plain and state.step in state.done,
        told=plain and bool(state.all("story") or state.all("signs")),
        offered=min(len(state.places), 2),
        applying=tuple(conditional),
    )


def _acts(turn: Turn, state: State) -> Iterator[tuple[Act, Heard]]:
    for choice in buttons(turn, state):
        yield Tapped(choice.data), Heard()
    for key in prompts.SPOKEN.values():
        yield Said(turn.say(key), _MESSAGE), Heard()
    for item in (*prompts.MENU, "home"):
        yield Tapped(f"menu:{item}"), Heard()
    for places in ((), _PLACES[:1], _PLACES):
        yield Said("なんとなく気になります", _MESSAGE), Heard(places=places)
        yield Located(36.65, 138.19, "", _MESSAGE), Heard(places=places)
    yield Said("026-123-4567", _MESSAGE), Heard()
    yield Said("たおれています", _MESSAGE), _DANGER
    yield (
        Said("田中さんのことが気になります", _MESSAGE),
        Heard(personal=("name",), masked="〇〇さんのことが気になります"),
    )
    yield Said("あ" * (Limits().short_message + 1), _MESSAGE), Heard()
    yield SentOther("image"), Heard()
    if turn.event.facts.has_form:
        yield _FORM, _DANGER
        yield from ((_WHOLE_FORM, Heard(places=places)) for places in ((), _PLACES[:1], _PLACES[:2]))
    for act in (Followed(), SentOther("sticker"), Unsent(_MESSAGE), Tapped("k1:old:old:old")):
        yield act, Heard()


def buttons(turn: Turn, state: State) -> tuple[Choice, ...]:
    """Every button of the question where `state` stands."""
    asked = prompts.screens(turn, state)[-1]
    return (*asked.choices, *asked.more) if isinstance(asked, Ask) else ()
