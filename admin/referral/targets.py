"""Where a referral may be handed: offices with an inbox, offices that are told by telephone, and never a hotline."""

from collections.abc import Collection, Iterable

from admin.labels import Labels
from routing.directory import Agency, City

Titled = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]

LONGEST_SHORT_NUMBER = 4
"""Digits. 119, 188, #9110: numbers with at most so many are lines for everybody in the country, not an office."""


def offices(city: City) -> tuple[Agency, ...]:
    """The agencies of the city pack that work on a case.

    The directory also names telephone lines (119, 110, 189, よりそいホットライン), for residents are shown them; nobody
    there waits for a case. A line is what stands under the same id among the pack's hotlines, or has a short number.
    """
    hotlines = {hotline.id for hotline in city.hotlines}
    return tuple(agency for agency in city.agencies if agency.id not in hotlines and not _is_short(agency.phone))


def grouped(
    labels: Labels, agencies: Iterable[Agency], suggested: Collection[str], with_inbox: Collection[str]
) -> Titled:
    """The agencies as choices, in titled groups: the suggested ones first, and apart who must be told by telephone."""
    names: dict[str, list[tuple[str, str]]] = {
        title: [] for title in ("suggested_inbox", "suggested_phone", "others_inbox", "others_phone")
    }
    for agency in agencies:
        rank = "suggested" if agency.id in suggested else "others"
        road = "inbox" if agency.id in with_inbox else "phone"
        names[f"{rank}_{road}"].append((agency.id, agency.name))
    return tuple((labels.say("choice", title), tuple(some)) for title, some in names.items() if some)


def _is_short(phone: str) -> bool:
    digits = sum(sign.isdigit() for sign in phone)
    return 0 < digits <= LONGEST_SHORT_NUMBER
