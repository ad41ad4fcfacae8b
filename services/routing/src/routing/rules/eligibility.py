"""Who is eligible: the tables of law evaluated over what is known of a person, with three answers.

What is not known stays unknown: nobody counts as not eligible for not having been asked, and whoever counts as eligible
stays so whatever else is learnt. Where a law can be read in two ways, both are judged; where they differ an officer
decides, and the person is asked nothing for it.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from legalaid.events.people import Facts
from legalaid.events.words import Answer
from routing.rules.compiled import Compiled, Holding, Version, compiled
from routing.rules.counterfactual import Counterfactual, Days, counterfactual
from routing.rules.known import STEP_ON, know
from routing.rules.law import Category, CommuneArea, Hardship, Law, Reading, Scope
from routing.rules.questions import KEPT, LeftOpen, deciding, left_open


class Outcome(StrEnum):
    """What the rules can say. They never refuse anybody: only a centre does, in writing."""

    ELIGIBLE = "ELIGIBLE"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    NEEDS_INFO = "NEEDS_INFO"


OUTCOMES: Final = {Answer.YES: Outcome.ELIGIBLE, Answer.NO: Outcome.NOT_ELIGIBLE, Answer.UNKNOWN: Outcome.NEEDS_INFO}


class Read(NamedTuple):
    """What one reading of the law says."""

    reading: Reading
    outcome: Outcome


@dataclass(frozen=True, eq=False)
class Judgement:
    """What the rules say, and why: the same for all of whom as much is known. It equals itself alone, to be a key."""

    outcome: Outcome
    scope: Scope
    hardship: Hardship
    """The rows of that day."""
    in_scope: Answer
    concrete_matter: Answer
    matched: tuple[Category, ...]
    """Categories that hold, by whichever reading."""
    possible: tuple[Category, ...]
    """Categories that hang on something unknown. Of somebody who is eligible without a category that is certain, one
    of these holds whatever the answer."""
    readings: tuple[Read, ...]
    """What each reading says, where they differ; empty where they agree."""
    missing: tuple[str, ...]
    """The fewest unknown facts that settle the outcome, what is told most easily first."""
    counterfactual: Counterfactual | None
    """What would have changed an outcome that is settled; None where no fact does it alone."""

    @property
    def is_for_an_officer(self) -> bool:
        """Whether nothing that the person could tell would settle it: the readings of the law differ."""
        return bool(self.readings) and not self.missing


@dataclass(frozen=True, eq=False)
class Eligibility(Judgement):
    """A finding on one person."""

    facts_used: tuple[tuple[str, str], ...]
    """Known facts that were looked at, sorted by name."""
    area: CommuneArea | None
    """The row of the commune, where it decided whether the area is one of extreme difficulty."""
    finding: Judgement
    """The same, without the person and the commune: one object for all of whom as much is known."""


def evaluate(facts: Facts, law: Law, judged_on: date, commune: str | None = None) -> Eligibility:
    """Judge a person by the law in force on ``judged_on``, the day of receipt; ``commune`` is where they live.

    Age is that of the day of receipt, or of the step in the proceedings, as each category says.
    """
    rows = compiled(Version(law), judged_on)
    area = area_of(law, judged_on, commune)
    known = know(facts, judged_on, area.extreme if area else Answer.UNKNOWN)
    decisive = area if area and area.extreme is not Answer.UNKNOWN else None
    finding = _found(rows, rows.state(known), left_open(rows, known), tuple(known.days.items()))
    used = (each for each in known.told.items() if each[0] in rows.facts or each[0] == STEP_ON)
    return Eligibility(**vars(finding), facts_used=tuple(sorted(used)), area=decisive, finding=finding)


@lru_cache(maxsize=KEPT)
def _found(rows: Compiled, state: Holding, left: LeftOpen, days: Days) -> Judgement:
    """What follows from what holds and what is open. No commune is among the keys: there are thousands."""
    answers = [(category, state.some(groups)) for category, groups in zip(rows.categories, rows.groups, strict=True)]
    read, missing = deciding(rows, state, left)
    outcome = outcome_of(read)
    eligible = outcome is Outcome.ELIGIBLE
    is_settled = outcome is not Outcome.NEEDS_INFO
    return Judgement(
        outcome=outcome,
        scope=rows.scope,
        hardship=rows.hardship,
        in_scope=state.answer(rows.field_bit),
        concrete_matter=state.answer(rows.matter & ~rows.field_bit),
        matched=tuple(category for category, answer in answers if answer is Answer.YES),
        possible=tuple(category for category, answer in answers if answer is Answer.UNKNOWN),
        readings=_differing(rows.readings, read),
        missing=tuple(sorted(missing, key=lambda fact: (rows.effort.get(fact, 2), fact))),
        counterfactual=counterfactual(rows, state, left, days, eligible=eligible) if is_settled else None,
    )


def outcome_of(read: tuple[Answer, ...]) -> Outcome:
    """What follows from what each reading says."""
    return OUTCOMES[read[0]] if len(set(read)) == 1 else Outcome.NEEDS_INFO


def _differing(readings: tuple[Reading, ...], read: tuple[Answer, ...]) -> tuple[Read, ...]:
    if len(set(read)) == 1:
        return ()
    return tuple(Read(reading, OUTCOMES[answer]) for reading, answer in zip(readings, read, strict=True))


def area_of(law: Law, on: date, commune: str | None) -> CommuneArea | None:
    """The row of the commune on that day, where the table of areas has one."""
    return next((row for row in law.areas.get(commune or "", ()) if row.is_in_force(on)), None)
