"""The Desk's API: which calls are owed, and what a person decides on messages that may or may not have gone out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from legalaid import ids
from legalaid.audit import recorded
from legalaid.http import LeanRoute, Principal, Problem, idempotency_key
from notify.api.views import Decision, NoticeList, NoticeView
from notify.commands.desk import ChangedError, Desk, NoNoticeError

_MOST = 200
_COMMAND: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no such notice, or it is another centre's."},
    409: {"description": "It has changed meanwhile: look at it again."},
}

Caller = Annotated[Principal, Depends(recorded("notices:read", "callbacks.list"))]
Reader = Annotated[Principal, Depends(recorded("notices:read", "notices.list"))]
Key = Annotated[str, Depends(idempotency_key)]


def router(desk: Desk) -> APIRouter:
    """The routes of notify."""
    routes = APIRouter(route_class=LeanRoute, tags=["notices"])
    called = Depends(recorded("notices:write", "callback.done", case_of=desk.case_of))
    decides = Depends(recorded("notices:write", "notice.decide", case_of=desk.case_of))

    @routes.get("/v1/callbacks")
    async def owed(who: Caller, limit: Annotated[int, Query(ge=1, le=_MOST)] = 50) -> NoticeList:
        """The calls that are owed because no SMS could go out, those due first. An officer sees the own centre's."""
        return NoticeList(notices=[NoticeView.of(notice) for notice in await desk.owed(who.centre, limit)])

    @routes.post("/v1/callbacks/{notice_id}/done", responses=_COMMAND)
    async def done(who: Annotated[Principal, called], key: Key, notice_id: ids.Id) -> NoticeView:
        """Somebody called. Done twice is done."""
        with _problems():
            return NoticeView.of(await desk.called(notice_id, who.centre, cause=ids.command_id(notice_id, key)))

    @routes.get("/v1/notices")
    async def unknown(who: Reader, limit: Annotated[int, Query(ge=1, le=_MOST)] = 50) -> NoticeList:
        """The messages of which nobody can say whether they went out (state UNKNOWN), the oldest first."""
        return NoticeList(notices=[NoticeView.of(notice) for notice in await desk.in_doubt(who.centre, limit)])

    @routes.post("/v1/notices/{notice_id}/decision", responses=_COMMAND)
    async def decide_unknown(
        who: Annotated[Principal, decides], key: Key, notice_id: ids.Id, body: Decision
    ) -> NoticeView:
        """Send it again, at the risk of a second message, or leave it."""
        cause = ids.command_id(notice_id, key)
        with _problems():
            return NoticeView.of(await desk.decide(notice_id, who.centre, body.decision, cause=cause))

    return routes


@contextmanager
def _problems() -> Iterator[None]:
    """What the Desk's errors are over HTTP."""
    try:
        yield
    except NoNoticeError:
        raise Problem(404, "not-found", "There is nothing here") from None
    except ChangedError:
        raise Problem(409, "conflict", "It has changed meanwhile", "Look at it again before you decide.") from None
