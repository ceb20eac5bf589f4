"""A path of the conversation as data: steps in their order, each with its kind of question.

A step is asked when its `when` holds; the next question is always the first one not yet answered. There are no
jumps, so a script cannot run in circles, and a city officer reads it from top to bottom.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from dialogs.effects import Contact, YesNo
from dialogs.events import DangerLevel
from dialogs.faults import fault
from dialogs.texts import NONE

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
Kind = Literal["notice", "choice", "place", "story", "phone", "summary"]
ChoiceSlot = Literal["reporter_type", "observed_period", "immediate_danger", "household_type", "contact"]

SLOTS: Mapping[Kind, tuple[str, ...]] = {
    "place": ("district", "district_label", "place_text", "place_is", "position"),
    "story": ("story", "signs"),
    "phone": ("phone",),
}
"""Slots that a kind of question fills; a choice fills the one it names. `place_is` names the districts that the words
of the place are nothing but a name of."""

_VALUES: Mapping[str, tuple[str, ...]] = {"immediate_danger": get_args(YesNo), "contact": get_args(Contact)}


_TOLD: Mapping[Kind, frozenset[str]] = {
    "notice": frozenset({"readers"}),
    "summary": frozenset({"readers", "answer_time"}),
}
"""Facts of the city that these kinds of question must tell."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Alarm(_Model):
    """A choice that means danger: the telephone numbers are shown first."""

    level: DangerLevel
    kinds: tuple[Id, ...] = ()


class ScriptStep(_Model):
    """One question.

    Attributes:
        slot: for a choice, what of the report it fills.
        choices: ids of the choices, as shown.
        pages: for a story, pages of signs to tap.
        unknown: what わからない answers, slot by slot; without it わからない explains and asks again.
        when: asked only if these slots hold these values.
        alarms: choices or signs that mean danger.
        needs_words: choices left out where the city takes no words in the talk.
        near: choices that are also understood by words found inside what was typed.
        search: choices and signs with words of their own for finding agencies.
        own: texts said otherwise to somebody who speaks about themselves.
        counts: whether the step counts in the progress shown.
        once: shown once to a person, not in every session.
    """

    id: Id
    kind: Kind
    slot: ChoiceSlot | None = None
    choices: tuple[Id, ...] = ()
    pages: dict[Id, tuple[Id, ...]] = Field(default_factory=dict)
    unknown: dict[Id, str] | None = None
    when: dict[Id, Id] = Field(default_factory=dict)
    alarms: dict[Id, Alarm] = Field(default_factory=dict)
    needs_words: tuple[Id, ...] = ()
    near: tuple[Id, ...] = ()
    search: tuple[Id, ...] = ()
    own: tuple[Id, ...] = ()
    counts: bool = True
    once: bool = False

    @property
    def slots(self) -> tuple[str, ...]:
        """Slots of the report that this step fills."""
        return (self.slot,) if self.slot else SLOTS.get(self.kind, ())

    @property
    def signs(self) -> tuple[str, ...]:
        return tuple(sign for signs in self.pages.values() for sign in signs)

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "ScriptStep":
        for problem in self._problems():
            raise ValueError(problem)
        return self

    def _problems(self) -> Iterator[str]:
        is_choice = self.kind == "choice"
        if is_choice != bool(self.choices) or is_choice != bool(self.slot):
            yield fault("step.choices")
        if self.pages and self.kind != "story":
            yield fault("step.pages")
        if len(set(self.choices)) < len(self.choices) or len(set(self.signs)) < len(self.signs):
            yield fault("step.twice")
        allowed = _VALUES.get(self.slot or "")
        if allowed and not set(self.choices) <= set(allowed):
            yield fault("step.values", slot=self.slot, allowed="・".join(allowed))
        if not {*self.alarms, *self.needs_words, *self.search} <= {*self.choices, *self.signs}:
            yield fault("step.strangers")
        if not {*self.near} <= {*self.choices}:
            yield fault("step.strangers")
        if not {*self.own} <= {*_step_keys(self)}:
            yield fault("step.own")


class Script(_Model):
    """A path: `version` is raised when steps or choices change, not when words do.

    `own` are texts of the path said otherwise to somebody who speaks about themselves.
    """

    id: Id
    version: int = Field(ge=1)
    own: tuple[Literal["receipt", "after"], ...] = ()
    steps: tuple[ScriptStep, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _fits_together(self) -> "Script":
        for problem in self._problems():
            raise ValueError(problem)
        return self

    def _problems(self) -> Iterator[str]:
        ids = [step.id for step in self.steps]
        kinds = [step.kind for step in self.steps]
        if len(set(ids)) < len(ids):
            yield fault("script.twice")
        if kinds.count("summary") != 1 or kinds[-1] != "summary":
            yield fault("script.summary")
        if self.steps[0].when:
            yield fault("script.first")
        for kind in SLOTS:
            if kinds.count(kind) > 1:
                yield fault("script.noticed", step=ids[kinds.index(kind)], kind=kind)
        yield from self._slot_problems()

    def _slot_problems(self) -> Iterator[str]:
        """What `when` and `unknown` name must come from this or an earlier question."""
        values: dict[str, set[str]] = {}
        for step in self.steps:
            for slot, value in step.when.items():
                if value not in values.get(slot, ()):
                    yield fault("script.when", step=step.id, slot=slot, value=value)
            for slot in step.slots:
                values.setdefault(slot, set()).update(step.choices)
            for slot, value in (step.unknown or {}).items():
                if slot not in values:
                    yield fault("script.unknown", step=step.id, slot=slot)
                values.setdefault(slot, set()).add(value)

    def step(self, step_id: str) -> ScriptStep | None:
        return next((step for step in self.steps if step.id == step_id), None)

    def of_kind(self, kind: Kind) -> ScriptStep | None:
        return next((step for step in self.steps if step.kind == kind), None)

    def text_keys(self) -> dict[str, frozenset[str]]:
        """Every text this script asks for, with the placeholders the engine fills."""
        keys = {
            f"{self.id}.receipt": frozenset({"receipt", "answer_time"}),
            **dict.fromkeys((f"{self.id}.suggest.intro", f"{self.id}.suggest.nothing", f"{self.id}.after"), NONE),
        }
        keys |= {f"{self.id}.own.{name}": keys[f"{self.id}.{name}"] for name in self.own}
        for step in self.steps:
            told = dict.fromkeys(_step_keys(step), NONE) | {"ask": _TOLD.get(step.kind, NONE)}
            told |= {f"own.{name}": told[name] for name in step.own}
            keys |= {f"{self.id}.{step.id}.{key}": placeholders for key, placeholders in told.items()}
        return keys


def _step_keys(step: ScriptStep) -> Iterator[str]:
    yield from ("ask", "help")
    if step.slots:
        yield "name"
    if step.unknown is not None:
        yield "unsure"
    yield from (f"choices.{choice}" for choice in step.choices)
    yield from (f"near.{choice}" for choice in step.near)
    yield from (f"search.{value}" for value in step.search)
    if step.kind == "notice":
        yield "choices.agree"
    if step.kind == "story":
        yield from ("more", "need", "off")
    if step.kind in {"place", "phone"}:
        yield "off"
    for page, signs in step.pages.items():
        yield f"pages.{page}"
        yield from (f"signs.{sign}" for sign in signs)
