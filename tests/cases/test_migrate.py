import asyncio
from collections.abc import Iterator

import pytest
from psycopg import sql as pg
from sqlalchemy import create_engine, make_url

from cases import migrate
from cases.schema import metadata
from tests.cases.builders import sql

CATALOGUE = {
    "columns": """
        SELECT table_name, column_name, data_type, udt_name, is_nullable, column_default, is_identity,
               identity_generation, generation_expression
        FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
    "storage": """
        SELECT relname, reloptions FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1""",
}


@pytest.fixture
def empty_url(database_url: str) -> Iterator[str]:
    """A database of its own with nothing in it."""
    name = pg.Identifier("empty_" + make_url(database_url).database)  # type: ignore[operator]
    sql(database_url, pg.SQL("CREATE DATABASE {}").format(name))
    yield make_url(database_url).set(database=name.as_string().strip('"')).render_as_string(hide_password=False)
    sql(database_url, pg.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


async def test_an_empty_database_is_brought_to_the_head_and_then_left_alone(empty_url: str) -> None:
    assert await migrate.current(empty_url) is None
    ran = await migrate.migrate(empty_url)
    assert ran[0] == "r0001_the_record"
    assert ran[-1] == migrate.head()
    assert await migrate.current(empty_url) == migrate.head()
    assert await migrate.migrate(empty_url) == []


async def test_programs_that_start_together_migrate_once(empty_url: str) -> None:
    ran = await asyncio.gather(*(migrate.migrate(empty_url) for _ in range(4)))
    assert [names[-1:] for names in sorted(ran)] == [[], [], [], [migrate.head()]]


async def test_a_failing_migration_leaves_nothing_behind(empty_url: str) -> None:
    sql(empty_url, "CREATE TABLE staff_sessions (in_the_way integer)")
    with pytest.raises(Exception, match="staff_sessions"):
        await migrate.migrate(empty_url)
    assert sql(empty_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(1,)]


@pytest.mark.parametrize("part", CATALOGUE)
def test_the_models_say_what_the_migrations_made(database_url: str, empty_url: str, part: str) -> None:
    engine = create_engine(make_url(empty_url).set(drivername="postgresql+psycopg"))
    metadata.create_all(engine)
    engine.dispose()
    migrated = [row for row in sql(database_url, CATALOGUE[part]) if row[0] != "alembic_version"]
    assert migrated == sql(empty_url, CATALOGUE[part])
    assert migrated


def test_every_foreign_key_that_deletes_is_found_by_an_index(database_url: str) -> None:
    """Without one, deleting a referral would read the whole of every table that belongs to it."""
    unindexed = """
        SELECT conrelid::regclass::text FROM pg_constraint
        WHERE contype = 'f' AND confdeltype = 'c' AND confrelid = 'referrals'::regclass
          AND NOT EXISTS (SELECT 1 FROM pg_index WHERE indrelid = conrelid AND indkey[0] = conkey[1])"""
    assert sql(database_url, unindexed) == []
