"""Who is eligible: the tables of law evaluated over what is known of a person, with three answers.

What is not known stays unknown: nobody counts as not eligible for not having been asked, and whoever counts as eligible
stays so whatever else is learnt. Where a law can be read in two ways, both are judged; where they differ an officer
decides, and the person is asked nothing for it.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from legalaid.events.people import Facts
from legalaid.events.words import Answer
from routing.rules.compiled import Version, compiled
from routing.rules.known import know
from routing.rules.law import Area, Category, Hardship, Law, Reading, Scope
from routing.rules.questions import deciding


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


@dataclass(frozen=True)
class Eligibility:
    """What the rules say, and why."""

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
    area: Area | None
    """The row of the commune, where it decided whether the area is one of extreme difficulty."""
    facts_used: tuple[tuple[str, str], ...]
    """Known facts that were looked at, sorted by name."""
    missing: tuple[str, ...]
    """The fewest unknown facts that settle the outcome, what is told most easily first."""

    @property
    def is_for_an_officer(self) -> bool:
        """Whether nothing that the person could tell would settle it: the readings of the law differ."""
        return bool(self.readings) and not self.missing


def evaluate(facts: Facts, law: Law, judged_on: date, commune: str | None = None) -> Eligibility:
    """Judge a person by the law in force on ``judged_on``, the day of receipt; ``commune`` is where they live.

    Age is that of the day of receipt, or of the step in the proceedings, as each category says.
    """
    rows = compiled(Version(law), judged_on)
    area = _area(law, judged_on, commune)
    known = know(facts, judged_on, area.extreme if area else Answer.UNKNOWN)
    state = rows.state(known)
    answers = [(category, state.some(groups)) for category, groups in zip(rows.categories, rows.groups, strict=True)]
    read = tuple(state.some(groups) for groups in rows.by_reading)
    missing = frozenset[str]()
    if Answer.UNKNOWN in read:
        read, missing = deciding(rows, known, state)
    outcome = OUTCOMES[read[0]] if len(set(read)) == 1 else Outcome.NEEDS_INFO
    return Eligibility(
        outcome=outcome,
        scope=rows.scope,
        hardship=rows.hardship,
        in_scope=state.answer(rows.field_bit),
        concrete_matter=state.answer(rows.matter & ~rows.field_bit),
        matched=tuple(category for category, answer in answers if answer is Answer.YES),
        possible=tuple(category for category, answer in answers if answer is Answer.UNKNOWN),
        readings=_differing(rows.readings, read),
        area=area if area and area.extreme is not Answer.UNKNOWN else None,
        facts_used=tuple(sorted((fact, value) for fact, value in known.told.items() if fact in rows.facts)),
        missing=tuple(sorted(missing, key=lambda fact: (law.effort.get(fact, 2), fact))),
    )


def _differing(readings: tuple[Reading, ...], read: tuple[Answer, ...]) -> tuple[Read, ...]:
    if len(set(read)) == 1:
        return ()
    return tuple(Read(reading, OUTCOMES[answer]) for reading, answer in zip(readings, read, strict=True))


def _area(law: Law, on: date, commune: str | None) -> Area | None:
    return next((row for row in law.areas.get(commune or "", ()) if row.is_in_force(on)), None)
