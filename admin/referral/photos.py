"""/referrals/{id}/photos/{place}: what the reporter photographed. The city's staff look at it; each look is recorded.

Agencies are told that there are photos and how many: a picture cannot be cut to what one of them may know.
"""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response

from admin.desk import AtDesk
from admin.permissions import Action, Permit
from admin.visit import Visit
from cases import audit, photos
from cases.errors import NotFound
from cases.referrals.access import find

_MOST_PLACES = 100  # of one referral, by far; the number in an address is not to be believed
router = APIRouter(prefix="/referrals/{referral_id}/photos/{place}")


@dataclass(frozen=True, slots=True)
class Photo:
    """`url` is where the picture is; empty for a reader who is only told of it. Width and height are pixels."""

    url: str
    place: int
    width: int
    height: int


@router.get("")
async def photo(
    visit: Annotated[Visit, Depends(Permit(Action.READ_PHOTOS))],
    desk: AtDesk,
    referral_id: UUID,
    place: Annotated[int, Path(ge=1, le=_MOST_PLACES)],
) -> Response:
    """One photo, of a referral that the visitor may see."""
    async with desk.db.transaction() as uow:
        await find(uow, visit.actor, referral_id)
        image = await photos.read(uow, referral_id, place)
        if image is None:
            raise NotFound
        await audit.record(uow, visit.actor, "photo.read", "referral", referral_id, {"place": str(place)}, desk.now())
    return Response(image, media_type="image/jpeg", headers={"Content-Disposition": "inline"})
