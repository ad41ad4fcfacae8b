"""``/v1/cases``: what a centre has to do, one case in full, and what officers do with it."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Path, Query

from legalaid import ids
from legalaid.events.people import Contact, Facts, Story
from legalaid.events.words import Status
from legalaid.http import Principal, Problem, idempotency_key, require
from legalaid.http.times import Time
from legalaid.sealed import Keyring
from routing.api import answers
from routing.api.cursor import from_cursor, to_cursor
from routing.api.views import Assignment, CaseDetail, CaseView, Return, WorkList
from routing.commands.officers import Commands, ErasedError, Order, UnknownCaseError
from routing.rules.decision import DecisionRecord
from routing.rules.rulebook import Rulebook
from routing.store import RoutingStore

log = structlog.get_logger()

CaseId = Annotated[str, Path(pattern=ids.UUID_PATTERN)]
Key = Annotated[str, Depends(idempotency_key)]


async def _reader(who: Annotated[Principal, Depends(require("cases:read"))]) -> Principal:
    return _officer(who)


async def _writer(who: Annotated[Principal, Depends(require("cases:write"))]) -> Principal:
    return _officer(who)


def _officer(who: Principal) -> Principal:
    if who.centre is None:
        raise Problem(403, "forbidden", "You may not do this", "The token names no centre.")
    return who


def _order(case_id: str, key: str, who: Principal) -> Order:
    return Order(case_id, key, who.centre or "")


Reader = Annotated[Principal, Depends(_reader)]
Writer = Annotated[Principal, Depends(_writer)]


def router(store: RoutingStore, keyring: Keyring, commands: Commands, rules: Rulebook) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/v1/cases", tags=["cases"])

    @routes.get("", summary="What your centre has to do")
    async def work_list(
        who: Reader,
        status: Annotated[Status | None, Query(description="Without it: all that are open.")] = None,
        due_before: Annotated[Time | None, Query()] = None,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> WorkList:
        """A centre's people see the cases of its branches too; the Desk's people see the Desk's."""
        after = from_cursor(cursor) if cursor else None
        owners = rules.directory.seen_by(who.centre or "")
        found = await store.work_list(owners, status=status, due_before=due_before, after=after, limit=limit + 1)
        items = [CaseView.of(case.state) for case in found[:limit] if case.state]
        last = items[-1] if len(found) > limit else None
        return WorkList(items=items, next_cursor=to_cursor((last.due_at, last.case_id)) if last else None)

    @routes.get("/{case_id}", summary="One case in full", responses=answers.NOT_FOUND | answers.ERASED)
    async def one(case_id: CaseId, who: Reader) -> CaseDetail:
        """Opens what the person told. Who opened which case is logged."""
        try:
            case, state = await commands.visible(case_id, who.centre or "")
        except UnknownCaseError as error:
            answers.refuse(error)
        keys = (await keyring.fetch([case_id])).get(case_id)
        if keys is None:
            answers.refuse(ErasedError())
        log.info("case_opened_by_officer", officer=who.subject, case=case_id)
        return CaseDetail(
            case=CaseView.of(state),
            contact=keys.open(state.contact, Contact),
            facts=keys.open(state.facts, Facts) if state.facts else None,
            story=keys.open(case.story, Story) if case.story else None,
            decision=keys.open(case.record, DecisionRecord) if case.record else None,
        )

    @routes.post("/{case_id}/accept", summary="Accept the case (thụ lý)", responses=answers.COMMAND)
    async def accept(case_id: CaseId, key: Key, who: Writer) -> CaseView:
        """Your centre takes the case; next, it appoints the provider."""
        return await answers.done(commands.accept(_order(case_id, key, who)))

    @routes.post("/{case_id}/return", summary="Give the case back to the Desk", responses=answers.COMMAND)
    async def give_back(case_id: CaseId, key: Key, who: Writer, body: Return) -> CaseView:
        """Only before it is accepted. The same centre is not chosen again by the rules."""
        return await answers.done(commands.give_back(_order(case_id, key, who), body.reason))

    @routes.post("/{case_id}/assign", summary="The Desk gives the case to a centre", responses=answers.COMMAND)
    async def assign(case_id: CaseId, key: Key, who: Writer, body: Assignment) -> CaseView:
        """For a case whose place is unknown, or that a centre returned."""
        return await answers.done(commands.assign(_order(case_id, key, who), body.owner))

    @routes.post("/{case_id}/callback-done", summary="The Desk called back", responses=answers.COMMAND)
    async def callback_done(case_id: CaseId, key: Key, who: Writer) -> CaseView:
        """Closes the case of an owed call."""
        return await answers.done(commands.called_back(_order(case_id, key, who)))

    return routes
