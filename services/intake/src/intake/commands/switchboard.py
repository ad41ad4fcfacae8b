"""Calls: what the exchange reports, folded into one document per call, and the callbacks that follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from intake import metrics
from intake.rules.callbacks import Calendar, Pace, due_at
from intake.rules.calls import CallState, Report, debt
from intake.store import Call, Callback, IntakeStore
from legalaid.errors import TransientError
from legalaid.events import EventData
from legalaid.events.calls import CallAnswered, CallbackOwed, CallEnded, CallStarted
from legalaid.events.people import Contact, Person
from legalaid.events.sealed import Sealed
from legalaid.events.words import CallOutcome
from legalaid.sealed import Keyring, Phones
from legalaid.store import GroupCommit, Outgoing

_ATTEMPTS: Final = 8


@dataclass(frozen=True)
class Ring:
    """A report of the exchange, checked and read."""

    call_id: str
    report: Report
    phone: str | None
    """E.164, or None when the caller withheld it, or the exchange gave something that is no number."""
    heard_at: datetime
    """When the exchange told us."""
    traceparent: str | None


@dataclass(frozen=True)
class Logged:
    """The answer to a report."""

    callback: Callback | None
    is_new: bool
    """Whether this was the first that we heard of the call."""


class Switchboard:
    """Takes reports in any order and any number of times."""

    def __init__(
        self, store: IntakeStore, keyring: Keyring, outgoing: Outgoing[Call], calendar: Calendar, pace: Pace
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._outgoing = outgoing
        self._calendar = calendar
        self._pace = pace
        self._group: GroupCommit[Ring, Logged] = GroupCommit(self._commit)

    async def report(self, ring: Ring) -> Logged:
        """Returns when a majority holds the report and what follows from it. Raises ``TransientError``."""
        return await self._group.submit(ring)

    async def _commit(self, batch: list[Ring]) -> list[Logged]:
        answers: dict[int, Logged] = {}
        left = list(enumerate(batch))
        for _ in range(_ATTEMPTS):
            calls = await self._store.calls.load({ring.call_id for _, ring in left})
            contacts = await self._contacts([ring for _, ring in left], calls)
            waiting = await self._store.callbacks_waiting()
            changed: dict[str, Call] = {}
            for position, ring in left:
                is_new = ring.call_id not in calls
                call = calls.setdefault(ring.call_id, Call(id=ring.call_id))
                learned = self._learn(call, ring, contacts.get(call.id))
                promised = self._promise(call, ring, waiting)
                if learned or promised:
                    changed[call.id] = call
                waiting += promised
                answers[position] = Logged(call.callback, is_new)
            losers = await self._store.calls.save(list(changed.values()))
            self._outgoing.put(call for call in changed.values() if call.id not in losers)
            if not losers:
                return [answers[position] for position in range(len(batch))]
            left = [(position, ring) for position, ring in left if ring.call_id in losers]
        raise TransientError("others keep changing the same calls")

    async def _contacts(self, rings: Sequence[Ring], calls: Mapping[str, Call]) -> dict[str, Sealed[Contact]]:
        """Whom to call back, sealed under keys of each call, for the calls that have no contact yet."""
        phones: dict[str, Phones] = {}
        for ring in rings:
            if ring.phone is not None and (ring.call_id not in calls or calls[ring.call_id].contact is None):
                phones.setdefault(ring.call_id, ring.phone)
        keys = await self._keyring.create(phones)
        told = {ring.call_id: ring.phone for ring in reversed(rings) if ring.phone is not None}
        return {call: own.seal(Contact(person=Person(phone=told[call]))) for call, own in keys.items()}

    def _learn(self, call: Call, ring: Ring, contact: Sealed[Contact] | None) -> bool:
        """Take in a report; whether it told anything new."""
        before = (call.life, call.contact)
        call.contact = call.contact or contact
        call.life = call.life.learn(ring.report)
        if call.life != before[0]:
            metrics.CALLS.labels(ring.report.state).inc()
            _emit(call, _event(call.id, ring.report), ring.report.at, ring.traceparent)
        return (call.life, call.contact) != before

    def _promise(self, call: Call, ring: Ring, waiting: int) -> bool:
        """Promise a call back when one is owed and none was promised; whether one was promised now."""
        owed = debt(call.life)
        if owed is None or call.contact is None or call.callback is not None:
            return False
        due = due_at(owed.since, ring.heard_at, waiting, self._pace, self._calendar)
        call.callback = Callback(reason=owed.reason, owed_at=owed.since, due_at=due)
        call.callback_waiting = True
        data = CallbackOwed(call_id=call.id, owed_at=owed.since, due_at=due, reason=owed.reason, contact=call.contact)
        metrics.CALLBACKS.labels(owed.reason).inc()
        _emit(call, data, owed.since, ring.traceparent)
        return True


def _event(call_id: str, report: Report) -> EventData:
    match report.state:
        case CallState.STARTED:
            return CallStarted(call_id=call_id, started_at=report.at, in_hours=report.in_hours)
        case CallState.ANSWERED:
            return CallAnswered(call_id=call_id, answered_at=report.at)
        case CallState.ENDED:
            return CallEnded(call_id=call_id, ended_at=report.at, outcome=report.outcome or CallOutcome.COMPLETED)


def _emit(call: Call, data: EventData, at: datetime, traceparent: str | None) -> None:
    """An event of a call is caused by the call: reported in another order, it is the same event."""
    call.emit(data, cause=call.id, time=at, correlation_id=call.id, traceparent=traceparent)
