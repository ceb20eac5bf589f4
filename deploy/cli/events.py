"""`kizuki events list | retry | drop`: events that were set aside, and answers that did not arrive."""

import asyncio
import getpass
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import typer

from cases import parked
from cases.db import Reader
from cases.errors import NotFound
from deploy.house import House, now
from deploy.settings import load
from deploy.starting import StartError, ensure_schema, with_services
from deploy.texts import text

app = typer.Typer(no_args_is_help=True, help="Events that were set aside.")
Done = TypeVar("Done")

Ids = Annotated[list[str] | None, typer.Argument(help="Ids, or their first characters (6 or more).")]
All = Annotated[bool, typer.Option("--all", help="Every one that is set aside.")]
By = Annotated[
    str, typer.Option("--by", help="Your name, for the audit log, which keeps the user of this machine beside it.")
]
Why = Annotated[str, typer.Option(help="The reason, for the audit log; asked for where it is not given.")]


@app.callback()
def group() -> None:
    """Events that were set aside."""


@app.command("list")
def run_list(
    *,
    show: Annotated[str, typer.Option(help="Show what this event says; the audit log keeps who and why.")] = "",
    why: Why = "",
    by: By = "",
    undelivered: Annotated[bool, typer.Option("--undelivered", help="Answers that did not arrive, counted.")] = False,
    days: Annotated[int, typer.Option(min=1, max=3650, help="For --undelivered: of so many days.")] = 30,
) -> None:
    """What was set aside: ids, kinds, times and faults. Never what it says, unless --show asks for one."""
    if show:
        _with_house(lambda house: _show(house, show, _who(by), _reason(why)))
    elif undelivered:
        _with_house(lambda house: _undelivered(house, days))
    else:
        _with_house(_list)


@app.command("retry")
def run_retry(ids: Ids = None, *, every: All = False, by: By = "") -> None:
    """Handle them again, as if they had just come: after the fault is mended."""
    chosen = _chosen(ids, every=every)
    _with_house(lambda house: _retry(house, chosen, _who(by)))


@app.command("drop")
def run_drop(ids: Ids = None, *, every: All = False, why: Why = "", by: By = "") -> None:
    """End them without handling them; what they say is gone for ever."""
    chosen = _chosen(ids, every=every)
    _with_house(lambda house: _drop(house, chosen, _who(by), _reason(why)))


def _with_house(work: Callable[[House], Awaitable[Done]]) -> Done:
    async def run(house: House) -> Done:
        try:
            await ensure_schema(house.settings, may_migrate=False)
            async with house.opened():
                return await work(house)
        finally:
            await house.database.close()

    with with_services(load()) as settings:
        return asyncio.run(run(House.build(settings)))


async def _list(house: House) -> None:
    async with house.database.reading() as reader:
        events = await parked.listed(reader)
    if not events:
        print(text("events.none"))
        return
    zone = ZoneInfo(house.city.timezone)
    print(text("events.head", count=len(events)))
    for event in events:
        error = event.error or text("events.no_error")
        content = "" if event.has_content else text("events.taken_back")
        values = {"id": event.id, "kind": event.kind, "attempts": event.attempts, "error": error, "content": content}
        print(text("events.line", at=_time(event.event_at, zone), received=_time(event.received_at, zone), **values))


async def _show(house: House, start: str, who: str, why: str) -> None:
    async with house.database.transaction() as uow:
        event_id = (await _found(uow, [start]))[0]
        try:
            event = await parked.show(uow, event_id, who=who, why=why, now=now())
        except NotFound:
            raise StartError(text("events.unknown", id=start)) from None
    print(text("events.empty") if event is None else json.dumps(_without_token(event), ensure_ascii=False, indent=2))


async def _undelivered(house: House, days: int) -> None:
    async with house.database.reading() as reader:
        groups = await parked.undelivered(reader, now() - timedelta(days=days))
    if not groups:
        print(text("events.all_delivered", days=days))
        return
    zone = ZoneInfo(house.city.timezone)
    print(text("events.undelivered_head", days=days))
    for one in groups:
        last = _time(one.last_at, zone) if one.last_at else ""
        reason = one.reason or text("events.no_reason")
        print(text(f"events.undelivered.{one.state}", count=one.count, reason=reason, last=last))


async def _retry(house: House, chosen: Sequence[str] | None, who: str) -> None:
    async with house.database.transaction() as uow:
        ids = None if chosen is None else await _found(uow, chosen)
        count = await parked.retry(uow, ids, who=who, now=now())
    await house.wake.wake("inbound")
    print(text("events.retried", count=count))


async def _drop(house: House, chosen: Sequence[str] | None, who: str, why: str) -> None:
    async with house.database.transaction() as uow:
        ids = None if chosen is None else await _found(uow, chosen)
        count = await parked.drop(uow, ids, who=who, why=why, now=now())
    print(text("events.dropped", count=count))


async def _found(reader: Reader, starts: Sequence[str]) -> list[UUID]:
    """The events that are meant; one that is not there stops all, so that nothing is done by halves."""
    found = {start: await parked.find(reader, start) for start in starts}
    unknown = [start for start, event_id in found.items() if event_id is None]
    if unknown:
        raise StartError(text("events.unknown", id=", ".join(unknown)))
    return [event_id for event_id in found.values() if event_id is not None]


def _chosen(ids: Sequence[str] | None, *, every: bool) -> Sequence[str] | None:
    """The ids that were typed, or None for all.

    Raises:
        StartError: neither or both were given.
    """
    if bool(ids) == every:
        raise StartError(text("events.choose"))
    return ids or None


def _who(by: str) -> str:
    """For the audit log: the name that was given, and the user of this machine, which several people may share."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        user = text("events.user_unknown", number=os.getuid())
    return text("events.who", name=by.strip(), user=user) if by.strip() else user


def _reason(why: str) -> str:
    given = why.strip() or str(typer.prompt(text("events.why"))).strip()
    if not given:
        raise StartError(text("events.no_why"))
    return given


def _without_token(event: dict[str, Any]) -> dict[str, Any]:
    """A reply token may still be good, and is nothing to look at."""
    return {key: value for key, value in event.items() if key != "replyToken"}


def _time(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
