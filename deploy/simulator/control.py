"""The control API under `/sim`: for the web page, for tests and for people who train."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deploy.simulator.acts import AnyAct, Outcome
from deploy.simulator.api_account import id_claims
from deploy.simulator.ids import reply_token
from deploy.simulator.models import MOST_CALLS, Device, Person, WebhookCall
from deploy.simulator.people import Acting, CannotAct
from deploy.simulator.settings import Fault, Settings
from deploy.simulator.views import (
    ApiCallView,
    PersonView,
    TalkView,
    WebhookView,
    api_view,
    person_view,
    talk_view,
    webhook_view,
)
from deploy.simulator.walk import Example, Walks, load_examples
from deploy.simulator.walk_file import WalkFile, load_walk
from deploy.simulator.webhook_out import Courier
from deploy.simulator.world import World

HEARTBEAT = 15.0
WAIT_MOST = 120.0


@dataclass(slots=True)
class Simulator:
    """All parts that the control API drives."""

    world: World
    courier: Courier
    acting: Acting
    walks: Walks
    plan: WalkFile | None = None
    examples: list[Example] = field(default_factory=list)

    @classmethod
    def build(cls, world: World, *, walk: Path | None = None, examples: Path | None = None) -> "Simulator":
        """Put the parts together; the walk file and the examples are read now.

        Raises:
            WalkFileError: for a walk file that cannot be used.
            ExamplesError: for a line that is no example.
        """
        courier = Courier(world)
        acting = Acting(world, courier)
        plan = load_walk(walk) if walk else None
        return cls(world, courier, acting, Walks(world, acting), plan, load_examples(examples) if examples else [])

    async def reset(self) -> None:
        await self.walks.stop_all()
        await self.courier.drop_all()
        self.world.reset()


class NewPerson(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    device: Device = "phone"


class PersonChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=100)
    device: Device | None = None


class IdTokenRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    client_id: str
    nonce: str | None = None


class State(BaseModel):
    """An overview: what a page needs at its start."""

    bot_id: str
    settings: Settings
    people: list[PersonView]
    faults: list[Fault]
    statistics: dict[str, int]
    quota_used: int
    examples: int
    can_walk: bool


def simulator_of(request: Request) -> Simulator:
    simulator = request.app.state.simulator
    assert isinstance(simulator, Simulator)
    return simulator


Sim = Annotated[Simulator, Depends(simulator_of)]


def person_of(person_id: str, sim: Sim) -> Person:
    person = sim.world.people.get(person_id)
    if person is None:
        raise HTTPException(404, "no such person")
    return person


router = APIRouter(prefix="/sim")


@router.get("/state")
async def state(sim: Sim) -> State:
    world = sim.world
    return State(
        bot_id=world.bot_id,
        settings=world.settings,
        people=[person_view(person) for person in world.people.values()],
        faults=world.faults,
        statistics=world.logs.statistics,
        quota_used=world.quota.used(world.clock.now()),
        examples=len(sim.examples),
        can_walk=sim.plan is not None,
    )


@router.get("/people")
async def people(sim: Sim) -> list[PersonView]:
    return [person_view(person) for person in sim.world.people.values()]


@router.post("/people", status_code=201)
async def add_person(new: NewPerson, sim: Sim) -> PersonView:
    return person_view(sim.world.add_person(new.name, new.device))


@router.patch("/people/{person_id}")
async def change_person(change: PersonChange, person: Annotated[Person, Depends(person_of)], sim: Sim) -> PersonView:
    person.name = change.name or person.name
    if change.device and change.device != person.device:
        person.device, person.quick = change.device, None
    sim.world.changed(person)
    sim.world.bus.tell("people")
    return person_view(person)


@router.get("/people/{person_id}/talk")
async def talk(
    person: Annotated[Person, Depends(person_of)],
    sim: Sim,
    after: Annotated[int, Query(ge=0)] = 0,
    wait: Annotated[float, Query(ge=0, le=WAIT_MOST)] = 0.0,
    sender: Literal["bot", "person", ""] = "",
) -> TalkView:
    """The talk behind place `after`; with `wait`, as soon as something (of `sender`) stands there."""
    deadline = asyncio.get_running_loop().time() + wait
    while not any(item.n > after and sender in ("", item.sender) for item in person.items):
        left = deadline - asyncio.get_running_loop().time()
        if left <= 0 or not await person.changed.wait(left):
            break
    return talk_view(sim.world, person, after)


@router.post("/people/{person_id}/acts")
async def act(deed: AnyAct, person: Annotated[Person, Depends(person_of)], sim: Sim) -> Outcome:
    try:
        return sim.acting.act(person, deed)
    except CannotAct as error:
        raise HTTPException(409, str(error)) from error


@router.post("/people/{person_id}/id-token")
async def id_token(asked: IdTokenRequest, person: Annotated[Person, Depends(person_of)], sim: Sim) -> dict[str, str]:
    """An ID token as LIFF would give it to a page; `/oauth2/v2.1/verify` knows it."""
    token = reply_token()
    now = sim.world.clock.now()
    sim.world.id_tokens[token] = id_claims(person.id, person.name, asked.client_id, asked.nonce, now)
    return {"id_token": token}


@router.get("/settings")
async def settings(sim: Sim) -> Settings:
    return sim.world.settings


@router.patch("/settings")
async def change_settings(change: dict[str, Any], sim: Sim) -> Settings:
    """Change some settings; all of the changes or none of them hold."""
    try:
        checked = Settings.model_validate({**sim.world.settings.model_dump(), **change})
    except ValidationError as error:
        raise HTTPException(422, error.errors(include_url=False, include_context=False)) from error
    for name in change:
        setattr(sim.world.settings, name, getattr(checked, name))
    sim.world.bus.tell("settings")
    return sim.world.settings


@router.get("/faults")
async def faults(sim: Sim) -> list[Fault]:
    return sim.world.faults


@router.post("/faults", status_code=201)
async def add_fault(fault: Fault, sim: Sim) -> list[Fault]:
    sim.world.faults.append(fault)
    sim.world.bus.tell("faults")
    return sim.world.faults


@router.delete("/faults")
async def clear_faults(sim: Sim) -> list[Fault]:
    sim.world.faults.clear()
    sim.world.bus.tell("faults")
    return sim.world.faults


@router.get("/webhooks")
async def webhooks(sim: Sim, last: Annotated[int, Query(ge=1, le=1000)] = 1000) -> list[WebhookView]:
    """Webhooks as they were sent, oldest first."""
    return [webhook_view(call) for call in list(sim.world.logs.webhooks)[-last:]]


@router.get("/api-calls")
async def api_calls(sim: Sim, name: str = "", last: Annotated[int, Query(ge=1)] = MOST_CALLS) -> list[ApiCallView]:
    """Calls of the Messaging API, oldest first; `name` is `reply`, `push`, `loading` …"""
    calls = [call for call in sim.world.logs.api if name in ("", call.name)]
    return [api_view(call) for call in calls[-last:]]


@router.post("/raw-webhook")
async def raw_webhook(request: Request, sim: Sim) -> WebhookView:
    """Send the request's body as it is to the bot, signed (or with the header `x-signature` as signature)."""
    call = WebhookCall(sim.world.now_ms(), 1, [])
    sim.world.logs.webhooks.append(call)
    await sim.courier.post(call, await request.body(), request.headers.get("x-signature"))
    return webhook_view(call)


@router.post("/idle")
async def idle(sim: Sim, wait: Annotated[float, Query(ge=0, le=WAIT_MOST)] = 10.0) -> dict[str, bool]:
    """Wait until no webhook is under way; tells whether that was reached in time."""
    try:
        async with asyncio.timeout(wait):
            await sim.courier.idle()
    except TimeoutError:
        return {"idle": False}
    return {"idle": True}


@router.post("/reset")
async def reset(sim: Sim) -> dict[str, bool]:
    await sim.reset()
    return {"reset": True}


@router.get("/content/{item_id}")
async def content(item_id: str, sim: Sim) -> Response:
    found = sim.world.contents.get(item_id)
    if found is None:
        raise HTTPException(404, "no such content")
    return Response(found.data, media_type=found.media_type, headers={"x-content-type-options": "nosniff"})


@router.get("/richmenus/{menu_id}/picture")
async def menu_picture(menu_id: str, sim: Sim) -> Response:
    menu = sim.world.menus.menus.get(menu_id)
    if menu is None or menu.picture is None:
        raise HTTPException(404, "no such picture")
    return Response(menu.picture.data, media_type=menu.picture.media_type)


@router.get("/events")
async def events(sim: Sim) -> StreamingResponse:
    """News as server-sent events: `talk`, `people`, `settings`, `faults`, `webhook`, `api`, `walk`, `reset`."""

    async def stream() -> AsyncIterator[str]:
        async for note in sim.world.bus.listen(HEARTBEAT):
            yield f"data: {json.dumps(note, ensure_ascii=False)}\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"cache-control": "no-store"})
