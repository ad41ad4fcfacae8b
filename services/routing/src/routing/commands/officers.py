"""What officers command: decided on the case as it stands, again when somebody else was faster, and once each.

A command is known by the case and its Idempotency-Key. Sent again it changes nothing and tells how the case stands now.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from legalaid import clock, ids
from legalaid.events.cases import CaseAccepted, CaseClosed, CaseReassessed, CaseReturned, CaseState
from legalaid.events.people import Facts
from legalaid.events.words import CaseKind, ReturnReason, Status
from legalaid.sealed import Keyring
from legalaid.store import Decided, Documents, Outgoing
from legalaid.telemetry import tracing
from routing import metrics
from routing.rules import progress
from routing.rules.decision import DecisionRecord
from routing.rules.directory import DESK, Centre
from routing.rules.progress import NotPossibleError
from routing.rules.rulebook import Rulebook
from routing.store import Case, Link


class UnknownCaseError(Exception):
    """There is no such case that the officer's centre may see."""


class MovedOnError(Exception):
    """The case does not stand where the command needs it; ``status`` is where it stands."""

    def __init__(self, status: Status) -> None:
        super().__init__(status)
        self.status = status


class ErasedError(Exception):
    """The person's data were erased: nobody can read them any more."""


class OnlyTheDeskError(Exception):
    """The command is the Desk's alone."""


class UnknownOwnerError(Exception):
    """No centre or branch of the directory that is at work has this code."""


class NotToLinkError(Exception):
    """What a request shall be linked to is no earlier, open request that the officer may see."""


class KeyReusedError(Exception):
    """The Idempotency-Key was used for another command."""


REFUSALS: Final = (
    UnknownCaseError,
    MovedOnError,
    ErasedError,
    OnlyTheDeskError,
    UnknownOwnerError,
    NotToLinkError,
    KeyReusedError,
)
"""What keeps a command from being carried out."""

Change = Callable[[Case, CaseState, datetime], None]
"""Changes the case in place. Raises ``NotPossibleError`` when the case does not stand where the command needs it."""


@dataclass(frozen=True)
class Order:
    """Who commands what on which case."""

    case_id: str
    key: str
    """The Idempotency-Key."""
    centre: str
    """The owner code of the officer's centre."""


class Commands:
    """Carries out the commands of officers.

    Each raises ``UnknownCaseError``, ``MovedOnError`` or ``KeyReusedError``, and ``TransientError`` when the store is
    away; those of the Desk raise ``OnlyTheDeskError`` too.
    """

    def __init__(self, cases: Documents[Case], keyring: Keyring, outgoing: Outgoing[Case], rules: Rulebook) -> None:
        self._cases = cases
        self._keyring = keyring
        self._outgoing = outgoing
        self._rules = rules

    async def accept(self, order: Order) -> CaseState:
        """The centre accepts the case (thụ lý). What the person told says by when the provider is to be appointed."""
        keys = (await self._keyring.fetch([order.case_id])).get(order.case_id)

        def change(case: Case, state: CaseState, at: datetime) -> None:
            facts = keys.open(state.facts, Facts) if keys and state.facts else None
            immediate = self._rules.immediate(facts, at) if facts else None
            after = progress.accepted(state, at, self._rules, immediate)
            case.accepted_at = at
            _happened(case, CaseAccepted, after, order)

        return await self._carry_out(order, "accept", "", change)

    async def give_back(self, order: Order, reason: ReturnReason) -> CaseState:
        """The centre gives the case to the Desk."""

        def change(case: Case, state: CaseState, at: datetime) -> None:
            after = progress.returned(state, at, self._rules)
            by = state.owner.code if state.owner else ""
            case.returned_by = sorted({*case.returned_by, by})
            _happened(case, CaseReturned, after, order, returned_by=by, return_reason=reason)

        return await self._carry_out(order, "return", reason, change)

    async def assign(self, order: Order, owner: str) -> CaseState:
        """The Desk gives the case to a centre of the directory. Raises ``UnknownOwnerError`` and ``ErasedError``."""
        _for_the_desk(order)
        centre = self._rules.directory.find(owner, self._rules.calendar.day(clock.now()))
        if centre is None:
            raise UnknownOwnerError
        keys = (await self._keyring.fetch([order.case_id])).get(order.case_id)

        def change(case: Case, state: CaseState, at: datetime) -> None:
            if keys is None or case.record is None:
                if state.facts is None:
                    raise NotPossibleError
                raise ErasedError
            record = keys.open(case.record, DecisionRecord)
            case.record = keys.seal(_found_by_desk(record, centre))
            after = progress.assigned(state, centre, record.next_step(centre.kind), at, self._rules)
            _happened(case, CaseReassessed, after, order)

        return await self._carry_out(order, "assign", owner, change)

    async def link(self, order: Order, to: str) -> CaseState:
        """The request is of the same person and matter as ``to``, which goes on for both. Raises ``NotToLinkError``.

        Only what came first goes on, so that two officers who link two requests at once never end both.
        """
        other = (await self._cases.load([to])).get(to)

        def change(case: Case, state: CaseState, at: datetime) -> None:
            after = progress.linked(state, at)
            if not self._goes_on(other, order.centre, state):
                raise NotToLinkError
            case.link = Link(request_id=to, event_id=_command(order), at=at, traceparent=tracing.traceparent())
            _happened(case, CaseClosed, after, order)

        return await self._carry_out(order, "link", to, change)

    async def called_back(self, order: Order) -> CaseState:
        """The Desk spoke with the caller of an owed call."""
        _for_the_desk(order)

        def change(case: Case, state: CaseState, at: datetime) -> None:
            _happened(case, CaseClosed, progress.called_back(state, at), order)

        return await self._carry_out(order, "callback-done", "", change)

    async def visible(self, case_id: str, centre: str) -> tuple[Case, CaseState]:
        """The case, for people of ``centre``. Raises ``UnknownCaseError`` when they may see none."""
        return self._seen((await self._cases.load([case_id])).get(case_id), centre)

    async def _carry_out(self, order: Order, name: str, about: str, change: Change) -> CaseState:
        tracing.about(order.case_id, step=f"command:{name}")
        command = _command(order)
        what = f"{order.centre} {name} {about}"

        async def decide(found: Case | None) -> Decided[Case, CaseState]:
            case, state = self._addressed(found, order, command, what)
            if command in case.commands:
                return Decided(state)
            if not _was_changed(case, state, change):
                metrics.COMMANDS.labels(name, "conflict").inc()
                raise MovedOnError(state.status)
            case.commands = {**case.commands, command: what}
            return Decided(case.state or state, write=case)

        done = await self._cases.change(order.case_id, decide)
        metrics.COMMANDS.labels(name, "done" if done.write else "replayed").inc()
        if done.write is not None:
            metrics.count_events(done.write.happenings)
            self._outgoing.put([done.write])
        return done.answer

    def _addressed(self, found: Case | None, order: Order, command: str, what: str) -> tuple[Case, CaseState]:
        """The case; whoever gave the same command before sees its outcome, also when the case has moved on."""
        if found is not None and found.state is not None and found.commands.get(command) == what:
            return found, found.state
        case, state = self._seen(found, order.centre)
        if command in case.commands:
            raise KeyReusedError
        return case, state

    def _goes_on(self, first: Case | None, centre: str, later: CaseState) -> bool:
        """Whether it is an open request that people of ``centre`` may see, and came before ``later``."""
        try:
            _, state = self._seen(first, centre)
        except UnknownCaseError:
            return False
        came_first = (state.received_at, state.case_id) < (later.received_at, later.case_id)
        return state.kind is CaseKind.REQUEST and state.status.is_open and came_first

    def _seen(self, case: Case | None, centre: str) -> tuple[Case, CaseState]:
        if case is None or case.state is None or case.held_by not in self._rules.directory.seen_by(centre):
            raise UnknownCaseError
        return case, case.state


def _was_changed(case: Case, state: CaseState, change: Change) -> bool:
    """Whether the case stood where the command needs it."""
    try:
        if state.status.is_open:
            change(case, state, clock.now())
    except NotPossibleError:
        return False
    return state.status.is_open


def _for_the_desk(order: Order) -> None:
    if order.centre != DESK.code:
        raise OnlyTheDeskError


def _happened(case: Case, event: type[CaseState], state: CaseState, order: Order, **about: Any) -> None:
    case.happened(event, state, cause=_command(order), traceparent=tracing.traceparent(), **about)


def _command(order: Order) -> str:
    return ids.command_id(order.case_id, order.key)


def _found_by_desk(record: DecisionRecord, centre: Centre) -> DecisionRecord:
    sentence = f"Bàn tiếp nhận quốc gia giao {centre.name}."
    return record.model_copy(update={"owner": centre.code, "explanation_vi": (*record.explanation_vi, sentence)})
