from uuid import UUID

import pytest

from cases import agencies, audit, staff
from cases.actors import Role
from cases.agencies import AgencyItem
from cases.db import Database
from cases.errors import Invalid
from cases.staff import sessions
from cases.staff.accounts import Account, AgencyNeeded, EmailTaken
from tests.cases.builders import NOW, Office, keyring_of


async def add(
    database: Database, email: str = "a@city.example", role: Role = Role.TRIAGE, agency: str | None = None
) -> UUID:
    async with database.transaction() as uow:
        await agencies.sync(uow, [AgencyItem("houkatsu", "地域包括")])
        return await staff.add(uow, email, "受付 花子", role, agency, "argon2id$…", NOW)


async def by_email(database: Database, email: str) -> Account | None:
    async with database.reading() as reader:
        return await staff.by_email(reader, email)


class TestAdd:
    async def test_an_account_is_found_by_its_address(self, database: Database) -> None:
        staff_id = await add(database, role=Role.AGENCY, agency="houkatsu")
        account = Account(staff_id, "a@city.example", "受付 花子", Role.AGENCY, "houkatsu", "argon2id$…", active=True)
        assert await by_email(database, "a@city.example") == account
        assert (account.actor.agency_id, account.actor.name) == ("houkatsu", "受付 花子")

    @pytest.mark.parametrize("email", [" A@City.Example ", "ａ@city.example"])
    async def test_writing_it_differently_makes_no_other_account(self, database: Database, email: str) -> None:
        staff_id = await add(database)
        found = await by_email(database, email)
        assert found is not None
        assert found.id == staff_id
        with pytest.raises(EmailTaken):
            await add(database, email)

    @pytest.mark.parametrize(
        ("role", "agency"), [(Role.AGENCY, None), (Role.AGENCY, "nowhere"), (Role.TRIAGE, "houkatsu")]
    )
    async def test_the_agency_role_needs_a_known_agency_and_no_other_has_one(
        self, database: Database, role: Role, agency: str | None
    ) -> None:
        with pytest.raises(AgencyNeeded):
            await add(database, role=role, agency=agency)

    @pytest.mark.parametrize(("email", "role"), [(" ", Role.TRIAGE), ("a@city.example", Role.SYSTEM)])
    async def test_nobody_and_the_system_have_no_account(self, database: Database, email: str, role: Role) -> None:
        with pytest.raises(Invalid):
            await add(database, email, role)

    async def test_it_leaves_an_audit_row(self, database: Database) -> None:
        staff_id = await add(database)
        async with database.reading() as reader:
            (entry,) = await audit.entries(reader, "staff", staff_id)
        assert (entry.action, entry.detail) == ("staff.add", {"role": "triage"})


class TestByEmail:
    async def test_an_unknown_address_is_nobodys(self, database: Database) -> None:
        assert await by_email(database, "b@city.example") is None

    async def test_it_is_found_while_keys_rotate(self, database_url: str) -> None:
        old = Database(database_url, keyring_of("old"))
        staff_id = await add(old)
        await old.close()
        both = Database(database_url, keyring_of("new", "old"))
        found = await by_email(both, "a@city.example")
        with pytest.raises(EmailTaken):
            await add(both)
        await both.close()
        assert found is not None
        assert found.id == staff_id


async def test_a_closed_account_ends_its_sessions(database: Database, office: Office) -> None:
    assert office.triage.staff_id is not None
    async with database.transaction() as uow:
        token = await sessions.create(uow, office.triage.staff_id, NOW)
        await staff.deactivate(uow, office.administrator, office.triage.staff_id, NOW)
    async with database.reading() as reader:
        assert await sessions.read(reader, token, NOW) is None
    account = await by_email(database, "triage@city.example")
    assert account is not None
    assert not account.active


async def test_only_an_agency_where_somebody_can_sign_in_is_staffed(database: Database, office: Office) -> None:
    async with database.transaction() as uow:
        assert await staff.staffed_agencies(uow) == {"houkatsu", "maisapo"}
        assert office.other_agency.staff_id is not None
        await staff.deactivate(uow, office.administrator, office.other_agency.staff_id, NOW)
        assert await staff.staffed_agencies(uow) == {"houkatsu"}
