"""Whether this container can do its work: `python -P -m deploy.containers.healthcheck web|worker`; status 0 or 1.

The pages are asked whether they live; that PostgreSQL is away must not take them out, because they answer danger then.
A worker has no page, so it is asked what it needs: a database that answers.
"""

import http.client
import os
import sys

import psycopg

SECONDS = 3


def web() -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("KIZUKI_PORT") or 8000), timeout=SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def worker() -> bool:
    try:
        with psycopg.connect(os.environ.get("KIZUKI_DATABASE_URL", ""), connect_timeout=SECONDS) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.Error:
        return False


def main() -> None:
    looks = {"web": web, "worker": worker}
    sys.exit(0 if looks[sys.argv[1]]() else 1)


if __name__ == "__main__":
    main()
