"""How an action on a sheet is answered: done and shown again, or the same sheet with what was typed and why not."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response

from admin.desk import Desk, desk_of
from admin.fields import Fields, Incomplete, Typed
from admin.permissions import Action, may
from admin.referral.page import SheetWriter
from admin.visit import Visit
from cases import deliveries, photos, staff
from cases.db import UnitOfWork
from cases.deliveries import Delivery
from cases.errors import CaseError, Conflict, Invalid
from cases.referrals import repository
from cases.referrals.sheets import ReferralSheet, ReporterSheet

Work = Callable[[UnitOfWork], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Acting:
    """One request about one referral."""

    request: Request
    desk: Desk
    referral_id: UUID
    typed: Typed

    @property
    def url(self) -> str:
        return f"/referrals/{self.referral_id}"

    def form(self, name: str) -> Fields:
        return Fields(name, self.typed, self.desk.labels)

    async def show(
        self,
        visit: Visit,
        status: HTTPStatus = HTTPStatus.OK,
        *,
        form: Fields | None = None,
        drawer: ReporterSheet | None = None,
        problem: str = "",
    ) -> Response:
        """The sheet as it stands now; that it was read is recorded before it is shown.

        Raises:
            NotFound: it is missing, or not the visitor's to see.
        """
        now = self.desk.now()
        async with self.desk.db.transaction() as uow:
            sheet = await repository.open_sheet(uow, visit.actor, self.referral_id, now)
            with_inbox = await staff.staffed_agencies(uow)
            shown = await photos.of_referral(uow, self.referral_id)
        writer = SheetWriter(self.desk, visit, sheet, now, with_inbox, await self._deliveries(visit), shown)
        page = writer.page(form=form, drawer=drawer, done=self._done(sheet, with_inbox), problem=problem)
        return self.desk.pages.answer(self.request, "referral/page.html", page, status)

    async def _deliveries(self, visit: Visit) -> tuple[Delivery, ...]:
        """How the messages to the reporter went; nothing for those who do not deal with reporters."""
        if not may(visit.actor.role, Action.READ_REPORTER):
            return ()
        async with self.desk.db.reading() as reader:
            return await deliveries.of_referral(reader, self.referral_id)

    def _done(self, sheet: ReferralSheet, with_inbox: Collection[str]) -> str:
        """What was done. Of an offer it says whether it reached anybody: not every agency has an inbox."""
        newest = max(sheet.handoffs, key=lambda handoff: handoff.offered_at, default=None)
        offered = self.request.query_params.get("done") == "offer" and newest is not None
        if newest is None or not offered or newest.agency_id in with_inbox:
            return self.desk.done(self.request)
        agency = self.desk.city.agency(newest.agency_id)
        key = "number" if agency and agency.phone else "no_number"
        say = self.desk.labels.say
        told = say("by_phone", key, phone=agency.phone if agency else "")
        return say("by_phone", "offer", agency=newest.agency_name) + told

    async def act(self, visit: Visit, form: Fields, work: Callable[[], Work], back: str = "") -> Response:
        """Read the form, do the work in one transaction, and answer after its commit.

        `work` reads the form and gives what is to be done. A slip is answered with 422, a conflict with 409: both on
        the newest sheet, with what was typed kept.
        """
        try:
            todo = work()
            async with self.desk.db.transaction() as uow:
                await todo(uow)
                uow.after_commit(self.desk.call_inbox)
        except Incomplete:
            return await self.show(visit, HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
        except (Conflict, Invalid) as refusal:
            return await self._refused(visit, form, refusal)
        target = f"{back or self.url}?done={form.name}"
        if back and self.request.headers.get("hx-request") == "true":
            return Response(
                headers={"HX-Redirect": target}
            )  # another page comes whole: with its address and its styles
        return RedirectResponse(target, HTTPStatus.SEE_OTHER)

    async def _refused(self, visit: Visit, form: Fields, refusal: CaseError) -> Response:
        message = self.desk.labels.refusal(refusal.text_key, refusal.status)
        if form.typed.keys() - {"version"}:
            form.errors[""] = message
            return await self.show(visit, HTTPStatus(refusal.status), form=form)
        return await self.show(visit, HTTPStatus(refusal.status), problem=message)


async def acting(request: Request, referral_id: UUID, typed: Typed) -> Acting:
    return Acting(request, desk_of(request), referral_id, typed)


About = Annotated[Acting, Depends(acting)]
