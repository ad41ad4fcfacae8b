"""Somebody for the tests of the rules."""

from datetime import date
from typing import Any, Final

from legalaid.events.words import Answer, Claim, Household, LawField, Role

ASKED: Final[dict[str, Any]] = {
    "birth_date": date(1985, 3, 1),
    "ethnicity": "01",
    "household": Household.NEITHER,
    "monthly_allowance": Answer.NO,
    "extreme_area": Answer.NO,
    "role": Role.NONE,
    "detained": Answer.NO,
    "field": LawField.CIVIL,
    "vietnamese_citizen": Answer.YES,
    "in_vietnam": Answer.YES,
    "matter_of_trafficking": Answer.NO,
    "claims": dict.fromkeys(Claim, Answer.NO),
}
"""The facts of somebody who was asked everything and belongs to no category."""
