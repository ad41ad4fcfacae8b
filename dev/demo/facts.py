"""Facts about a person that fit a story, so that the morning has people of every kind of eligibility."""

import random
from dataclasses import dataclass
from typing import Any

from dev.demo.people import Somebody
from dev.demo.stories import Situation
from legalaid.events.words import Answer, Claim, Household, LawField, Sex

YEAR = 2026
_YES, _NO, _UNKNOWN = Answer.YES.value, Answer.NO.value, Answer.UNKNOWN.value


@dataclass(frozen=True)
class Means:
    """What somebody told about household and area; the weight says how common it is among callers."""

    weight: int
    household: Household
    allowance: str
    extreme_area: str
    born: tuple[int, int]
    claims: tuple[Claim, ...] = ()
    asked: bool = True
    """Whether the operator got an answer to the claims; else they stay unknown."""


_MEANS = (
    Means(26, Household.POOR, _NO, _YES, (1960, 2004)),
    Means(14, Household.NEAR_POOR, _NO, _YES, (1940, 1963)),
    Means(9, Household.NEITHER, _NO, _YES, (1970, 2004)),
    Means(6, Household.NEAR_POOR, _YES, _NO, (1958, 2003), (Claim.DISABLED,)),
    Means(5, Household.NEITHER, _NO, _NO, (1945, 1960), (Claim.MERITORIOUS_PERSON,)),
    Means(3, Household.UNKNOWN, _UNKNOWN, _UNKNOWN, (2011, 2015)),
    Means(14, Household.UNKNOWN, _UNKNOWN, _UNKNOWN, (1965, 2004), asked=False),
    Means(8, Household.NEITHER, _NO, _UNKNOWN, (1965, 2004)),
    Means(15, Household.NEITHER, _NO, _NO, (1968, 2004)),
)


def told(chance: random.Random, person: Somebody, situation: Situation) -> dict[str, Any]:
    """The facts as the front ends post them."""
    means = chance.choices(_MEANS, [means.weight for means in _MEANS])[0]
    known = set(means.claims) | set(situation.claims)
    claims = {claim.value: _YES if claim in known else _NO for claim in Claim if means.asked or claim in known}
    minority = person.people.code != "01"
    facts: dict[str, Any] = {
        "sex": (Sex.FEMALE if person.woman else Sex.MALE).value,
        "birth_year": chance.randint(*means.born),
        "ethnicity": person.people.code,
        "household": means.household.value,
        "monthly_allowance": means.allowance,
        "extreme_area": means.extreme_area if minority or means.extreme_area != _YES else _NO,
        "role": situation.role.value,
        "claims": claims,
        "detained": _NO,
        "in_danger": _NO,
        "deadline_near": _NO,
        "vietnamese_citizen": _YES,
    }
    for name in situation.urgent:
        facts[name] = _YES
    if situation.law in (LawField.CRIMINAL, LawField.LABOUR_INSURANCE):
        facts["occurred_at"] = f"{YEAR}-11-{chance.randint(1, 20):02d}"
    return facts
