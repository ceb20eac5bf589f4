"""The city's agencies in the record, so that staff and hand-offs can point at them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from cases.agencies.models import Agency
from cases.db import Reader, UnitOfWork


@dataclass(frozen=True, slots=True)
class AgencyItem:
    """An agency as the city pack names it."""

    id: str
    name: str
    types: Sequence[str] = ()
    phone: str = ""


async def sync(uow: UnitOfWork, items: Sequence[AgencyItem]) -> int:
    """Make the table say what the directory says; the number of active agencies.

    An agency that left the directory stays, inactive: its hand-offs still have a name.
    """
    gone = update(Agency).where(Agency.id.not_in([item.id for item in items])).values(active=False)
    await uow.session.execute(gone)
    if items:
        statement = insert(Agency).values([_values(item) for item in items])
        renewed = {name: statement.excluded[name] for name in ("name", "types", "phone", "active")}
        await uow.session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=renewed))
    return len(items)


async def active(reader: Reader) -> list[AgencyItem]:
    """The agencies that take hand-offs, by id."""
    rows = await reader.session.scalars(select(Agency).where(Agency.active).order_by(Agency.id))
    return [AgencyItem(row.id, row.name, tuple(row.types), row.phone) for row in rows]


async def is_active(reader: Reader, agency_id: str) -> bool:
    return bool(await reader.session.scalar(select(Agency.active).where(Agency.id == agency_id)))


def _values(item: AgencyItem) -> dict[str, object]:
    return {"id": item.id, "name": item.name, "types": list(item.types), "phone": item.phone, "active": True}
