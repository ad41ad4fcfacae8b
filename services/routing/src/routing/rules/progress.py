"""How the public state of a case goes on: each function gives the state after one thing that happened.

``at`` is when it happened. What an event brings may have happened before an officer's command that was faster, so a
case never goes back in time.
"""

from datetime import datetime
from typing import Any, Final

from legalaid.events.base import Place
from legalaid.events.calls import CallbackOwed
from legalaid.events.cases import CaseOpened, CaseState
from legalaid.events.requests import RequestState
from legalaid.events.words import CaseKind, Channel, NextAction, RoutingReason, Status
from routing.rules.allocation import Allocation
from routing.rules.deadlines import Term, strictest
from routing.rules.decision import Decision
from routing.rules.directory import DESK, Centre
from routing.rules.immediate import Immediate
from routing.rules.rulebook import Rulebook

_OVER: Final = dict.fromkeys(Term._fields)
"""Nothing is due any more."""


class NotPossibleError(Exception):
    """The case does not stand where the command needs it."""


def opened(data: RequestState, decision: Decision, at: datetime, rules: Rulebook) -> CaseOpened:
    """A request becomes a case: the state is at once the event that says so."""
    owner, place = decision.allocation.owner, decision.allocation.place
    status, action = decision.record.next_step(owner.kind)
    urgent = data.urgent or decision.is_urgent
    return CaseOpened(
        case_id=data.request_id,
        kind=CaseKind.REQUEST,
        status=status,
        owner=owner,
        next_action=action,
        **rules.term(action, urgent=urgent, start=at)._asdict(),
        urgent=urgent,
        routing_reason=decision.allocation.reason,
        ruleset=rules.law.ruleset,
        channel=data.channel,
        receipt_code=data.receipt_code,
        province=place.province if place else None,
        commune=place.commune if place else None,
        received_at=data.received_at,
        changed_at=at,
        contact=data.contact,
        facts=data.facts,
    )


def callback_opened(data: CallbackOwed, at: datetime, rules: Rulebook) -> CaseState:
    """A call that we owe becomes a case of the Desk; the caller was told when it is due."""
    return CaseState(
        case_id=data.call_id,
        kind=CaseKind.CALLBACK,
        status=Status.RECEIVED,
        owner=DESK,
        next_action=NextAction.CALL_BACK,
        due_at=data.due_at,
        urgent=False,
        routing_reason=RoutingReason.CALLBACK,
        ruleset=rules.law.ruleset,
        channel=Channel.HOTLINE,
        receipt_code=None,
        province=None,
        commune=None,
        received_at=data.owed_at,
        changed_at=at,
        contact=data.contact,
        facts=None,
    )


def is_with_provider(state: CaseState) -> bool:
    """Whether a centre accepted the case: from then on only people decide what becomes of it."""
    return state.status in (Status.ACCEPTED, Status.IN_PROGRESS)


def reassessed(state: CaseState, data: RequestState, decision: Decision, at: datetime, rules: Rulebook) -> CaseState:
    """The person changed what they told. What stays to be done is due no later than before."""
    owner = decision.allocation.owner
    urgent = data.urgent or decision.is_urgent
    if is_with_provider(state):
        status, action = state.status, state.next_action or NextAction.APPOINT_PROVIDER
    else:
        status, action = decision.record.next_step(owner.kind)
    term = rules.term(action, urgent=urgent, start=at, appoint=decision.immediate.appoint)
    if action is state.next_action and owner == state.owner:
        term = _no_later(state, term)
    place = decision.allocation.place
    return _after(
        state,
        at,
        contact=data.contact,
        facts=data.facts,
        urgent=urgent,
        status=status,
        owner=owner,
        next_action=action,
        **term._asdict(),
        routing_reason=decision.allocation.reason,
        ruleset=rules.law.ruleset,
        province=place.province if place else None,
        commune=place.commune if place else None,
    )


def kept(state: CaseState, found: Allocation) -> Allocation:
    """The allocation of a case that stays where it is, whatever the rules ``found``; what they offer stays offered."""
    if state.owner is None:
        raise NotPossibleError
    place = Place(province=state.province, commune=state.commune) if state.province else None
    offered = (each for each in found.candidates if each.why == "OFFERED" and each.centre.code != state.owner.code)
    return Allocation(state.owner, state.routing_reason, place, tuple(offered))


def accepted(state: CaseState, at: datetime, rules: Rulebook, immediate: Immediate | None) -> CaseState:
    """The centre accepts; by when it appoints the provider hangs on what holds now.

    ``immediate`` is None for somebody whose data were erased: then the strictest holds, as nobody can tell any more.
    Raises ``NotPossibleError`` unless a centre holds it and has not accepted it yet.
    """
    _can_be_accepted(state)
    action = NextAction.APPOINT_PROVIDER
    if immediate is None:
        term = rules.term(action, urgent=True, start=at)
        return _after(state, at, status=Status.ACCEPTED, next_action=action, **term._asdict())
    urgent = state.urgent or bool(immediate.holds)
    term = rules.term(action, urgent=urgent, start=at, appoint=immediate.appoint)
    return _after(state, at, status=Status.ACCEPTED, urgent=urgent, next_action=action, **term._asdict())


def _can_be_accepted(state: CaseState) -> None:
    if state.kind is not CaseKind.REQUEST or state.owner in (None, DESK) or is_with_provider(state):
        raise NotPossibleError


def returned(state: CaseState, at: datetime, rules: Rulebook) -> CaseState:
    """The centre gives it to the Desk. Raises ``NotPossibleError`` unless it could still accept.

    What was accepted is transferred by the law's own procedure (Article 36), not handed back.
    """
    _can_be_accepted(state)
    action = NextAction.FIND_CENTRE
    return _after(
        state,
        at,
        status=Status.CHECKING,
        owner=DESK,
        next_action=action,
        **rules.term(action, urgent=state.urgent, start=at)._asdict(),
        routing_reason=RoutingReason.RETURNED,
    )


def assigned(
    state: CaseState, centre: Centre, step: tuple[Status, NextAction], at: datetime, rules: Rulebook
) -> CaseState:
    """The Desk found the centre, which has ``step`` to do. Raises ``NotPossibleError`` unless the Desk holds it."""
    if state.kind is not CaseKind.REQUEST or state.owner != DESK:
        raise NotPossibleError
    status, action = step
    return _after(
        state,
        at,
        status=status,
        owner=centre.owner,
        next_action=action,
        **rules.term(action, urgent=state.urgent, start=at)._asdict(),
        routing_reason=RoutingReason.DESK_FOUND,
    )


def renewed(
    state: CaseState, step: tuple[Status, NextAction], at: datetime, rules: Rulebook, *, urgent: bool = False
) -> CaseState:
    """The law changed: its owner looks at the case again. What stays to be done is due no later than before.

    ``urgent`` says whether it was found meanwhile that it has to be accepted at once.
    """
    (status, action), urgent = step, urgent or state.urgent
    term = rules.term(action, urgent=urgent, start=at)
    if action is state.next_action:
        term = _no_later(state, term)
    changes = {**term._asdict(), "urgent": urgent, "ruleset": rules.law.ruleset}
    return _after(state, at, status=status, next_action=action, **changes)


def call_owed(state: CaseState, at: datetime, rules: Rulebook) -> CaseState:
    """The law would now help somebody whose case has ended: the Desk calls, and may then give it to a centre."""
    return _after(
        state,
        at,
        status=Status.RECEIVED,
        owner=DESK,
        next_action=NextAction.CALL_BACK,
        **rules.call_about_law(at)._asdict(),
        routing_reason=RoutingReason.CALLBACK,
        ruleset=rules.law.ruleset,
    )


def linked(state: CaseState, at: datetime) -> CaseState:
    """Another request goes on with it. Raises ``NotPossibleError`` for an owed call, and for what a centre accepted.

    What was accepted ends by the law's own procedure (Article 37), with a written notice.
    """
    if state.kind is not CaseKind.REQUEST or is_with_provider(state):
        raise NotPossibleError
    return closed(state, Status.LINKED, at)


def called_back(state: CaseState, at: datetime) -> CaseState:
    """The Desk called back. Raises ``NotPossibleError`` unless a call is owed."""
    if state.next_action is not NextAction.CALL_BACK:
        raise NotPossibleError
    return closed(state, Status.COMPLETED, at)


def closed(state: CaseState, status: Status, at: datetime) -> CaseState:
    """The case ends; nobody has to do anything any more."""
    return _after(state, at, status=status, owner=None, next_action=None, **_OVER)


def _after(state: CaseState, at: datetime, **changes: Any) -> CaseState:
    """Validated again, so that no transition can leave an open case without an owner."""
    return CaseState(**(dict(state) | changes | {"changed_at": max(at, state.changed_at)}))


def _no_later(state: CaseState, term: Term) -> Term:
    """The same action goes on: it has to be done no later than before."""
    if state.due_at is None:
        return term
    return strictest([term, Term(state.due_at, state.legal_due_at, state.legal_basis)])
