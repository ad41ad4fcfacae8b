"""``/v1/cases``: what a centre has to do, one case in full, and what officers do with it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request

from legalaid import clock, ids
from legalaid.audit import recorded
from legalaid.events.cases import CaseState
from legalaid.events.people import Contact, Facts, Story
from legalaid.events.words import Status
from legalaid.http import LeanRoute, Principal, Problem, idempotency_key
from legalaid.http.times import Time
from legalaid.sealed import Keyring
from routing.api import answers
from routing.api.cursor import from_cursor, to_cursor
from routing.api.views import Assignment, CaseDetail, CaseView, Linking, Return, WorkList
from routing.commands.officers import Commands, ErasedError, Order, UnknownCaseError
from routing.commands.parties import Comparing
from routing.rules import offers
from routing.rules.decision import DecisionRecord
from routing.rules.limits import Limit, since_acceptance
from routing.rules.papers import proof
from routing.rules.parties import NO_HITS
from routing.rules.rulebook import Rulebook
from routing.store import Case, RoutingStore

CaseId = Annotated[str, Path(pattern=ids.UUID_PATTERN)]
Key = Annotated[str, Depends(idempotency_key)]


class _officer(recorded):  # noqa: N801 - reads as what it does, as its base does
    """Lets in only people of a centre or the Desk, who are on record before anything is shown or done."""

    async def __call__(self, request: Request) -> Principal:
        who = await super().__call__(request)
        if who.centre is None:
            raise Problem(403, "forbidden", "You may not do this", "The token names no centre.")
        return who


def _order(case_id: str, key: str, who: Principal) -> Order:
    return Order(case_id, key, who.centre or "")


Lister = Annotated[Principal, Depends(_officer("cases:read", "cases.list"))]
Reader = Annotated[Principal, Depends(_officer("cases:read", "case.read"))]
Accepter = Annotated[Principal, Depends(_officer("cases:write", "case.accept"))]
Returner = Annotated[Principal, Depends(_officer("cases:write", "case.return"))]
Assigner = Annotated[Principal, Depends(_officer("cases:write", "case.assign"))]
Linker = Annotated[Principal, Depends(_officer("cases:write", "case.link"))]
Caller = Annotated[Principal, Depends(_officer("cases:write", "case.callback-done"))]


def router(store: RoutingStore, keyring: Keyring, commands: Commands, rules: Rulebook) -> APIRouter:
    """The routes."""
    comparing = Comparing(store.cases, keyring, rules.directory)
    routes = APIRouter(prefix="/v1/cases", route_class=LeanRoute, tags=["cases"])

    @routes.get("", summary="What your centre has to do")
    async def work_list(
        who: Lister,
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
        hits = await comparing.hits([item.case_id for item in items], owners)
        return WorkList(
            items=items,
            next_cursor=to_cursor((last.due_at, last.case_id)) if last else None,
            conflicts=[item.case_id for item in items if hits.get(item.case_id, NO_HITS).other_provider],
        )

    @routes.get("/{case_id}", summary="One case in full", responses=answers.NOT_FOUND | answers.ERASED)
    async def one(case_id: CaseId, who: Reader) -> CaseDetail:
        """Opens what the person told. Who opened which case is on record (docs/access-record.md)."""
        try:
            case, state = await commands.visible(case_id, who.centre or "")
        except UnknownCaseError as error:
            answers.refuse(error)
        keys = (await keyring.fetch([case_id])).get(case_id)
        if keys is None:
            answers.refuse(ErasedError())
        decision = keys.open(case.record, DecisionRecord) if case.record else None
        facts = keys.open(state.facts, Facts) if state.facts else None
        hits = await comparing.hits([case_id], rules.directory.seen_by(who.centre or ""))
        return CaseDetail(
            case=CaseView.of(state),
            contact=keys.open(state.contact, Contact).model_copy(update={"devices": ()}),  # notify's alone
            facts=facts,
            story=keys.open(case.story, Story) if case.story else None,
            decision=decision,
            proof=proof(rules.law, decision.categories + decision.possible, decision.judged_on) if decision else None,
            limits=_limits(case, facts, rules),
            offers=await _offers(store, rules, state, decision) if decision else (),
            hits=hits.get(case_id, NO_HITS),
        )

    @routes.post("/{case_id}/accept", summary="Accept the case (thụ lý)", responses=answers.COMMAND)
    async def accept(case_id: CaseId, key: Key, who: Accepter) -> CaseView:
        """Your centre takes the case; next, it appoints the provider."""
        return await answers.done(commands.accept(_order(case_id, key, who)))

    @routes.post("/{case_id}/return", summary="Give the case back to the Desk", responses=answers.COMMAND)
    async def give_back(case_id: CaseId, key: Key, who: Returner, body: Return) -> CaseView:
        """Only before it is accepted. The same centre is not chosen again by the rules."""
        return await answers.done(commands.give_back(_order(case_id, key, who), body.reason))

    @routes.post("/{case_id}/assign", summary="The Desk gives the case to a centre", responses=answers.ASSIGN)
    async def assign(case_id: CaseId, key: Key, who: Assigner, body: Assignment) -> CaseView:
        """For a case whose place is unknown, or that a centre returned."""
        return await answers.done(commands.assign(_order(case_id, key, who), body.owner))

    @routes.post("/{case_id}/link", summary="The same matter as another request", responses=answers.COMMAND)
    async def link(case_id: CaseId, key: Key, who: Linker, body: Linking) -> CaseView:
        """Closes it; the earlier request goes on (Article 9(4)). Before it is accepted, and after asking the person."""
        return await answers.done(commands.link(_order(case_id, key, who), body.case_id))

    @routes.post("/{case_id}/callback-done", summary="The Desk called back", responses=answers.COMMAND)
    async def callback_done(case_id: CaseId, key: Key, who: Caller) -> CaseView:
        """Closes the case of an owed call."""
        return await answers.done(commands.called_back(_order(case_id, key, who)))

    return routes


def _limits(case: Case, facts: Facts | None, rules: Rulebook) -> tuple[Limit, ...]:
    is_open = case.state is not None and case.state.status.is_open
    if facts is None or case.accepted_at is None or not is_open:
        return ()
    return since_acceptance(facts, case.residence, case.accepted_at, rules)


async def _offers(
    store: RoutingStore, rules: Rulebook, state: CaseState, decision: DecisionRecord
) -> tuple[offers.Offer, ...]:
    if state.owner is None:
        return ()
    on = rules.calendar.day(clock.now())
    looked_at = (state.owner, decision.candidates, rules.directory, on)
    taken = await store.open_cases(offers.counted(*looked_at), offers.week_of(on))
    return offers.offers(*looked_at, taken)
