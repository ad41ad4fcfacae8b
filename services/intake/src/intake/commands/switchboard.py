"""Calls: what the exchange reports, folded into one document per call, and the callbacks that follow."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from intake import metrics
from intake.commands.owing import Round
from intake.rules.callbacks import Calendar, Pace, due_at
from intake.rules.calls import CallState, Report, debt
from intake.rules.owed import Turn
from intake.store import Call, Callback, IntakeStore
from legalaid import clock
from legalaid.errors import TransientError
from legalaid.events import EventData
from legalaid.events.calls import CallAnswered, CallbackOwed, CallEnded, CallStarted
from legalaid.events.people import Contact, Person
from legalaid.events.sealed import Sealed
from legalaid.events.words import CallOutcome
from legalaid.sealed import BlindIndex, Keyring, Phones
from legalaid.store import GroupCommit, Outgoing
from legalaid.store.races import TRIES, part_rivals

_PURPOSE: Final = "calls"
_PATIENCE: Final = 6
"""Attempts (a second at most) that the writer of a claim is given to write its call; then it is taken for dead."""


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


@dataclass(frozen=True)
class _Caller:
    contact: Sealed[Contact]
    number: str
    """The mark of the number in it."""


class Switchboard:
    """Takes reports in any order and any number of times.

    One call is owed to a number at a time (``rules/owed.py``): its calls meanwhile join that one and are told what was
    promised. First the claim is written, then the owed call with its event, then those that joined it: a crash in
    between costs at most a second call to the same number. Whoever joined looks afterwards whether the owed one still
    waits, and ``hear_again`` comes after it was settled: one of the two sees the other, in whatever order they wrote.
    """

    def __init__(
        self,
        store: IntakeStore,
        keyring: Keyring,
        index: BlindIndex,
        outgoing: Outgoing[Call],
        calendar: Calendar,
        pace: Pace,
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._index = index
        self._outgoing = outgoing
        self._calendar = calendar
        self._pace = pace
        self._group: GroupCommit[Ring, Logged] = GroupCommit(self._commit)

    async def report(self, ring: Ring) -> Logged:
        """Returns when a majority holds the report and what follows from it. Raises ``TransientError``."""
        return await self._group.submit(ring)

    async def hear_again(self, settled: Collection[str]) -> None:
        """Take what joined these as if reported again, so that who called after the return is owed a call.

        Raises ``TransientError``.
        """
        joined = await self._store.joined_to(settled) if settled else []
        known = [(call, call.life.ended or call.life.started) for call in joined]
        rings = [Ring(call.id, report, None, clock.now(), None) for call, report in known if report]
        await asyncio.gather(*map(self.report, rings))

    async def _commit(self, batch: list[Ring]) -> list[Logged]:
        answers: dict[int, Logged] = {}
        first_heard: set[int] = set()
        left = list(enumerate(batch))
        for attempt in range(TRIES):
            await part_rivals(attempt)
            rings = [ring for _, ring in left]
            calls = await self._store.calls.load({ring.call_id for ring in rings})
            callers = await self._callers(rings, calls)
            decided = await self._round(calls, callers, is_patient=attempt < _PATIENCE)
            for position, ring in left:
                if ring.call_id not in calls:
                    first_heard.add(position)
                call = calls.setdefault(ring.call_id, Call(id=ring.call_id))
                learned = self._learn(call, ring, callers.get(call.id))
                if self._promise(call, ring, decided) or learned:
                    decided.changed[call.id] = call
                answers[position] = Logged(call.callback, position in first_heard)
            await self._save(decided)
            if not decided.again:
                return [answers[position] for position in range(len(batch))]
            left = [(position, ring) for position, ring in left if ring.call_id in decided.again]
            first_heard -= {position for position, ring in left if not calls[ring.call_id].version}
        raise TransientError("others keep changing the same calls")

    async def _round(self, calls: dict[str, Call], callers: Mapping[str, _Caller], *, is_patient: bool) -> Round:
        numbers = {each.number for each in callers.values()}
        numbers |= {each.number for each in calls.values() if each.number is not None}
        claims = await self._store.claims.load(numbers) if numbers else {}
        claimed = {claim.call for claim in claims.values()}
        named = claimed | {call.joined for call in calls.values() if call.joined is not None}
        return Round(
            calls=calls,
            others=await self._store.calls.load(named) if named else {},
            claims=claims,
            erased=claimed - (await self._keyring.fetch(claimed)).keys(),
            waiting=await self._store.callbacks_waiting(),
            is_patient=is_patient,
        )

    async def _save(self, decided: Round) -> None:
        """Write claims, then what is owed, then what joined it; nothing that hangs on what lost a race."""
        lost = await self._store.claims.save(list(decided.claiming.values()))
        decided.again |= {claim.call for mark, claim in decided.claiming.items() if mark in lost}
        await self._write([call for call in decided.changed.values() if call.joined is None], decided)
        joined = await self._write([call for call in decided.changed.values() if call.joined is not None], decided)
        owed = await self._store.calls.load({call.joined for call in joined if call.joined}) if joined else {}
        decided.again |= {call.id for call in joined if call.joined and not owed[call.joined].callback_waiting}

    async def _write(self, calls: Sequence[Call], decided: Round) -> list[Call]:
        """Returns what was written; the rest is to be decided again."""
        sure = [call for call in calls if call.id not in decided.again and call.joined not in decided.again]
        losers = await self._store.calls.save(sure)
        written = [call for call in sure if call.id not in losers]
        self._outgoing.put(written)
        decided.again |= {call.id for call in calls} - {call.id for call in written}
        return written

    async def _callers(self, rings: Sequence[Ring], calls: Mapping[str, Call]) -> dict[str, _Caller]:
        """Whom to call back, sealed under keys of each call, for the calls that have no contact yet."""
        phones: dict[str, Phones] = {}
        for ring in rings:
            if ring.phone is not None and (ring.call_id not in calls or calls[ring.call_id].contact is None):
                phones.setdefault(ring.call_id, ring.phone)
        keys = await self._keyring.create(phones)
        told = {ring.call_id: ring.phone for ring in reversed(rings) if ring.phone is not None}
        return {
            call: _Caller(
                own.seal(Contact(person=Person(phone=told[call]))), self._index.mark(_PURPOSE, told[call].encode())
            )
            for call, own in keys.items()
        }

    def _learn(self, call: Call, ring: Ring, caller: _Caller | None) -> bool:
        """Take in a report; whether it told anything new."""
        before = (call.life, call.contact)
        if call.contact is None and caller is not None:
            call.contact, call.number = caller.contact, caller.number
        call.life = call.life.learn(ring.report)
        if call.life != before[0]:
            metrics.CALLS.labels(ring.report.state).inc()
            _emit(call, _event(call.id, ring.report), ring.report.at, ring.traceparent)
        return (call.life, call.contact) != before

    def _promise(self, call: Call, ring: Ring, decided: Round) -> bool:
        """Promise a call back when one is due and none stands; whether one was promised now, or is owed otherwise.

        Who was promised one before keeps the time that they were told.
        """
        due = debt(call.life)
        if due is None or call.contact is None:
            return False
        other = decided.owed_instead(call)
        match decided.turn(call):
            case Turn.KEEP:
                return False
            case Turn.WAIT:
                decided.again.add(call.id)
                return False
            case Turn.JOIN if other and other.callback:
                call.joined = other.id
                call.callback = call.callback or Callback(
                    reason=due.reason, owed_at=due.since, due_at=other.callback.due_at
                )
                return True
        if call.callback is None:
            due_by = due_at(due.since, ring.heard_at, decided.waiting, self._pace, self._calendar)
            call.callback = Callback(reason=due.reason, owed_at=due.since, due_at=due_by)
        decided.claim(call)
        decided.waiting += 1
        _owe(call, call.callback, call.contact, ring.traceparent)
        return True


def _owe(call: Call, promised: Callback, contact: Sealed[Contact], traceparent: str | None) -> None:
    call.joined, call.callback_waiting = None, True
    owed_at, due, reason = promised.owed_at, promised.due_at, promised.reason
    metrics.CALLBACKS.labels(reason).inc()
    data = CallbackOwed(call_id=call.id, owed_at=owed_at, due_at=due, reason=reason, contact=contact)
    _emit(call, data, owed_at, traceparent)


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
