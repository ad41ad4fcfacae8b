"""Who is eligible: the tables of law evaluated over what is known of a person, with three answers.

What is not known stays unknown: nobody counts as not eligible for not having been asked, and whoever counts as eligible
stays so whatever else is learnt.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from legalaid.events.people import Facts
from legalaid.events.words import Answer, Household, LawField, Role
from routing.rules.kleene import every, known, some
from routing.rules.law import Category, Conditions, Hardship, Law, Scope, in_force

KINH = "01"
"""The majority, in the list of the General Statistics Office."""


class Outcome(StrEnum):
    """What the rules can say. They never refuse anybody: only a centre does, in writing."""

    ELIGIBLE = "ELIGIBLE"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    NEEDS_INFO = "NEEDS_INFO"


_OUTCOMES = {Answer.YES: Outcome.ELIGIBLE, Answer.NO: Outcome.NOT_ELIGIBLE, Answer.UNKNOWN: Outcome.NEEDS_INFO}


class Test(NamedTuple):
    """One condition applied to one fact."""

    fact: str
    value: str
    """The fact as it is known, for the record; empty when it is not."""
    answer: Answer


class ConditionGroup(NamedTuple):
    """One group of conditions applied to a person."""

    tests: list[Test]
    answer: Answer


@dataclass(frozen=True)
class Eligibility:
    """What the rules say, and why."""

    outcome: Outcome
    scope: Scope
    hardship: Hardship
    """The rows of that day."""
    in_scope: Answer
    matched: tuple[Category, ...]
    possible: tuple[Category, ...]
    """Categories that hang on something unknown."""
    facts_used: tuple[tuple[str, str], ...]
    """Known facts that were looked at, sorted by name."""
    missing: tuple[str, ...]
    """Unknown facts that would change the outcome, sorted; empty unless it is NEEDS_INFO."""


def evaluate(facts: Facts, law: Law, judged_on: date) -> Eligibility:
    """Judge a person by the law in force on ``judged_on``, at the age that they had then.

    The caller chooses the day: that of receipt today, that of a step in the proceedings where a law will ask for it.
    """
    scope_row, hardship_row = in_force(law.scope, judged_on), in_force(law.hardship, judged_on)
    scope = _scope(facts, scope_row)
    hardship = [_judge(group, facts, judged_on) for group in hardship_row.conditions]
    in_hardship = some(group.answer for group in hardship)
    judged: list[tuple[Category, Answer]] = []
    seen, missing = [scope], set[str]()
    for category in law.categories:
        if not category.is_in_force(judged_on):
            continue
        groups = [_judge(group, facts, judged_on) for group in category.conditions]
        answer = some(group.answer for group in groups)
        if category.financial_hardship:
            answer = every((answer, in_hardship))
            groups += hardship
        judged.append((category, answer))
        for group in groups:
            seen += group.tests
            if answer is group.answer is Answer.UNKNOWN:
                missing.update(test.fact for test in group.tests if test.answer is Answer.UNKNOWN)
    member = some(answer for _, answer in judged)
    outcome = _OUTCOMES[every((scope.answer, member))]
    wanted = missing if member is Answer.UNKNOWN else set()
    if scope.answer is Answer.UNKNOWN:
        wanted = {*wanted, scope.fact}
    return Eligibility(
        outcome=outcome,
        scope=scope_row,
        hardship=hardship_row,
        in_scope=scope.answer,
        matched=tuple(category for category, answer in judged if answer is Answer.YES),
        possible=tuple(category for category, answer in judged if answer is Answer.UNKNOWN),
        facts_used=tuple(sorted({(test.fact, test.value) for test in seen if test.value})),
        missing=tuple(sorted(wanted)) if outcome is Outcome.NEEDS_INFO else (),
    )


def _judge(group: Conditions, facts: Facts, on: date) -> ConditionGroup:
    tests = list(_tests(group, facts, on))
    return ConditionGroup(tests, every(test.answer for test in tests))


def _scope(facts: Facts, scope: Scope) -> Test:
    if facts.field is LawField.UNKNOWN:
        return Test("field", "", Answer.UNKNOWN)
    return Test("field", facts.field, known(facts.field not in scope.excluded_fields))


def _tests(group: Conditions, facts: Facts, on: date) -> Iterator[Test]:
    if group.household is not None:
        unknown = facts.household is Household.UNKNOWN
        answer = Answer.UNKNOWN if unknown else known(facts.household in group.household)
        yield Test("household", "" if unknown else facts.household, answer)
    if group.role is not None:
        unknown = facts.role is Role.UNKNOWN
        answer = Answer.UNKNOWN if unknown else known(facts.role in group.role)
        yield Test("role", "" if unknown else facts.role, answer)
    if group.claim is not None:
        yield _asked(group.claim, facts.claims.get(group.claim, Answer.UNKNOWN))
    if group.age_from is not None:
        yield _age(facts, on, group.age_from, at_least=True)
    if group.age_under is not None:
        yield _age(facts, on, group.age_under, at_least=False)
    if group.ethnic_minority:
        answer = Answer.UNKNOWN if facts.ethnicity is None else known(facts.ethnicity != KINH)
        yield Test("ethnicity", facts.ethnicity or "", answer)
    for fact in ("extreme_area", "monthly_allowance", "detained"):
        if getattr(group, fact):
            yield _asked(fact, getattr(facts, fact))


def _asked(fact: str, answer: Answer) -> Test:
    return Test(fact, "" if answer is Answer.UNKNOWN else answer, answer)


def _age(facts: Facts, on: date, limit: int, *, at_least: bool) -> Test:
    """Whether the person was ``limit`` years old on that day, or with ``at_least=False`` was not yet."""
    youngest, oldest, told = _age_range(facts, on)
    reached = known(youngest >= limit) if (youngest >= limit) == (oldest >= limit) else Answer.UNKNOWN
    if reached is not Answer.UNKNOWN and not at_least:
        reached = known(reached is Answer.NO)
    return Test("birth", told, reached)


_OLDEST = 200


def _age_range(facts: Facts, on: date) -> tuple[int, int, str]:
    """The lowest and highest age that the person may have had, and what was told; a birth after ``on`` is no birth."""
    birth = facts.birth_date
    if birth is not None and birth <= on:
        years = on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
        return years, years, birth.isoformat()
    year = facts.birth_year
    if birth is None and year is not None and year <= on.year:
        is_last_day = (on.month, on.day) == (12, 31)
        return max(on.year - year - (not is_last_day), 0), on.year - year, str(year)
    return 0, _OLDEST, ""
