import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
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
            assert (guest.database_url, guest.redis_url) == (owner.database_url, owner.redis_url)
        with psycopg.connect(owner.database_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert redis.Redis.from_url(owner.redis_url).ping()


def test_the_last_one_out_stops_them_whoever_came_first(folder: Path) -> None:
    with contextlib.ExitStack() as service:
        with embedded.running(folder):
            services = service.enter_context(embedded.running(folder))
        with psycopg.connect(services.database_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not (folder / "postgres" / "postmaster.pid").exists()


def test_what_died_is_revived_with_its_data(folder: Path) -> None:
    with embedded.running(folder) as services:
        with psycopg.connect(services.database_url) as connection:
            connection.execute("CREATE TABLE kept (word text)")
        postmaster = int((folder / "postgres" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGQUIT)
        redis.Redis.from_url(services.redis_url).shutdown(nosave=True)
        psutil.wait_procs([psutil.Process(postmaster)] if psutil.pid_exists(postmaster) else [], timeout=10)
        services.start()
        with psycopg.connect(services.database_url) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
        assert redis.Redis.from_url(services.redis_url).ping()


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
