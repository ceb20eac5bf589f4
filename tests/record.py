"""What stands in the record, read as the city's staff would read it."""

from cases.actors import Actor, Role
from cases.db import Reader
from cases.referrals import repository as referrals
from cases.referrals.sheets import ReferralSheet

CLERK = Actor(staff_id=None, role=Role.ADMINISTRATOR, agency_id=None, name="検証")


async def sheets(reader: Reader) -> list[ReferralSheet]:
    rows = (await reader.session.execute(referrals.readable_by(CLERK))).scalars().all()
    return [await referrals.get(reader, CLERK, row.id) for row in rows]


def content(sheet: ReferralSheet) -> str:
    """What a report decides in a sheet, without what is only its own (ids, numbers, times)."""
    agencies = sorted(suggestion.agency_id for suggestion in sheet.suggestions)
    return repr((sheet.noticed, sheet.subject, sheet.priority, sheet.reporter_type, sheet.status, agencies))
