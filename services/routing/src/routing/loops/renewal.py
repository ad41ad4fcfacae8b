"""On the day a row of the law begins or ends: cases are looked at again, and whom the new text helps is owed a call.

Each change of the law is gone through once for each version of the tables; a case says which it was last looked at for,
so a crash in between, or two processes at once, change nothing twice.
"""

import asyncio
from datetime import date, datetime
from typing import Final

import structlog

from legalaid import clock, ids
from legalaid.errors import PermanentError, TransientError
from legalaid.events.cases import CaseReassessed, CaseState
from legalaid.events.people import Contact
from legalaid.events.words import CaseKind
from legalaid.sealed import Keyring, Keys
from legalaid.service import Part, pause
from legalaid.store import ANY_TIME, Decided, Documents, Outgoing
from routing import metrics
from routing.rules.renewal import UNHELPED, Effect, change_day, renewed
from routing.rules.rulebook import Rulebook
from routing.store import Case, Renewal, RoutingStore, opened

log = structlog.get_logger()

_EVERY_SECONDS: Final = 600.0


class Renewer:
    """Goes through the cases after a change of the law."""

    def __init__(self, store: RoutingStore, keyring: Keyring, outgoing: Outgoing[Case], rules: Rulebook) -> None:
        self._cases: Documents[Case] = store.cases
        self._done: Documents[Renewal] = store.renewals
        self._keyring = keyring
        self._outgoing = outgoing
        self._rules = rules

    def part(self) -> Part:
        """The part that looks every ten minutes whether a day has come on which the law changes."""

        async def run(stop: asyncio.Event) -> None:
            while not stop.is_set():
                try:
                    await self.renew(self._rules.calendar.day(clock.now()))
                except TransientError as error:
                    log.warning("renewal_put_off", error=str(error))
                await pause(stop, _EVERY_SECONDS)

        return Part("renewal", run)

    async def renew(self, today: date) -> None:
        """Go through the cases for the latest change of the law, unless that was done.

        Raises ``TransientError`` when the store is away: what was done stays done.
        """
        day = change_day(self._rules.law, today)
        if day is None:
            return
        mark = f"{day.isoformat()} {self._rules.law.ruleset}"
        if await self._done.load([mark]):
            return
        counted = dict.fromkeys(Effect, 0)
        async for cases in self._cases.stream(_before(day)):
            keys = await self._keyring.fetch(case.id for case in cases)
            for case in cases:
                if case.renewed_for != mark and case.id in keys:
                    counted[await self._look_at(case.id, keys[case.id], day, mark)] += 1
        await self._done.insert([Renewal(id=mark, done_at=clock.now())])
        log.info("law_changed", day=day.isoformat(), ruleset=self._rules.law.ruleset, **_words(counted))

    async def _look_at(self, case_id: str, keys: Keys, day: date, mark: str) -> Effect:
        """One that cannot be opened keeps nobody else waiting; whoever reads the log looks at it."""
        try:
            return await self._look_again(case_id, keys, day, mark)
        except PermanentError:
            log.exception("case_not_looked_at_again", case=case_id)
            return Effect.NONE

    async def _look_again(self, case_id: str, keys: Keys, day: date, mark: str) -> Effect:
        async def decide(found: Case | None) -> Decided[Case, Effect]:
            stored = opened(found, keys) if found else None
            if found is None or stored is None or found.renewed_for == mark:
                return Decided(Effect.NONE)
            contact = keys.open(stored.state.contact, Contact)
            after = renewed(stored, contact, day, clock.now(), self._rules)
            if after.effect is Effect.NONE:
                return Decided(Effect.NONE)
            found.renewed_for, found.record = mark, keys.seal(after.record)
            _happened(found, after.state, mark)
            return Decided(after.effect, write=found)

        done = await self._cases.change(case_id, decide)
        if done.write is not None:
            metrics.RENEWED.labels(done.answer).inc()
            metrics.count_events(done.write.happenings)
            self._outgoing.put([done.write])
        return done.answer


def _before(day: date) -> dict[str, object]:
    """The cases that the change may concern: of requests from before, open or ended without help."""
    return {
        "state.kind": CaseKind.REQUEST.value,
        "state.received_at": {"$lt": datetime.combine(day, datetime.min.time(), clock.VIETNAM)},
        "$or": [{"state.due_at": ANY_TIME}, {"state.status": {"$in": [status.value for status in UNHELPED]}}],
    }


def _happened(case: Case, state: CaseState, mark: str) -> None:
    case.happened(CaseReassessed, state, cause=ids.command_id(case.id, mark), traceparent=None)


def _words(counted: dict[Effect, int]) -> dict[str, int]:
    return {effect.name.lower(): number for effect, number in counted.items()}
