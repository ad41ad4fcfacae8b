"""The Desk's API: which calls are owed, and what a person decides on messages that may or may not have gone out."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from legalaid import clock, ids
from legalaid.errors import TransientError
from legalaid.events.words import NoticeReason
from legalaid.http import LeanRoute, Principal, Problem, idempotency_key, require
from legalaid.store import Publisher, publish_outboxes
from legalaid.telemetry import tracing
from notify.notice import Notice, State
from notify.store import Notices

log = structlog.get_logger()

_DESK = "DESK"
_MOST = 200
_COMMAND: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no such notice, or it is another centre's."},
    409: {"description": "It has changed meanwhile: look at it again."},
}

Reader = Annotated[Principal, Depends(require("notices:read"))]
Writer = Annotated[Principal, Depends(require("notices:write"))]
Key = Annotated[str, Depends(idempotency_key)]


class NoticeView(BaseModel):
    """A notice as the Desk sees it. Whom to call, and at which number, stands in the case, which routing opens."""

    model_config = ConfigDict(frozen=True)

    id: str
    case_id: str
    receipt_code: str | None
    template: str
    state: State
    reason: NoticeReason | None
    owner: str | None
    province: str | None
    urgent: bool
    requested_at: datetime
    changed_at: datetime
    due_at: datetime | None


class NoticeList(BaseModel):
    """Notices, the most pressing first."""

    notices: list[NoticeView]


class Choice(StrEnum):
    """What to do with a message that may or may not have gone out."""

    RESEND = "resend"
    DROP = "drop"


class Decision(BaseModel):
    """A person's decision."""

    model_config = ConfigDict(extra="forbid")

    decision: Choice


def router(notices: Notices, publisher: Publisher) -> APIRouter:
    """The routes of notify."""
    routes = APIRouter(route_class=LeanRoute, tags=["notices"])
    desk = _Desk(notices, publisher)

    @routes.get("/v1/callbacks")
    async def owed(who: Reader, limit: Annotated[int, Query(ge=1, le=_MOST)] = 50) -> NoticeList:
        """The calls that are owed because no SMS could go out, those due first. An officer sees the own centre's."""
        return await desk.list(State.CALLBACK_OWED, "due_at", who, limit)

    @routes.post("/v1/callbacks/{notice_id}/done", responses=_COMMAND)
    async def done(who: Writer, key: Key, notice_id: str) -> NoticeView:
        """Somebody called. Done twice is done."""
        cause = ids.command_id(notice_id, key)

        def decide(notice: Notice) -> None:
            notice.call_done(clock.now(), cause=cause)

        return await desk.change(notice_id, who, State.CALLBACK_OWED, State.CALLBACK_DONE, decide)

    @routes.get("/v1/notices")
    async def unknown(who: Reader, limit: Annotated[int, Query(ge=1, le=_MOST)] = 50) -> NoticeList:
        """The messages of which nobody can say whether they went out (state UNKNOWN), the oldest first."""
        return await desk.list(State.UNKNOWN, "changed_at", who, limit)

    @routes.post("/v1/notices/{notice_id}/decision", responses=_COMMAND)
    async def decide_unknown(who: Writer, key: Key, notice_id: str, body: Decision) -> NoticeView:
        """Send it again, at the risk of a second message, or leave it."""
        cause, resend = ids.command_id(notice_id, key), body.decision is Choice.RESEND

        def decide(notice: Notice) -> None:
            if resend:
                notice.put_off(clock.now())
            else:
                notice.cancel(clock.now(), NoticeReason.ANSWER_LOST, cause=cause)

        after = State.PENDING if resend else State.CANCELLED
        return await desk.change(notice_id, who, State.UNKNOWN, after, decide)

    return routes


class _Desk:
    """What the routes share."""

    def __init__(self, notices: Notices, publisher: Publisher) -> None:
        self._notices = notices
        self._publisher = publisher

    async def list(self, state: State, order: str, who: Principal, limit: int) -> NoticeList:
        query = {"state": state.value} | ({} if who.centre == _DESK else {"owner": who.centre or ""})
        found = await self._notices.find(query, sort=order, limit=limit)
        return NoticeList(notices=[_view(notice) for notice in found])

    async def change(
        self, notice_id: str, who: Principal, before: State, after: State, decide: Callable[[Notice], None]
    ) -> NoticeView:
        """Apply a decision to a notice in ``before``; one that is in ``after`` already is answered as it is."""
        notice = (await self._notices.load([notice_id])).get(notice_id)
        if notice is None or who.centre not in {_DESK, notice.owner}:
            raise Problem(404, "not-found", "There is nothing here")
        tracing.about(notice.correlation_id, step="decide:notice")
        if notice.state is after:
            return _view(notice)
        if notice.state is not before:
            raise _conflict()
        decide(notice)
        if await self._notices.save([notice]):
            raise _conflict()
        await self._tell(notice)
        return _view(notice)

    async def _tell(self, notice: Notice) -> None:
        try:
            await publish_outboxes(self._publisher, self._notices, [notice])
            await self._notices.settle([notice])
        except TransientError:
            log.warning("left_to_the_sweeper", notice=notice.id)


def _conflict() -> Problem:
    return Problem(409, "conflict", "It has changed meanwhile", "Look at it again before you decide.")


def _view(notice: Notice) -> NoticeView:
    return NoticeView.model_validate(notice, from_attributes=True)
