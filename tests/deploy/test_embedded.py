from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from deploy import embedded
from tests import folders


@pytest.fixture
def folder() -> Iterator[Path]:
    with folders.reachable() as made:
        yield made


def test_a_second_start_finds_the_same_data_and_the_first_leaves_nothing_running(folder: Path) -> None:
    with embedded.running(folder) as addresses, psycopg.connect(addresses.database_url) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('きづき')")
    assert not (folder / "postgres" / "postmaster.pid").exists()
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(addresses.redis_url).ping()
    with embedded.running(folder) as addresses, psycopg.connect(addresses.database_url) as connection:
        assert connection.execute("SELECT word FROM kept").fetchall() == [("きづき",)]


def test_whoever_only_attaches_leaves_the_services_running(folder: Path) -> None:
    with embedded.running(folder) as owner:
        with embedded.running(folder) as guest:
            assert guest == owner
        with psycopg.connect(owner.database_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert redis.Redis.from_url(owner.redis_url).ping()


def test_redis_keeps_nothing_on_disk_and_listens_to_no_network(folder: Path) -> None:
    with embedded.running(folder, database=False) as addresses:
        client = redis.Redis.from_url(addresses.redis_url)
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("port") == {"port": "0"}
        client.close()


def test_a_deep_folder_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 90)
    with embedded.running(deep, database=False) as addresses:
        assert redis.Redis.from_url(addresses.redis_url).ping()
