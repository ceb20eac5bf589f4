"""Screens as the renderer gets them: those of the conversation, with suggestions looked up."""

from dataclasses import dataclass

from dialogs.screens import Ask, DangerCard, Say


@dataclass(frozen=True, slots=True)
class AgencyCard:
    """An agency to turn to. `open_now` is None where hours are unknown; `phone` and `hours` may be empty."""

    name: str
    phone: str
    hours: str
    open_now: bool | None
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Agencies:
    """A sentence and the agencies below it."""

    intro: str
    cards: tuple[AgencyCard, ...]


@dataclass(frozen=True, slots=True)
class FormButton:
    """The way to the 安心フォーム: a sentence, and a button with its one-time address."""

    text: str
    label: str
    url: str


Shown = Say | Ask | DangerCard | Agencies | FormButton
