"""What is said to a hand-off: the agency accepts, declines, begins and finishes; the city takes it back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from admin.permissions import Action, Permit
from admin.referral.acting import About, Work
from admin.referral.forms import read_declining
from admin.visit import Visit
from cases.handoffs import service

router = APIRouter(prefix="/referrals/{referral_id}/handoffs/{handoff_id}")
Answering = Annotated[Visit, Depends(Permit(Action.ANSWER))]


@router.post("/accept")
async def accept(visit: Answering, about: About, handoff_id: UUID) -> Response:
    """受理."""
    now = about.desk.now()
    return await about.act(
        visit, about.form("accept"), lambda: lambda uow: service.accept(uow, visit.actor, handoff_id, now)
    )


@router.post("/decline")
async def decline(visit: Answering, about: About, handoff_id: UUID) -> Response:
    """辞退, with a reason. Afterwards the case is closed to the agency, so the way leads to its inbox."""
    form = about.form("decline")

    def work() -> Work:
        answer = read_declining(form)
        return lambda uow: service.decline(
            uow, visit.actor, handoff_id, answer.reason, answer.comment, about.desk.now()
        )

    return await about.act(visit, form, work, back="/inbox")


@router.post("/begin")
async def begin(visit: Answering, about: About, handoff_id: UUID) -> Response:
    """支援中."""
    now = about.desk.now()
    return await about.act(
        visit, about.form("begin"), lambda: lambda uow: service.begin(uow, visit.actor, handoff_id, now)
    )


@router.post("/finish")
async def finish(visit: Answering, about: About, handoff_id: UUID) -> Response:
    """終結 of the agency's part. Afterwards the case is closed to the agency, so the way leads to its inbox."""
    now = about.desk.now()
    return await about.act(
        visit,
        about.form("finish"),
        lambda: lambda uow: service.finish(uow, visit.actor, handoff_id, now),
        back="/inbox",
    )


@router.post("/withdraw")
async def withdraw(visit: Annotated[Visit, Depends(Permit(Action.OFFER))], about: About, handoff_id: UUID) -> Response:
    """取り下げ: the city takes back what it offered."""
    now = about.desk.now()
    return await about.act(
        visit, about.form("withdraw"), lambda: lambda uow: service.withdraw(uow, visit.actor, handoff_id, now)
    )
