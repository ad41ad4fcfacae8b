"""What the app says: that a push has reached the device that it runs on."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from legalaid import ids
from legalaid.http import LeanRoute, Principal, Problem, require
from notify.commands.sightings import NotPushedError, Sightings, TooManyUnknownError

_ANSWERS: dict[int | str, dict[str, Any]] = {
    404: {"description": "No such notice was pushed."},
    429: {"description": "Too many of which that is so: not looked at (Retry-After)."},
}


def router(sightings: Sightings) -> APIRouter:
    """The route."""
    routes = APIRouter(route_class=LeanRoute, tags=["notices"])

    @routes.post("/v1/notices/{notice_id}/seen", status_code=204, responses=_ANSWERS, summary="The device has it")
    async def seen(who: Annotated[Principal, Depends(require("notices:seen"))], notice_id: ids.Id) -> None:
        """The app was pushed this id, which nobody else is told: it is the proof. Once more changes nothing."""
        try:
            await sightings.seen(notice_id, who.client)
        except NotPushedError:
            raise Problem(404, "not-found", "There is nothing here") from None
        except TooManyUnknownError:
            raise Problem(429, "too-many-attempts", "Too many unknown notices", retry_after=1) from None

    return routes
