"""What is known of a person on the days that the law looks at, in the words of the tables."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Final

from legalaid.events.people import Facts
from legalaid.events.words import Answer
from routing.rules.law import YES_OR_NO, Moment

KINH: Final = "01"
"""The majority, in the list of the General Statistics Office."""
MINORITY: Final = "MINORITY"
STEP_ON: Final = "step_on"
OLDEST: Final = timedelta(days=200 * 365)
_ENUMERATED: Final = ("household", "role", *YES_OR_NO, "concrete_matter", "field")


@dataclass(frozen=True)
class Known:
    """The facts of one person. What is not known is in no mapping."""

    told: dict[str, str]
    """As the record shows them, by name."""
    values: dict[str, str]
    """What conditions compare: as ``told``, but for the ethnicity, of which they ask one thing only."""
    born: tuple[date, date]
    """The first and the last day on which the person may have been born: one day when it is known."""
    days: dict[Moment, date]
    """The day on which each moment falls."""

    @cached_property
    def born_on(self) -> date | None:
        """The day of birth, where it is known."""
        return self.born[0] if self.born[0] == self.born[1] else None


def know(facts: Facts, on: date, extreme_area: Answer = Answer.UNKNOWN) -> Known:
    """What is known on ``on``, the day of receipt in Vietnam.

    ``extreme_area`` is what the table of areas says of the commune; unless it says UNKNOWN, it outranks what was told.
    """
    given = vars(facts)
    told: dict[str, str] = {name: given[name] for name in _ENUMERATED if given[name] != Answer.UNKNOWN}
    told |= {claim: answer for claim, answer in facts.claims.items() if answer is not Answer.UNKNOWN}
    if extreme_area is not Answer.UNKNOWN:
        told["extreme_area"] = extreme_area
    values = dict(told)
    if facts.ethnicity is not None:
        told["ethnicity"] = facts.ethnicity
        values["ethnicity"] = KINH if facts.ethnicity == KINH else MINORITY
    first, last, birth = _born(facts, on)
    if birth:
        told["birth"] = birth
    if facts.step_on is not None:
        told[STEP_ON] = facts.step_on.isoformat()
    step = facts.step_on or on
    return Known(told, values, (first, last), {Moment.RECEIPT: on, Moment.STEP: step})


def age(born: date, on: date) -> int:
    """Full years on that day; somebody born on 29 February is a year older from 1 March of a common year."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _born(facts: Facts, on: date) -> tuple[date, date, str]:
    """From when to when, and what was told; a birth after ``on`` is no birth."""
    birth, year = facts.birth_date, facts.birth_year
    if birth is not None and birth <= on:
        return birth, birth, birth.isoformat()
    if birth is None and year is not None and year <= on.year:
        return date(year, 1, 1), min(date(year, 12, 31), on), str(year)
    return on - OLDEST, on, ""


def births(first: date, last: date, days: Iterable[date], ages: Iterable[int]) -> list[date]:
    """Days of birth from ``first`` to ``last`` that stand for all of them.

    They lie around each day of birth with which one of ``ages`` is reached on one of ``days``.
    """
    found = {first, last}
    for on in days:
        for years in ages:
            turned = _years_before(on, years)
            found |= {day for day in (turned, turned + timedelta(days=1)) if first <= day <= last}
    return sorted(found)


def _years_before(on: date, years: int) -> date:
    """The latest day of birth of somebody who is ``years`` old on that day."""
    try:
        return on.replace(year=on.year - years)
    except ValueError:  # 29 February
        return date(on.year - years, 2, 28)
