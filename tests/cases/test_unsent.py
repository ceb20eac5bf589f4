from cases import unsent
from cases.db import Database
from tests.cases.builders import NOW, keyring_of


async def test_a_message_taken_back_is_remembered(database: Database) -> None:
    async with database.transaction() as uow:
        await unsent.remember(uow, "m1", NOW)
        await unsent.remember(uow, "m1", NOW)
    async with database.reading() as reader:
        assert await unsent.was_unsent(reader, "m1")
        assert not await unsent.was_unsent(reader, "m2")


async def test_it_is_remembered_while_keys_rotate(database_url: str) -> None:
    for keys, known in ((["old"], False), (["new", "old"], True)):
        database = Database(database_url, keyring_of(*keys))
        async with database.transaction() as uow:
            assert await unsent.was_unsent(uow, "m1") is known
            await unsent.remember(uow, "m1", NOW)
        await database.close()
