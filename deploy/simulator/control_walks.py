"""Walks over the control API: start a run, follow it, stop it."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field

from deploy.simulator.control import WAIT_MOST, Sim
from deploy.simulator.views import RunView
from deploy.simulator.walk import Example, Run
from deploy.simulator.walk_file import WalkFileError, parse_walk

router = APIRouter(prefix="/sim/walks")


class NewRun(BaseModel):
    """What to carry: these examples or the preloaded ones, this walk or the preloaded one."""

    model_config = ConfigDict(extra="forbid")

    examples: list[Example] | None = Field(default=None, min_length=1, max_length=20_000)
    walk: dict[str, Any] | None = None
    concurrency: int = Field(default=4, ge=1, le=200)
    limit: int | None = Field(default=None, ge=1)


def run_of(run_id: str, sim: Sim) -> Run:
    run = sim.walks.runs.get(run_id)
    if run is None:
        raise HTTPException(404, "no such run")
    return run


@router.post("", status_code=201)
async def start(new: NewRun, sim: Sim) -> RunView:
    try:
        plan = parse_walk(new.walk) if new.walk else sim.plan
    except WalkFileError as error:
        raise HTTPException(422, str(error)) from error
    examples = (new.examples or sim.examples)[: new.limit]
    if plan is None or not examples:
        raise HTTPException(409, "there is no walk file" if plan is None else "there are no examples")
    return sim.walks.start(plan, examples, new.concurrency).view()


@router.get("")
async def runs(sim: Sim) -> list[RunView]:
    return [run.view(walks=False) for run in sim.walks.runs.values()]


@router.get("/{run_id}")
async def one(run: Annotated[Run, Depends(run_of)], wait: Annotated[float, Query(ge=0, le=WAIT_MOST)] = 0.0) -> RunView:
    """A run with its walks; with `wait`, when it has ended or the time is over."""
    if run.task is not None and wait:
        await asyncio.wait([run.task], timeout=wait)
    return run.view()


@router.delete("/{run_id}")
async def stop(run: Annotated[Run, Depends(run_of)], sim: Sim) -> RunView:
    await sim.walks.stop(run)
    return run.view()
