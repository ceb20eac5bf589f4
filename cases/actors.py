"""Who acts: the roles of staff, and the actor that every read and write of a case is done by."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """administrator 管理者 · triage 振分担当(福祉政策課・包括化推進員) · agency 相談機関 · system 自動処理."""

    ADMINISTRATOR = "administrator"
    TRIAGE = "triage"
    AGENCY = "agency"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """A member of staff at work, or the system itself. `agency_id` is set for the agency role only."""

    staff_id: UUID | None
    role: Role
    agency_id: str | None
    name: str


SYSTEM = Actor(staff_id=None, role=Role.SYSTEM, agency_id=None, name="")
"""Acts that no member of staff did: a report that came in, an unsend, a time that ran out."""
