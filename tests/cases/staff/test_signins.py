from datetime import datetime

from cases.db import Database
from cases.staff import signins
from cases.staff.signins import PER_ACCOUNT, PER_ADDRESS
from tests.cases.builders import NOW, later, sql


async def fail(database: Database, account: str = "a", address: str = "192.0.2.1", times: int = 1) -> None:
    for _ in range(times):
        await note(database, account, address, success=False)


async def note(database: Database, account: str, address: str, *, success: bool, now: datetime = NOW) -> None:
    async with database.transaction() as uow:
        account_hash = signins.account_hash(uow.keyring, account)
        await signins.note_attempt(uow, account_hash, signins.address_hash(uow.keyring, address), success, now)


async def allowed(database: Database, account: str = "a", address: str = "192.0.2.1", now: datetime = NOW) -> bool:
    async with database.reading() as reader:
        account_hash = signins.account_hash(reader.keyring, account)
        return await signins.allowed(reader, account_hash, signins.address_hash(reader.keyring, address), now)


async def test_the_fifth_failure_shuts_the_account_from_everywhere(database: Database) -> None:
    await fail(database, times=PER_ACCOUNT - 1)
    assert await allowed(database)
    await fail(database, account=" A ")
    assert not await allowed(database)
    assert not await allowed(database, address="192.0.2.2")
    assert await allowed(database, account="b")


async def test_the_thirtieth_failure_shuts_the_address_for_everybody(database: Database) -> None:
    for number in range(PER_ADDRESS):
        assert await allowed(database, account="new")
        await fail(database, account=str(number))
    assert not await allowed(database, account="new")
    assert await allowed(database, account="new", address="192.0.2.2")


async def test_it_opens_again_after_a_quarter_of_an_hour(database: Database) -> None:
    await fail(database, times=PER_ACCOUNT)
    assert not await allowed(database, now=later(minutes=14, seconds=59))
    assert await allowed(database, now=later(minutes=15))


async def test_a_success_forgives_the_account(database: Database) -> None:
    await fail(database, times=PER_ACCOUNT - 1)
    await note(database, "a", "192.0.2.1", success=True)
    await fail(database, times=PER_ACCOUNT - 1)
    assert await allowed(database)


async def test_yesterdays_attempts_are_forgotten(database: Database, database_url: str) -> None:
    await fail(database)
    await note(database, "b", "192.0.2.1", success=False, now=later(days=1, seconds=1))
    assert sql(database_url, "SELECT count(*) FROM signin_attempts") == [(1,)]
