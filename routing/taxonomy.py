"""The concern list as data: what a worry can be about, and the kinds of agency that answer it.

Apart from `routing.concerns`, because the staff's pages name concerns and read no words: they need no dictionary.
"""

from dataclasses import dataclass

from routing import lexicon


@dataclass(frozen=True, slots=True)
class ConcernKind:
    """A concern of the concern list and the kinds of agency that answer it, first asked first."""

    id: str
    label: str
    agency_types: tuple[str, ...]


CONCERNS: dict[str, ConcernKind] = {
    concern: ConcernKind(concern, entry["label"], tuple(entry["agencies"]))
    for concern, entry in lexicon.load("concerns").items()
}
"""The 32 concerns by id, in the order of the concern list."""

AGENCY_TYPES: frozenset[str] = frozenset(kind for concern in CONCERNS.values() for kind in concern.agency_types)

OTHER = "other"
