"""What another law, directory or day would make of a case: the differences, without anything about the person."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime

from legalaid.events.base import Place
from legalaid.events.cases import CaseState
from legalaid.events.people import Facts
from legalaid.events.words import NextAction, RoutingReason
from routing.rules import progress
from routing.rules.allocation import Allocation
from routing.rules.decision import DecisionRecord
from routing.rules.eligibility import Outcome
from routing.rules.rulebook import Rulebook

BY_RULE = frozenset(
    {RoutingReason.RESIDENCE, RoutingReason.MATTER_PLACE, RoutingReason.PLACE_UNKNOWN, RoutingReason.NO_CENTRE}
)
"""Why a case has an owner whom the rules chose, not people."""


@dataclass(frozen=True)
class Stored:
    """A case with what its person told, opened."""

    state: CaseState
    facts: Facts
    record: DecisionRecord
    residence: Place | None
    matter_place: Place | None
    returned_by: tuple[str, ...] = ()

    def allocate(self, rules: Rulebook, at: datetime) -> Allocation:
        """Where it would go if it came then."""
        told, urgent = (self.residence, self.matter_place), self.state.urgent
        return rules.allocate(*told, at, self.returned_by, facts=self.facts, urgent=urgent)


@dataclass(frozen=True)
class Difference:
    """What would be otherwise with one case; before, and after."""

    case_id: str
    owner: tuple[str, str]
    outcome: tuple[Outcome, Outcome]
    categories: tuple[frozenset[str], frozenset[str]]
    due_at: tuple[datetime | None, datetime | None]
    explained: bool
    """Whether only the grounds differ: questions, readings, articles, or what a record is made of."""

    @property
    def parts(self) -> tuple[str, ...]:
        """What differs, by name."""
        pairs = {"owner": self.owner, "outcome": self.outcome, "categories": self.categories, "due_at": self.due_at}
        differing = tuple(name for name, (before, after) in pairs.items() if before != after)
        return differing or (("grounds",) if self.explained else ())


@dataclass
class CaseComparison:
    """The differences of many cases."""

    compared: int = 0
    differences: list[Difference] = field(default_factory=list)
    load: tuple[Counter[str], Counter[str]] = field(default_factory=lambda: (Counter(), Counter()))
    """Open cases by the code of their owner; before, and after."""

    def take(self, stored: Stored, current: Rulebook, other: Rulebook, as_of: datetime | None = None) -> None:
        """Compare one more case."""
        difference = compare(stored, current, other, as_of)
        self.compared += 1
        if stored.state.status.is_open:
            for load, owner in zip(self.load, difference.owner, strict=True):
                load[owner] += 1
        if difference.parts:
            self.differences.append(difference)

    def outcomes(self) -> Counter[tuple[Outcome, Outcome]]:
        """How many go from which outcome to which."""
        return Counter(each.outcome for each in self.differences if each.outcome[0] is not each.outcome[1])

    def categories(self) -> tuple[Counter[str], Counter[str]]:
        """How many lose, and how many gain, each category."""
        lost = Counter(code for each in self.differences for code in each.categories[0] - each.categories[1])
        gained = Counter(code for each in self.differences for code in each.categories[1] - each.categories[0])
        return lost, gained


def compare(stored: Stored, current: Rulebook, other: Rulebook, as_of: datetime | None = None) -> Difference:
    """What ``other`` would make of a case, on the day that it was judged by or at ``as_of``.

    Whom people chose stays the owner. When an action is due is compared under both rulebooks, from when the case last
    changed.
    """
    state, record = stored.state, stored.record
    at = as_of or current.noon(record.judged_on)
    owner = state.owner.code if state.owner else record.owner
    allocation = stored.allocate(other, at)
    told_at = as_of or current.noon(record.told_on or record.judged_on)
    after = other.decide(stored.facts, stored.residence, allocation, at, told_at).record
    chosen = is_chosen_by_rule(state)
    return Difference(
        case_id=state.case_id,
        owner=(owner, after.owner if chosen else owner),
        outcome=(record.outcome, after.outcome),
        categories=(_codes(record), _codes(after)),
        due_at=(_due(stored, current), _due(stored, other)),
        explained=_grounds(record) != _grounds(after) or (chosen and not _is_reproduced(record, after)),
    )


def is_chosen_by_rule(state: CaseState) -> bool:
    """Whether the rules chose the owner, and may choose again: no person did, and nobody accepted the case."""
    return state.status.is_open and state.routing_reason in BY_RULE and not progress.is_with_provider(state)


def _codes(record: DecisionRecord) -> frozenset[str]:
    return frozenset(category.code for category in record.categories)


def _grounds(record: DecisionRecord) -> DecisionRecord:
    """The record without its day, the owner, how it was found, and the names of the versions."""
    unsaid = {
        "ruleset": "",
        "directory": "",
        "owner": "",
        "candidates": (),
        "explanation_vi": (),
        "inputs": "",
        "language": None,
        "told_on": None,
    }
    return record.model_copy(update={**unsaid, "reason": RoutingReason.RESIDENCE, "judged_on": date.min})


def _is_reproduced(before: DecisionRecord, after: DecisionRecord) -> bool:
    """Whether what was decided on is the same to the letter, where the same tables decided on the same day."""
    tables_and_days = ((each.ruleset, each.directory, each.judged_on, each.told_on) for each in (before, after))
    return len(set(tables_and_days)) > 1 or before.inputs == after.inputs


def _due(stored: Stored, rules: Rulebook) -> datetime | None:
    state = stored.state
    if state.next_action in (None, NextAction.CALL_BACK):
        return None
    appoint = rules.immediate(stored.facts, state.changed_at).appoint
    return rules.term(state.next_action, urgent=state.urgent, start=state.changed_at, appoint=appoint).due_at
