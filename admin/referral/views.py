"""/referrals/{id}: the つなぐシート and what the city's staff do with it. Every action is a plain form."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from admin.fields import Incomplete
from admin.permissions import Action, Permit
from admin.referral.acting import About, Work
from admin.referral.forms import MOST_NOTE, MOST_REASON, read_offer, read_priority, read_status, read_text
from admin.visit import Visit
from cases.db import UnitOfWork
from cases.handoffs import service as handoffs
from cases.referrals import repository, service
from cases.referrals.access import find_for_change

router = APIRouter(prefix="/referrals/{referral_id}")


@router.get("")
async def sheet(visit: Annotated[Visit, Depends(Permit(Action.READ_REFERRAL))], about: About) -> Response:
    """The whole sheet on one page."""
    return await about.show(visit)


@router.post("/take")
async def take(visit: Annotated[Visit, Depends(Permit(Action.TAKE))], about: About) -> Response:
    """担当する."""
    form = about.form("take")

    def work() -> Work:
        return lambda uow: service.take(uow, visit.actor, about.referral_id, form.version, about.desk.now())

    return await about.act(visit, form, work)


@router.post("/status")
async def change_status(visit: Annotated[Visit, Depends(Permit(Action.CHANGE_STATUS))], about: About) -> Response:
    """状態を変える, with a reason."""
    form = about.form("status")

    def work() -> Work:
        change = read_status(form)
        return lambda uow: service.change_status(
            uow,
            visit.actor,
            about.referral_id,
            change.to,
            change.reason,
            form.version,
            about.desk.now(),
            close_reason=change.close_reason,
        )

    return await about.act(visit, form, work)


@router.post("/priority")
async def change_priority(visit: Annotated[Visit, Depends(Permit(Action.CHANGE_PRIORITY))], about: About) -> Response:
    """緊急度を変える, with a reason."""
    form = about.form("priority")

    def work() -> Work:
        change = read_priority(form)
        return lambda uow: service.change_priority(
            uow, visit.actor, about.referral_id, change.to, change.reason, form.version, about.desk.now()
        )

    return await about.act(visit, form, work)


@router.post("/notes")
async def add_note(visit: Annotated[Visit, Depends(Permit(Action.NOTE))], about: About) -> Response:
    """メモを残す."""
    form = about.form("note")

    def work() -> Work:
        text = read_text(form, "text", MOST_NOTE)
        return lambda uow: service.add_note(uow, visit.actor, about.referral_id, text, about.desk.now())

    return await about.act(visit, form, work)


@router.post("/offers")
async def offer(visit: Annotated[Visit, Depends(Permit(Action.OFFER))], about: About) -> Response:
    """打診する: ask an agency to take it on."""
    form = about.form("offer")

    def work() -> Work:
        wish = read_offer(about.desk, form)

        async def hand_on(uow: UnitOfWork) -> None:
            await find_for_change(uow, visit.actor, about.referral_id, form.version)
            await handoffs.offer(
                uow,
                visit.actor,
                about.referral_id,
                wish.agency_id,
                wish.action,
                wish.reason,
                wish.due,
                about.desk.now(),
                contact_prohibited=wish.contact_prohibited,
            )

        return hand_on

    return await about.act(visit, form, work)


@router.post("/reporter")
async def open_drawer(visit: Annotated[Visit, Depends(Permit(Action.READ_REPORTER))], about: About) -> Response:
    """Open the reporter's drawer for a reason. Its content is in this answer only: no address leads to it."""
    form = about.form("reporter")
    try:
        reason = read_text(form, "reason", MOST_REASON)
    except Incomplete:
        return await about.show(visit, HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
    async with about.desk.db.transaction() as uow:
        drawer = await repository.reporter(uow, visit.actor, about.referral_id, reason, about.desk.now())
    return await about.show(visit, drawer=drawer)
