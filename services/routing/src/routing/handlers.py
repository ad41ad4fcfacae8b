"""Requests and owed calls become cases, and cases follow what becomes of them.

A request and the owed call that it settles come from two topics, in either order; the callback's case ends up the same
(``take_up``). A request whose keys are gone was erased: its case is closed at once, so that nothing stays to be done.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from legalaid.bus import Batch
from legalaid.events import Event
from legalaid.events.calls import CallbackOwed
from legalaid.events.cases import CaseClosed, CaseOpened, CaseReassessed, CaseState
from legalaid.events.people import Facts
from legalaid.events.requests import RequestReceived, RequestState
from legalaid.events.words import Status
from legalaid.sealed import Keyring, Keys
from legalaid.store import Documents, Publisher, Step, fold, in_sequence, publish_outboxes
from routing import metrics
from routing.rules import progress
from routing.rules.allocation import Allocation
from routing.rules.comparison import BY_RULE
from routing.rules.rulebook import Rulebook
from routing.store import Case, Link


class CaseMaker:
    """The handlers of ``legalaid.requests`` and ``legalaid.calls``."""

    def __init__(self, cases: Documents[Case], keyring: Keyring, publisher: Publisher, rules: Rulebook) -> None:
        self._cases = cases
        self._keyring = keyring
        self._publisher = publisher
        self._rules = rules

    async def on_requests(self, batch: Batch) -> None:
        """Open, reassess or close the case of each request, and close the callbacks that they settle."""
        told = [event for event in batch.events if isinstance(event.data, RequestState)]
        deciding = Deciding(await self._keyring.fetch(event.subject for event in told), self._rules)
        follow = in_sequence(batch, deciding.follow_request)
        steps: list[Step[Case]] = []
        for event in batch.events:
            steps.append(Step(event.subject, event, follow))
            if isinstance(event.data, RequestState) and event.data.call_id is not None:
                steps.append(Step(event.data.call_id, event, take_up))
        await self._carry_out(steps)

    async def on_calls(self, batch: Batch) -> None:
        """Open a case of the Desk for each call that we owe. The rest of a call's life makes no case."""
        owed = [event for event in batch.events if isinstance(event.data, CallbackOwed)]
        deciding = Deciding(await self._keyring.fetch(event.subject for event in owed), self._rules)
        await self._carry_out([Step(event.subject, event, deciding.open_callback) for event in owed])

    async def _carry_out(self, steps: list[Step[Case]]) -> None:
        touched = await fold(self._cases, steps)
        metrics.count_events(state for case in touched for state in case.happenings)
        await publish_outboxes(self._publisher, self._cases, touched)


class Deciding:
    """The decisions on one batch. Given the same document and event they say the same, but for fresh seals."""

    def __init__(self, keys: Mapping[str, Keys], rules: Rulebook) -> None:
        self._keys = keys
        self._rules = rules

    def follow_request(self, before: Case | None, event: Event[Any]) -> Case | None:
        """The case after an event of its request."""
        if isinstance(event.data, RequestReceived):
            return self._open(event)
        if before is None or before.state is None or not before.state.status.is_open:
            return None
        if not isinstance(event.data, RequestState):
            return _close(before, event, Status.WITHDRAWN)
        if event.subject not in self._keys:
            return _close(before, event, Status.DISCONTINUED)
        return self._reassess(before, before.state, event)

    def open_callback(self, before: Case | None, event: Event[CallbackOwed]) -> Case | None:
        """The case of an owed call, already closed when a request took the call up, or when its keys are gone."""
        case = before.model_copy() if before else Case(id=event.subject)
        if case.state is not None:
            return None
        case.correlation_id = event.correlation_id
        state = progress.callback_opened(event.data, event.time, self._rules)
        case.happened(CaseOpened, state, cause=event.id, traceparent=event.traceparent)
        if event.subject not in self._keys:
            return _close(case, event, Status.DISCONTINUED)
        if case.link is not None:
            _close_linked(case, case.link)
        return case

    def _open(self, event: Event[RequestReceived]) -> Case:
        data, keys = event.data, self._keys.get(event.subject)
        facts = keys.open(data.facts, Facts) if keys else Facts()
        allocation = self._allocate(data, facts, self._is_urgent(data, facts, event.time))
        decision = self._rules.decide(facts, data.residence, allocation, data.received_at, event.time)
        case = Case(
            id=event.subject,
            correlation_id=event.correlation_id,
            story=data.story,
            record=keys.seal(decision.record) if keys else None,
            residence=data.residence,
            matter_place=data.matter_place,
        )
        state = progress.opened(data, decision, event.time, self._rules)
        case.happened(CaseOpened, state, cause=event.id, traceparent=event.traceparent)
        return case if keys else _close(case, event, Status.DISCONTINUED)

    def _is_urgent(self, data: RequestState, facts: Facts, at: datetime) -> bool:
        """Told so, or one that Article 30(4) has accepted at once."""
        return data.urgent or self._rules.immediate(facts, at).is_urgent

    def _allocate(
        self, data: RequestState, facts: Facts, urgent: bool, returned_by: Collection[str] = ()
    ) -> Allocation:
        return self._rules.allocate(
            data.residence, data.matter_place, data.received_at, returned_by, facts=facts, urgent=urgent
        )

    def _reassess(self, before: Case, state: CaseState, event: Event[RequestState]) -> Case:
        """The owner is chosen again only when the places changed: people may have chosen the one there is.

        Where the rules chose it, it is also chosen again when the case turns urgent, or no longer is.
        """
        data, keys = event.data, self._keys[event.subject]
        facts = keys.open(data.facts, Facts)
        moved = (data.residence, data.matter_place) != (before.residence, before.matter_place)
        urgent = self._is_urgent(data, facts, event.time)
        turned = urgent != state.urgent and state.routing_reason in BY_RULE
        allocation = self._allocate(data, facts, urgent, before.returned_by)
        if not (moved or turned) or progress.is_with_provider(state):
            allocation = progress.kept(state, allocation)
        decision = self._rules.decide(facts, data.residence, allocation, data.received_at, event.time)
        case = before.model_copy()
        record = decision.record.of_accepted() if progress.is_with_provider(state) else decision.record
        case.story, case.record = data.story, keys.seal(record)
        case.residence, case.matter_place = data.residence, data.matter_place
        after = progress.reassessed(state, data, decision, event.time, self._rules)
        case.happened(CaseReassessed, after, cause=event.id, traceparent=event.traceparent)
        return case


def take_up(before: Case | None, event: Event[Any]) -> Case | None:
    """The case of an owed call after a request took the call up: it is closed, or will be as soon as it opens."""
    case = before.model_copy() if before else Case(id=event.data.call_id)
    if case.link is not None:
        return None
    case.link = Link(request_id=event.subject, event_id=event.id, at=event.time, traceparent=event.traceparent)
    _close_linked(case, case.link)
    return case


def _close_linked(case: Case, link: Link) -> None:
    if case.state is not None and case.state.status.is_open:
        state = progress.closed(case.state, Status.LINKED, link.at)
        case.happened(CaseClosed, state, cause=link.event_id, traceparent=link.traceparent)


def _close(before: Case, event: Event[Any], status: Status) -> Case:
    case = before.model_copy()
    if case.state is not None:
        state = progress.closed(case.state, status, event.time)
        case.happened(CaseClosed, state, cause=event.id, traceparent=event.traceparent)
    return case
