"""Accounts of staff. Names and addresses are sealed; an account is found by the keyed hash of its address."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update

from cases import audit
from cases.actors import SYSTEM, Actor, Role
from cases.agencies import is_active
from cases.db import Reader, UnitOfWork
from cases.errors import Conflict, Invalid
from cases.staff.models import Staff, StaffSession

EMAIL = "staff-email"
"""Purpose of the keyed hash of an account's address."""


class EmailTaken(Conflict):
    """There is an account with this address."""

    text_key = "error.email_taken"


class AgencyNeeded(Invalid):
    """The agency role needs a known agency, and no other role has one."""

    text_key = "error.agency_needed"


@dataclass(frozen=True, slots=True)
class Account:
    """A member of staff. Whoever is not `active` cannot sign in."""

    id: UUID
    email: str
    name: str
    role: Role
    agency_id: str | None
    password_hash: str
    active: bool

    @property
    def actor(self) -> Actor:
        return Actor(staff_id=self.id, role=self.role, agency_id=self.agency_id, name=self.name)


def normalised(email: str) -> str:
    """The form in which addresses are compared: full width, case and surrounding blanks do not matter."""
    return unicodedata.normalize("NFKC", email).strip().casefold()


async def add(  # noqa: PLR0917 - the columns of an account
    uow: UnitOfWork,
    email: str,
    name: str,
    role: Role,
    agency_id: str | None,
    password_hash: str,
    now: datetime,
    *,
    by: Actor = SYSTEM,
) -> UUID:
    """Add an account.

    Raises:
        Invalid: no address, no name, or the system's role, which is nobody's.
        AgencyNeeded: see there.
        EmailTaken: see there.
    """
    if not normalised(email) or not name.strip() or role is Role.SYSTEM:
        raise Invalid
    if (role is Role.AGENCY) != (agency_id is not None) or (agency_id and not await is_active(uow, agency_id)):
        raise AgencyNeeded
    if await by_email(uow, email) is not None:
        raise EmailTaken
    staff_id = uuid4()
    uow.add(
        Staff(
            id=staff_id,
            email=uow.seal(Staff.email, staff_id, normalised(email)),
            email_hash=uow.keyring.hash(normalised(email), purpose=EMAIL),
            name=uow.seal(Staff.name, staff_id, name.strip()),
            role=role,
            agency_id=agency_id,
            password_hash=password_hash,
            created_at=now,
        )
    )
    await uow.flush()
    await audit.record(uow, by, "staff.add", "staff", staff_id, {"role": role.value}, now)
    return staff_id


async def by_email(reader: Reader, email: str) -> Account | None:
    hashes = reader.keyring.hashes(normalised(email), purpose=EMAIL)
    row = await reader.session.scalar(select(Staff).where(Staff.email_hash.in_(hashes)))
    return None if row is None else account(reader, row)


async def staffed_agencies(reader: Reader) -> frozenset[str]:
    """Ids of the agencies where somebody can sign in: only these have an inbox that a hand-off reaches."""
    found = await reader.session.scalars(select(Staff.agency_id).where(Staff.active, Staff.agency_id.is_not(None)))
    return frozenset(agency for agency in found if agency is not None)


async def renew_hash(uow: UnitOfWork, staff_id: UUID, password_hash: str) -> None:
    """The same password, hashed anew with today's settings."""
    await uow.session.execute(update(Staff).where(Staff.id == staff_id).values(password_hash=password_hash))


async def deactivate(uow: UnitOfWork, by: Actor, staff_id: UUID, now: datetime) -> None:
    """The account can no longer sign in, and its open sessions end now."""
    await uow.session.execute(update(Staff).where(Staff.id == staff_id).values(active=False))
    await uow.session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id))
    await audit.record(uow, by, "staff.deactivate", "staff", staff_id, {}, now)


def account(reader: Reader, row: Staff) -> Account:
    return Account(
        id=row.id,
        email=reader.open(Staff.email, row.id, row.email),
        name=reader.open(Staff.name, row.id, row.name),
        role=row.role,
        agency_id=row.agency_id,
        password_hash=row.password_hash,
        active=row.active,
    )
