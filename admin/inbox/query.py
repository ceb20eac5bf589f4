"""What the address of the inbox asks for. Filters live in the URL, so that a view can be kept and sent on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self, get_args
from urllib.parse import urlencode
from uuid import UUID

from cases.actors import Role
from cases.referrals.sheets import InboxFilters, Tab
from cases.referrals.status import Priority, Status

TABS: Mapping[Role, tuple[Tab, ...]] = {
    Role.ADMINISTRATOR: get_args(Tab),
    Role.TRIAGE: get_args(Tab),
    Role.AGENCY: ("offered", "mine", "all"),
}
"""The tabs a role sees, the first one being where it arrives."""


@dataclass(frozen=True, slots=True)
class InboxQuery:
    """`urgency` … `status` are the chosen filters, empty for all. `before` is the last row of the page before."""

    tab: Tab
    urgency: str = ""
    district: str = ""
    concern: str = ""
    status: str = ""
    before: UUID | None = None

    @classmethod
    def read(cls, role: Role, asked: Mapping[str, str]) -> Self:
        """The query of an address; what it does not know counts as not asked, for old links must still open."""
        tabs = TABS[role]
        tab = next((tab for tab in tabs if tab == asked.get("tab")), tabs[0])
        return cls(
            tab=tab,
            urgency=_known(asked.get("urgency", ""), Priority),
            district=asked.get("district", "")[:64],
            concern=asked.get("concern", "")[:64],
            status=_known(asked.get("status", ""), Status),
            before=_uuid(asked.get("before", "")),
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
        }
        return "/inbox?" + urlencode({name: value for name, value in asked.items() if value})

    def on_tab(self, tab: Tab) -> Self:
        return replace(self, tab=tab, before=None)

    def after(self, row: UUID) -> Self:
        return replace(self, before=row)


def _known(value: str, kind: type[Priority | Status]) -> str:
    return value if value in set(kind) else ""


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None
