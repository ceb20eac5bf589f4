from cases import agencies
from cases.agencies import AgencyItem
from cases.db import Database


async def sync(database: Database, *items: AgencyItem) -> int:
    async with database.transaction() as uow:
        return await agencies.sync(uow, items)


async def active(database: Database) -> list[AgencyItem]:
    async with database.reading() as reader:
        return await agencies.active(reader)


async def test_the_table_says_what_the_directory_says(database: Database) -> None:
    houkatsu = AgencyItem("houkatsu", "地域包括", ("地域包括支援センター",), "026-000-0000")
    assert await sync(database, houkatsu, AgencyItem("maisapo", "まいさぽ")) == 2
    assert await sync(database, houkatsu, AgencyItem("maisapo", "まいさぽ長野市")) == 2
    assert await active(database) == [houkatsu, AgencyItem("maisapo", "まいさぽ長野市")]


async def test_an_agency_that_left_is_inactive_until_it_comes_back(database: Database) -> None:
    houkatsu = AgencyItem("houkatsu", "地域包括")
    await sync(database, houkatsu)
    assert await sync(database) == 0
    assert await active(database) == []
    async with database.reading() as reader:
        assert not await agencies.is_active(reader, "houkatsu")
        assert not await agencies.is_active(reader, "nowhere")
    await sync(database, houkatsu)
    assert await active(database) == [houkatsu]
