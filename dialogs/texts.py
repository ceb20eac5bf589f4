"""Every word a resident reads, by key. The engine knows keys only; the words live in texts/*.yaml.

A value is one text, or a list whose first is shown on a button and whose others are understood as well.
"""

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dialogs.faults import fault

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language; `strings` holds key → the text and other words for the same."""

    language: str
    strings: Mapping[str, tuple[str, ...]]

    def say(self, key: str, **values: object) -> str:
        """The text of `key` with its placeholders filled.

        A missing text shows its key: `check` keeps that from ever reaching a person, and a talk must not end here.
        """
        return _PLACEHOLDER.sub(lambda found: str(values.get(found[1], "")), self.words(key)[0])

    def words(self, key: str) -> tuple[str, ...]:
        """The text of `key` and the other words that mean the same."""
        return self.strings.get(key) or (key,)

    def has(self, key: str) -> bool:
        return key in self.strings

    def placeholders(self, key: str) -> frozenset[str]:
        """Names of the placeholders that the text of `key` holds; anything else in braces is named as it stands."""
        return frozenset(_fields(self.words(key)[0]))


def _fields(text: str) -> list[str]:
    try:
        return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError:  # a brace that is never closed
        return [text]


def flatten(tree: Any, where: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every leaf of a YAML tree as (dotted key, texts). Raises ValueError, naming the key, for another kind of leaf."""
    if isinstance(tree, dict):
        for key, below in tree.items():
            yield from flatten(below, f"{where}.{key}" if where else str(key))
    elif isinstance(tree, str) and tree.strip():
        yield where, (tree.strip(),)
    elif isinstance(tree, list) and tree and all(isinstance(word, str) and word.strip() for word in tree):
        yield where, tuple(word.strip() for word in tree)
    else:
        raise ValueError(fault("yaml.empty", where=where))


NONE: frozenset[str] = frozenset()

FIXED: Mapping[str, frozenset[str]] = {
    "progress": frozenset({"n", "total"}),
    "current": frozenset({"answer"}),
    **dict.fromkeys(("ways.back", "ways.unknown", "ways.later", "ways.stop", "ways.keep", "ways.form"), NONE),
    **dict.fromkeys(("words.yes", "words.no", "words.help", "words.fresh", "words.greeting"), NONE),
    **dict.fromkeys(("words.thanks", "words.person", "words.denies"), NONE),
    **dict.fromkeys(("menu.notice", "menu.home", "menu.lines", "menu.about"), NONE),
    "welcome.new": frozenset({"city", "readers"}),
    "welcome.back": NONE,
    "about": frozenset({"city", "readers", "answer_time"}),
    **dict.fromkeys(("home.ask", "home.help"), NONE),
    **{
        f"asides.{name}.{key}": NONE
        for name, keys in {
            "calm": ("ask", "help", "choices.called", "choices.cannot", "choices.go"),
            "begin": ("ask", "help", "choices.go", "choices.no"),
            "resume": ("ask", "help", "choices.go", "choices.fresh"),
            "later": ("ask",),
            "stop": ("ask", "help", "choices.yes", "choices.no"),
            "fresh": ("ask", "help", "choices.yes", "choices.no"),
            "fix": ("ask", "help"),
            "place": ("many", "help", "choices.yes", "choices.no", "choices.none"),
        }.items()
        for key in keys
    },
    "asides.place.one": frozenset({"place"}),
    **dict.fromkeys(("calm.called", "calm.cannot", "calm.unsent", "calm.go"), NONE),
    **{f"danger.{level}.{key}": NONE for level in ("now", "soon", "menu") for key in ("title", "text")},
    **dict.fromkeys(("danger.suicide.title", "danger.suicide.tapped", "danger.suicide.text", "danger.dv"), NONE),
    "danger.quiet": frozenset({"lines"}),
    "danger.line": frozenset({"name", "number"}),
    **dict.fromkeys(
        (
            *("told.restarted", "told.expired", "told.too_many_events", "told.too_late", "told.stale", "told.gone"),
            *("told.no_fix", "told.send_later", "told.fix_later", "told.person", "told.foreign", "told.thanks"),
            *("told.unsent", "told.later", "told.stopped", "told.declined", "told.kept", "told.nothing_yet"),
            *(
                "form.link",
                "form.link_form",
                "form.label",
                "form.thanks",
                "form.empty",
                "form.written",
                "form.name",
                "form.also",
            ),
            *(f"form.offer.{kind}.{way}" for kind in ("story", "place", "phone") for way in ("talk", "off")),
            *("mask.told", "mask.told_form", "refuse.off_form", "refuse.off_place_form", "refuse.off_phone"),
            *("refuse.off_phone_form", "odd.media_form"),
            *("odd.sticker", "odd.media", "odd.other", "odd.empty", "odd.pick", "odd.location", "odd.position"),
            *(
                "story.done",
                "story.again",
                "story.go_on",
                "story.rewrite",
                "story.list",
                "story.mark",
                "place.kept",
                "place.kept_position",
                "place.other",
                "place.no_words",
                "place.how",
            ),
            *("refuse.off", "refuse.off_place", "phone.bad", "summary.unknown", "summary.position"),
            *("summary.head", "summary.choices.send", "summary.choices.fix", "summary.choices.stop"),
        ),
        NONE,
    ),
    "told.already_sent": frozenset({"receipt"}),
    "story.page": frozenset({"page"}),
    "place.outside": frozenset({"city"}),
    **dict.fromkeys(("refuse.long", "refuse.long_form", "refuse.full", "refuse.full_form"), frozenset({"limit"})),
    "summary.line": frozenset({"name", "answer"}),
    "summary.landmark": frozenset({"text"}),
}
"""Every text the engine itself asks for, with the placeholders it fills. The scripts' own texts are in script.py."""
