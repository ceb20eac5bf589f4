"""One act being answered, and what an answer is made of while it is worked out."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from dialogs.book import Book
from dialogs.effects import Effect
from dialogs.events import Danger, Event
from dialogs.limits import Limits
from dialogs.measure import safe
from dialogs.path import forward
from dialogs.screens import Say, Screen
from dialogs.script import Script, ScriptStep
from dialogs.state import State


@dataclass(frozen=True, slots=True)
class Turn:
    """What is fixed while one act is answered."""

    book: Book
    limits: Limits
    event: Event
    now: datetime

    def say(self, key: str, **values: object) -> str:
        return self.book.texts.say(key, **values)

    def words(self, key: str) -> tuple[str, ...]:
        return self.book.texts.words(key)

    def here(self, state: State) -> "Here | None":
        """The question of a script where `state` stands; None before anything is begun."""
        script = self.book.scripts.get(state.script)
        step = script.step(state.step) if script else None
        return Here(self, state, script, step) if script and step else None

    @property
    def message(self) -> str:
        """Id of the LINE message that this act came in; empty for a tap."""
        return getattr(self.event.act, "message_id", "")

    @property
    def takes_words(self) -> bool:
        """Whether the city takes a person's own words in the talk."""
        return self.event.facts.talk_text != "off"

    @property
    def masks(self) -> bool:
        """Whether personal data stand in the words of this act, and must not be kept from the talk."""
        return self.event.facts.talk_text == "short" and bool(self.event.heard.masked)

    def kept(self, text: str) -> str:
        """`text` as it may be kept: with personal data masked, where the city takes short words only."""
        return safe(self.event.heard.masked) if self.masks else text

    @property
    def at(self) -> datetime:
        """When the act happened, as far as it is known."""
        return self.event.at or self.now


@dataclass(frozen=True, slots=True)
class Here:
    """A person at a question of a script."""

    turn: Turn
    state: State
    script: Script
    step: ScriptStep

    def key(self, name: str) -> str:
        """The key of a text of this question, as it is said to whoever answers it."""
        own = "own." if name in self.step.own and self.is_own else ""
        return f"{self.script.id}.{self.step.id}.{own}{name}"

    def script_key(self, name: str) -> str:
        """The key of a text of the whole path, as it is said to whoever walks it."""
        own = "own." if name in self.script.own and self.is_own else ""
        return f"{self.script.id}.{own}{name}"

    @property
    def is_own(self) -> bool:
        """Whether the person speaks about themselves."""
        return self.state.get("reporter_type") == "self"

    def standing(self, state: State) -> "Here":
        return replace(self, state=state)

    def at(self, step: ScriptStep) -> "Here":
        return replace(self, step=step)

    def forward(self, state: State) -> State:
        """`state` after this question was answered: at the next open one."""
        return forward(state, self.script, self.turn.limits)


@dataclass(frozen=True, slots=True)
class Move:
    """An answer in the making; the present question of `state` is added at the end.

    Attributes:
        told: what the person must be told, whatever else happens.
        hints: small words before the question; left out where a danger stands in front.
        alarm: a danger that lies in the answer itself.
        asks: False where silence is the answer, if nothing must be told.
    """

    state: State
    told: tuple[Screen, ...] = ()
    hints: tuple[Screen, ...] = ()
    effects: tuple[Effect, ...] = ()
    alarm: Danger | None = field(default=None)
    asks: bool = True


def told(turn: Turn, state: State, key: str, **values: object) -> Move:
    return Move(state, told=(Say(turn.say(key, **values)),))


def hinted(turn: Turn, state: State, key: str, **values: object) -> Move:
    return Move(state, hints=(Say(turn.say(key, **values)),))


def after(first: tuple[Screen, ...], move: Move) -> Move:
    """`move`, with `first` told before it."""
    return replace(move, told=(*first, *move.told))
