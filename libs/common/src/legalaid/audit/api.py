"""The record over HTTP: a dependency that writes it, and a route by which an auditor reads it."""

import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel, ConfigDict, Field, StrictInt
from starlette.requests import Request

from legalaid import ids
from legalaid.audit.chain import Access, Entry
from legalaid.audit.trail import Trail, now
from legalaid.http import LeanRoute, Principal, require
from legalaid.telemetry import tracing

_ID: Final = re.compile(ids.UUID_PATTERN)


class recorded(require):  # noqa: N801 - reads as what it does, as require does
    """``require(scope)``, and the access is on record before the endpoint begins.

    The path names what it is about: ``case_id`` or ``request_id`` is the case, ``notice_id`` or ``incoming_id`` another
    thing, whose case ``case_of`` finds. Raises ``TransientError`` when the record cannot be written: the caller gets
    a 503.
    """

    def __init__(
        self, scope: str, action: str, *, case_of: Callable[[str], Awaitable[str | None]] | None = None
    ) -> None:
        super().__init__(scope)
        self.action = action
        self._case_of = case_of

    async def __call__(self, request: Request) -> Principal:
        """As a FastAPI dependency."""
        who = await super().__call__(request)
        path = request.path_params
        case, about = (
            _id(path.get("case_id") or path.get("request_id")),
            _id(path.get("notice_id") or path.get("incoming_id")),
        )
        if about is not None and self._case_of is not None:
            case = await self._case_of(about)
        trail: Trail = request.app.state.trail
        await trail.record(_access(self.action, who, case, about))
        return who


class Search(BaseModel):
    """Which entries. A body and no query: who is looked for must not stand in an address, which proxies log."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"subject": "officer-tgpl-11", "limit": 50}]}
    )

    case: str | None = Field(default=None, pattern=ids.UUID_PATTERN)
    subject: str | None = Field(default=None, max_length=256)
    after: StrictInt = Field(default=0, ge=0, lt=2**63)
    """The ``next_after`` of the page before."""
    limit: StrictInt = Field(default=50, ge=1, le=200)


class AccessPage(BaseModel):
    """Entries, the oldest first."""

    entries: list[Entry]
    altered: list[int]
    """The sequences on this page where somebody changed what was written. One that cannot be read any more is not among
    ``entries``; the others stand there as they are now."""
    next_after: int | None
    """For the next page; None at the end."""


def attach(app: FastAPI, trail: Trail) -> None:
    """Let the app's endpoints record (``recorded``), and an auditor read."""
    app.state.trail = trail
    app.router.routes.extend(_router(trail).routes)


def _router(trail: Trail) -> APIRouter:
    routes = APIRouter(prefix="/v1/access-record", route_class=LeanRoute, tags=["access record"])

    @routes.post("/searches", summary="Who opened or ordered what")
    async def search(
        _who: Annotated[Principal, Depends(recorded("audit:read", "record.read"))], body: Search
    ) -> AccessPage:
        """For auditors of all centres. Entries are written before what they speak of is done, and whether or not it
        then was possible.
        """
        found = await trail.find(case=body.case, subject=body.subject, after=body.after, limit=body.limit + 1)
        page = found[: body.limit]
        return AccessPage(
            entries=[each.entry for each in page if each.entry is not None],
            altered=[each.sequence for each in page if each.altered],
            next_after=page[-1].sequence if len(found) > len(page) else None,
        )

    return routes


def _access(action: str, who: Principal, case: str | None, about: str | None) -> Access:
    trace, _ = tracing.ids()
    return Access(
        at=now(),
        action=action,
        subject=who.subject,
        client=who.client,
        centre=who.centre,
        case=case,
        about=about,
        trace=trace,
    )


def _id(value: str | None) -> str | None:
    """The id of a path, which nobody has checked yet: what is none opens nothing, and is not copied into the record."""
    return value if value is not None and _ID.fullmatch(value) else None
