"""What the address of the inbox asks for. Filters live in the URL, so that a view can be kept and sent on."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Self, get_args
from urllib.parse import urlencode
from uuid import UUID

from cases.actors import Role
from cases.referrals.search import LONGEST
from cases.referrals.sheets import InboxFilters, Tab
from cases.referrals.status import Priority, Status
from routing.directory import City
from routing.taxonomy import CONCERNS

TABS: Mapping[Role, tuple[Tab, ...]] = {
    Role.ADMINISTRATOR: get_args(Tab),
    Role.TRIAGE: get_args(Tab),
    Role.AGENCY: ("offered", "mine", "all"),
}
"""The tabs a role sees, the first one being where it arrives."""


@dataclass(frozen=True, slots=True)
class InboxQuery:
    """What is asked.

    Attributes:
        urgency, district, concern, status: the chosen filters, empty for all.
        before: the last row of the page before.
        number: what was typed to find one referral by its number; the list is not asked for then.
        ignored: whether a filter was asked for that nobody knows.
    """

    tab: Tab
    urgency: str = ""
    district: str = ""
    concern: str = ""
    status: str = ""
    before: UUID | None = None
    number: str = ""
    ignored: bool = False

    @classmethod
    def read(cls, role: Role, asked: Mapping[str, str], city: City) -> Self:
        """The query of an address; what it does not know counts as not asked, for old links must still open."""
        tabs = TABS[role]
        tab = next((tab for tab in tabs if tab == asked.get("tab")), tabs[0])
        known: Mapping[str, Collection[str]] = {
            "urgency": set(Priority),
            "district": {district.id for district in city.districts},
            "concern": CONCERNS,
            "status": set(Status),
        }
        wanted = {name: asked[name] for name in known if asked.get(name)}
        chosen = {name: value for name, value in wanted.items() if value in known[name]}
        return cls(
            tab=tab,
            **chosen,
            before=_uuid(asked.get("before", "")),
            number=_printable(asked.get("q", "")),
            ignored=chosen != wanted,
        )

    @property
    def filters(self) -> InboxFilters:
        return InboxFilters(
            tab=self.tab,
            status=Status(self.status) if self.status else None,
            priority=Priority(self.urgency) if self.urgency else None,
            district=self.district or None,
            concern=self.concern or None,
        )

    @property
    def filtered(self) -> bool:
        return bool(self.urgency or self.district or self.concern or self.status)

    @property
    def url(self) -> str:
        """The shortest address that asks for this."""
        asked = {
            "tab": self.tab,
            "urgency": self.urgency,
            "district": self.district,
            "concern": self.concern,
            "status": self.status,
            "before": self.before,
            "q": self.number,
        }
        return "/inbox?" + urlencode({name: value for name, value in asked.items() if value})

    def on_tab(self, tab: Tab) -> Self:
        return replace(self, tab=tab, before=None, number="")

    def after(self, row: UUID) -> Self:
        return replace(self, before=row)


def _printable(text: str) -> str:
    return "".join(sign for sign in text.strip()[:LONGEST] if sign.isprintable())


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None
