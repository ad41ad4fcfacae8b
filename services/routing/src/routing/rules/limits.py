"""What the law sets for a case since a centre accepted it, worked out when somebody looks."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from legalaid.events.base import Place
from legalaid.events.people import Facts
from legalaid.events.words import AidForm, Answer
from routing.rules import deadlines
from routing.rules.compiled import Version
from routing.rules.eligibility import area_of
from routing.rules.immediate import PAPERS, PAPERS_EXTREME_AREA, Immediate
from routing.rules.law import Deadline, Unit
from routing.rules.rulebook import Rulebook

ADVICE: Final = "ADVICE_WRITTEN"
REPRESENTATION: Final = "APPOINT_REPRESENTATION"
LITIGATION: Final = "APPOINT_LITIGATION"


class Limit(BaseModel):
    """A limit of the law that began with the acceptance."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    code: str
    """The row of the tables."""
    basis: str
    """The article, in Vietnamese."""
    verified: bool
    """Whether its text was read."""
    ends_at: AwareDatetime | None
    """None where the law says at once."""


def since_acceptance(
    facts: Facts, residence: Place | None, accepted_at: datetime, rules: Rulebook
) -> tuple[Limit, ...]:
    """The limits by what is known of the person, what ends first at the top.

    Papers are awaited by a limit only where the case had to be accepted before them (Circular 12/2018, Article 6(2)).
    """
    on = rules.calendar.day(accepted_at)
    rows = deadlines.in_force(Version(rules.law), on)
    area = area_of(rules.law, on, residence.commune if residence else None)
    extreme = area.extreme if area else facts.extreme_area
    codes = _codes(facts, rules.immediate(facts, accepted_at), extreme, rows)
    found = [
        Limit(
            code=row.code,
            basis=row.basis,
            verified=row.verified,
            ends_at=None if row.unit is Unit.AT_ONCE else deadlines.ends(row, accepted_at, rules.calendar),
        )
        for row in (rows[code] for code in dict.fromkeys(codes) if code in rows)
    ]
    return tuple(sorted(found, key=lambda limit: limit.ends_at or accepted_at))


def _codes(facts: Facts, immediate: Immediate, extreme_area: Answer, rows: Mapping[str, Deadline]) -> Iterator[str]:
    if immediate.is_urgent:
        yield from sorted(rows[standard].serves or "" for standard in immediate.appoint if standard in rows)
        yield PAPERS_EXTREME_AREA if extreme_area is Answer.YES else PAPERS
    elif facts.form is not AidForm.LEGAL_ADVICE:
        yield REPRESENTATION if facts.form is AidForm.OUT_OF_COURT_REPRESENTATION else LITIGATION
    if facts.form is AidForm.LEGAL_ADVICE:
        yield ADVICE
