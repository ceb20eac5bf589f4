"""The two questions a supervisor asks: does the process live, and can it serve."""

from fastapi import APIRouter, Response
from sqlalchemy import text as statement
from sqlalchemy.exc import SQLAlchemyError

from cases import migrate
from cases.db import Database


def router(database: Database) -> APIRouter:
    """`/healthz`: the process answers. `/readyz`: the database answers and its schema is ours."""
    routes = APIRouter()

    @routes.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get("/readyz")
    async def readyz(response: Response) -> dict[str, str]:
        state = await _state(database)
        response.status_code = 200 if state == "ok" else 503
        return {"status": state}

    return routes


async def _state(database: Database) -> str:
    try:
        async with database.reading() as reader:
            found = (await reader.session.execute(statement("SELECT version_num FROM alembic_version"))).scalar()
    except (SQLAlchemyError, OSError):
        return "database"
    return "ok" if found == migrate.head() else "schema"
