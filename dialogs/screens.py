"""What the conversation wants shown. Screens are data; the bot room turns them into LINE messages."""

from dataclasses import dataclass

from dialogs.events import HelpLine


@dataclass(frozen=True, slots=True)
class Choice:
    """A button. `label` is at most 20 graphemes; `data` comes back in a tap; `say` is what the talk then shows."""

    label: str
    data: str
    say: str


@dataclass(frozen=True, slots=True)
class Say:
    text: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A question. The renderer repeats `choices` as a numbered list in the text, for people on a PC.

    `more` are the ways out (もどる, わからない …): buttons without a number, understood as words too.
    `location` offers LINE's own place picker.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    more: tuple[Choice, ...] = ()
    location: bool = False


@dataclass(frozen=True, slots=True)
class DangerCard:
    """Telephone numbers before anything else. Never repeats the person's words."""

    title: str
    text: str
    lines: tuple[HelpLine, ...]


@dataclass(frozen=True, slots=True)
class Suggested:
    """Agencies for the person's words; the bot room asks routing and fills in the cards.

    `intro` stands above the agencies, `nothing` instead of them when routing abstains. `reasons`: the cards may say
    what in the words led to them; not where the words were written in the 安心フォーム.
    """

    intro: str
    nothing: str
    story: str
    district: str | None
    reasons: bool = True


@dataclass(frozen=True, slots=True)
class FormLink:
    """The way to the 安心フォーム: the bot room makes the one-time link. `label` is at most 20 graphemes."""

    text: str
    label: str


Screen = Say | Ask | DangerCard | Suggested | FormLink
