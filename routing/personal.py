"""Personal data in Japanese text, found by rule: names, addresses, telephone numbers, days of birth, accounts.

The talk stays at LINE, so what the city keeps of it shall not hold these (DESIGN, two zones). The rules look for what
people write about a neighbour; where they cannot know, a name is masked rather than kept. A name without any cue (no
さん, no 宅, no 名前は) is out of their reach. A district, a town, a shop or a role (民生委員さん, 大家さん) is no
personal data: staff need them to understand.

Every pattern is bounded, and every name is looked for in a window of fixed size, so the time is linear in the text.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from routing.personal_addresses import addresses
from routing.personal_names import CUES_AFTER, names
from routing.personal_numbers import births, codes, emails, handles, my_numbers, phones
from routing.personal_signs import BOOK, SEEN, fold

Kind = Literal["phone", "address", "name", "my_number", "email", "birth", "handle", "number"]
"""`handle` is an account at LINE and the like; `number` one of a bank account, an insurance or other card, a car."""

READ_LIMIT = 10_000
"""Code points that are read; what lies beyond is never kept from the talk."""

_ROUNDS = 6
_MASKS: dict[Kind, str] = BOOK["masks"]
_DIGIT = "[〇零一二三四五六七八九\\d]"
_MARKS = re.compile(
    "|".join(
        (
            *(re.escape(fold(mask)) for kind, mask in _MASKS.items() if kind != "name"),
            f"〇〇(?={CUES_AFTER})",
            f"(?<!{_DIGIT})〇〇(?!{_DIGIT})",
        )
    )
)


@dataclass(frozen=True, slots=True)
class Personal:
    """A piece of `text[start:end]` (code points) that tells of a person."""

    kind: Kind
    start: int
    end: int


def find(text: str, public: Collection[str] = ()) -> tuple[Personal, ...]:
    """All personal data in `text`, in their order, without overlaps. Never raises.

    `public` holds telephone numbers (digits only) that are no secret, as those of the city's own lines.
    """
    signs = list(_neutral(fold(text[:READ_LIMIT])))
    found: list[Personal] = []
    for _ in range(_ROUNDS):
        new = list(_looked_through(signs, public))
        if not new:
            break
        found += new
    return tuple(sorted(found, key=lambda personal: personal.start))


def masked(text: str, found: Collection[Personal]) -> str:
    """`text` with a mask in place of each piece; what else it says stays. Of a name, さん and the like stay."""
    parts: list[str] = []
    at = 0
    for personal in found:
        parts += (text[at : personal.start], _MASKS[personal.kind])
        at = personal.end
    return "".join((*parts, text[at:]))


def _neutral(text: str) -> str:
    """`text` with our own masks struck out, so that masking a masked text changes nothing."""
    return _MARKS.sub(lambda mark: SEEN * len(mark[0]), text)


def _looked_through(signs: list[str], public: Collection[str]) -> Iterator[Personal]:
    """One look with every rule; what is found is struck out of `signs` before the next rule looks."""
    for kind, rule in _RULES:
        for start, end in list(rule("".join(signs), public)):
            if SEEN in signs[start:end]:
                continue
            signs[start:end] = [SEEN] * (end - start)
            yield Personal(kind, start, end)


_RULES: tuple[tuple[Kind, Callable[[str, Collection[str]], Iterator[tuple[int, int]]]], ...] = (
    ("email", emails),
    ("handle", handles),
    ("birth", births),
    ("number", codes),
    ("phone", phones),
    ("my_number", my_numbers),
    ("address", addresses),
    ("name", names),
)
"""In this order: a telephone number is not read as an address, nor a day of birth as either."""
