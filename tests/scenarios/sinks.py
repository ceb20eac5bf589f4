"""Everything that our programs leave behind, as text, to be searched for what must not be there."""

import redis
from psycopg import connect, sql

from tests.demo_house import DemoHouse

Sinks = dict[str, str]


def of_programs(house: DemoHouse) -> Sinks:
    return {"stdout": "".join(house.program.said), "stderr": "".join(house.program.complained)}


def of_services(house: DemoHouse) -> Sinks:
    """The logs of PostgreSQL and Redis, and what Redis holds."""
    logs = {
        "PostgreSQL's log": house.data_dir / "postgres" / "log",
        "Redis' log": house.data_dir / "redis" / "redis.log",
    }
    texts = {name: path.read_text(encoding="utf-8", errors="replace") for name, path in logs.items()}
    with redis.Redis.from_url(f"unix://{house.data_dir.resolve() / 'redis' / 'redis.sock'}") as client:
        kept = [(key, client.dump(key)) for key in client.scan_iter()]
    return {**texts, "Redis' memory": repr(kept)}


def of_database(house: DemoHouse) -> Sinks:
    """Each table as PostgreSQL prints its rows."""
    with connect(house.database_url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        tables = [str(name) for (name,) in names]
        return {
            f"table {table}": "\n".join(
                str(row)
                for (row,) in connection.execute(sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(table)))
            )
            for table in tables
        }


def found(canaries: dict[str, str], sinks: Sinks) -> list[str]:
    """Which canary stands in which sink: as it is, or in the hexadecimal in which bytes are printed."""
    return [
        f"{what} in {where}"
        for where, text in sinks.items()
        for what, canary in canaries.items()
        if canary in text or canary.encode().hex() in text
    ]
