"""What web and worker share: settings, city, record, and the bell between processes."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from cases import agencies
from cases.crypto import Keyring
from cases.db import Database
from deploy.citypack import load_city
from deploy.settings import Settings
from deploy.wake import Wake
from routing.directory import City


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class House:
    """What web and worker share."""

    settings: Settings
    city: City
    database: Database
    wake: Wake

    @classmethod
    def build(cls, settings: Settings) -> "House":
        keyring = Keyring.parse(settings.keys.get_secret_value())
        return cls(
            settings=settings,
            city=load_city(settings.city),
            database=Database(settings.database_url, keyring),
            wake=Wake(settings.redis_url),
        )

    def another_database(self, pool_size: int) -> Database:
        """The same database through connections of its own; whoever asks for them closes them."""
        keyring = Keyring.parse(self.settings.keys.get_secret_value())
        return Database(self.settings.database_url, keyring, pool_size=pool_size)

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator["House"]:
        await self.wake.open()
        try:
            yield self
        finally:
            await self.wake.close()
            await self.database.close()


async def load_agencies(house: House) -> int:
    """Bring the city pack's agencies into the record, so that a hand-off can point at them."""
    items = [agencies.AgencyItem(a.id, a.name, a.types, a.phone) for a in house.city.agencies]
    async with house.database.transaction() as uow:
        return await agencies.sync(uow, items)
