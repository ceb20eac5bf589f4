"""The two questions a supervisor asks: does the process live, and can it serve.

`/readyz` answers `{"status": …, "degraded": […]}`. `status` is `ok`, `database` (PostgreSQL does not answer in time) or
`schema` (it is of another release); only `ok` is a 200. `degraded` names what does not keep us from serving but wants a
person: `redis` (away, so everything is slower), `breaker` (LINE refuses our access token), `parked` (events set aside).
"""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, Response
from sqlalchemy.exc import ProgrammingError

from cases import migrate
from cases.db import Database
from cases.figures import Troubles, schema_version, troubles
from deploy.probe import Probe

READY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Standing:
    is_ours: bool
    troubles: Troubles | None


def router(database: Database, *, redis_up: Callable[[], bool] = lambda: True) -> APIRouter:
    """`/healthz`: the process answers. `/readyz`: the database answers and its schema is ours, within two seconds."""
    head = migrate.head()
    probe = Probe(lambda: _standing(database, head), seconds=READY_SECONDS)
    routes = APIRouter()

    @routes.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get("/readyz", include_in_schema=False)
    async def readyz(response: Response) -> dict[str, str | list[str]]:
        found = await probe.answer()
        state = "database" if found is None else "ok" if found.is_ours else "schema"
        response.status_code = 200 if state == "ok" else 503
        return {"status": state, "degraded": _degraded(found, redis_up=redis_up())}

    return routes


async def _standing(database: Database, head: str) -> _Standing:
    try:
        async with database.reading() as reader:
            if await schema_version(reader) == head:
                return _Standing(is_ours=True, troubles=await troubles(reader))
    except ProgrammingError:
        pass  # there is no table of versions: the database is empty, or somebody else's
    return _Standing(is_ours=False, troubles=None)


def _degraded(found: _Standing | None, *, redis_up: bool) -> list[str]:
    words = [] if redis_up else ["redis"]
    if found is not None and found.troubles is not None:
        words += ["breaker"] if found.troubles.line_refuses else []
        words += ["parked"] if found.troubles.parked else []
    return words
