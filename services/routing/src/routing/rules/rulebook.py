"""Everything that decisions are made by, as one value."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache

from legalaid.clock import VIETNAM
from legalaid.events.base import Place
from legalaid.events.people import Facts
from legalaid.events.words import NextAction
from legalaid.vietnam.calendar import WorkingCalendar
from routing.rules import deadlines
from routing.rules.allocation import Allocation, agency_has, allocate
from routing.rules.deadlines import Term
from routing.rules.decision import Decision, decide
from routing.rules.directory import Directory
from routing.rules.immediate import Immediate, judge
from routing.rules.law import Law

_allocate = lru_cache(maxsize=4096)(allocate)
"""Many people come from one commune on one day."""


@dataclass(frozen=True)
class Rulebook:
    """The tables of law, the directory of centres and the working calendar."""

    law: Law
    directory: Directory
    calendar: WorkingCalendar

    def allocate(
        self,
        residence: Place | None,
        matter_place: Place | None,
        received_at: datetime,
        returned_by: Collection[str] = (),
        *,
        facts: Facts | None = None,
        urgent: bool = False,
    ) -> Allocation:
        """The owner of a request, by the directory of the day it was received."""
        on, agency = self.calendar.day(received_at), facts is not None and agency_has(facts)
        returned = frozenset(returned_by)
        return _allocate(residence, matter_place, self.directory, on, returned, urgent=urgent, agency=agency)

    def decide(
        self,
        facts: Facts,
        residence: Place | None,
        allocation: Allocation,
        received_at: datetime,
        told_at: datetime | None = None,
    ) -> Decision:
        """Judge a request by the law of the day it was received; ``residence`` is where the person lives.

        How near a day is counts from ``told_at``, when the facts were told; without it, from the receipt.
        """
        on = self.calendar.day(received_at)
        immediate = self.immediate(facts, told_at or received_at)
        return decide(facts, residence, allocation, law=self.law, directory=self.directory, on=on, immediate=immediate)

    def immediate(self, facts: Facts, at: datetime) -> Immediate:
        """What makes a request one to accept at once, as it stands ``at`` that moment."""
        return judge(facts, self.calendar.day(at), self.law, self.calendar)

    def call_about_law(self, start: datetime) -> Term:
        """By when a person is called whom a new text of the law would help."""
        return deadlines.term((deadlines.CALL_ABOUT_LAW,), start, self.law, self.calendar)

    @staticmethod
    def noon(day: date) -> datetime:
        """A moment of that day in Vietnam, for what is judged by the day alone."""
        return datetime.combine(day, time(12), VIETNAM)

    def term(
        self, action: NextAction, *, urgent: bool, start: datetime, appoint: frozenset[str] = deadlines.STRICTEST
    ) -> Term:
        """By when an action that begins at ``start`` has to be done.

        ``appoint`` names the standards for appointing in an urgent case.
        """
        codes = deadlines.standards(action, urgent=urgent, appoint=appoint)
        return deadlines.term(codes, start, self.law, self.calendar)
