"""The fewest questions: all answers to them settle the outcome, and without any of them it could stay open."""

from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from legalaid.events.people import Facts
from legalaid.events.words import Answer, Claim, Household, LawField, Role
from routing import tables
from routing.rules.eligibility import Outcome, evaluate

LAW = tables.load_law(None, date(2026, 11, 23))
YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
ANSWERED: dict[str, tuple[Any, ...]] = {
    "household": (Household.POOR, Household.NEAR_POOR, Household.NEITHER),
    "monthly_allowance": (YES, NO),
    "extreme_area": (YES, NO),
    "role": (Role.ACCUSED, Role.WITNESS, Role.NONE),
    "field": (LawField.CIVIL, LawField.BUSINESS_COMMERCE),
    "vietnamese_citizen": (YES, NO),
    "matter_of_trafficking": (YES, NO),
    "concrete_matter": (YES, NO),
    "ethnicity": ("01", "08"),
    "birth_date": (date(1950, 5, 1), date(1985, 5, 1), date(2009, 5, 1), date(2015, 5, 1)),
    Claim.DISABLED: (YES, NO),
    Claim.HIV_POSITIVE: (YES, NO),
    Claim.TRAFFICKING_VICTIM: (YES, NO),
}
"""The facts that may be open, each with an answer of every sort that the rows tell apart."""
MOST = 5
"""So many are open at once: all their answers are tried."""
DAYS = [date(2018, 6, 1), date(2025, 12, 31), date(2026, 11, 23), date(2027, 1, 1)]


def told(answers: dict[str, Any]) -> Facts:
    """Somebody who answered these; whatever can never be open here is answered with no."""
    claims = {claim: answers.get(claim, UNKNOWN if claim in ANSWERED else NO) for claim in Claim}
    facts = {name: value for name, value in answers.items() if name not in list(Claim)}
    return Facts(claims=claims, in_vietnam=YES, **{"concrete_matter": UNKNOWN} | facts)


@st.composite
def half_told(draw: st.DrawFn) -> dict[str, Any]:
    open_ = draw(st.sets(st.sampled_from(sorted(ANSWERED)), max_size=MOST))
    return {name: draw(st.sampled_from(words)) for name, words in ANSWERED.items() if name not in open_}


def completed(answers: dict[str, Any], facts: list[str]) -> Iterator[dict[str, Any]]:
    """Every way to answer these facts too."""
    for chosen in product(*(ANSWERED[fact] for fact in facts)):
        yield answers | dict(zip(facts, chosen, strict=True))


def named(fact: str) -> str:
    return "birth_date" if fact == "birth" else fact


@settings(max_examples=60)
@given(half_told(), st.sampled_from(DAYS))
def test_the_fewest_questions_settle_the_outcome_and_none_is_idle(answers: dict[str, Any], on: date) -> None:
    asked = evaluate(told(answers), LAW, on)
    missing = [named(fact) for fact in asked.missing]
    for complete in completed(answers, missing):
        result = evaluate(told(complete), LAW, on)
        assert result.outcome is not Outcome.NEEDS_INFO or result.is_for_an_officer, "all answers settle it"
        assert not result.missing
    for fact in missing:
        others = [each for each in missing if each != fact]
        left_open = (evaluate(told(complete), LAW, on).missing for complete in completed(answers, others))
        assert any(left_open), f"{fact} need not be asked"


def test_of_an_old_citizen_hardship_alone_is_asked() -> None:
    known = {name: words[-1] for name, words in ANSWERED.items()}
    without = {name: value for name, value in known.items() if name not in ("household", "monthly_allowance")}
    elderly = without | {"birth_date": date(1950, 5, 1), "vietnamese_citizen": YES, "field": LawField.CIVIL}
    asked = evaluate(told(elderly | {"concrete_matter": YES}), LAW, DAYS[2])
    assert asked.missing == ("household", "monthly_allowance")


def test_readings_that_differ_are_never_the_persons_question() -> None:
    """Law 05/2026/QH16 can be read in two ways for an old person who is not poor: an officer has to decide."""
    answers = {name: words[-1] for name, words in ANSWERED.items()}
    old = answers | {"birth_date": date(1950, 5, 1), "vietnamese_citizen": YES, "field": LawField.CIVIL}
    old["concrete_matter"] = YES
    last, first = (evaluate(told(old), LAW, day) for day in (date(2026, 12, 31), date(2027, 1, 1)))
    assert (last.outcome, last.readings) == (Outcome.NOT_ELIGIBLE, ())
    assert (first.outcome, first.missing, first.is_for_an_officer) == (Outcome.NEEDS_INFO, (), True)
    assert [(read.reading.code, read.outcome) for read in first.readings] == [
        ("OWN_CATEGORIES", Outcome.ELIGIBLE),
        ("TEST_IN_THE_LAW", Outcome.NOT_ELIGIBLE),
    ]
    near_poor = evaluate(told(old | {"household": Household.NEAR_POOR}), LAW, date(2027, 1, 1))
    assert (near_poor.outcome, near_poor.readings) == (Outcome.ELIGIBLE, ()), "both readings agree"


def test_nobody_is_asked_what_the_table_of_areas_knows() -> None:
    tay = {name: words[-1] for name, words in ANSWERED.items()} | {"ethnicity": "08", "field": LawField.CIVIL}
    tay |= {"concrete_matter": YES, "birth_date": date(1985, 5, 1)}
    del tay["extreme_area"]
    on = date(2026, 11, 23)
    asked = {
        commune: evaluate(told(tay), LAW, on, commune) for commune in ("03160", "03127", "02647", "03006", "99999")
    }
    outcomes = {commune: (result.outcome, result.missing) for commune, result in asked.items()}
    assert outcomes == {
        "03160": (Outcome.ELIGIBLE, ()),  # Điện Biên, area III
        "03127": (Outcome.NEEDS_INFO, ("extreme_area",)),  # Điện Biên Phủ, area I with such villages
        "02647": (Outcome.NOT_ELIGIBLE, ()),  # Lào Cai, area I without such a village
        "03006": (Outcome.NEEDS_INFO, ("extreme_area",)),  # Sa Pa, area II
        "99999": (Outcome.NEEDS_INFO, ("extreme_area",)),  # a commune that the table does not know
    }
    before = evaluate(told(tay), LAW, date(2025, 12, 30), "02647")
    assert before.missing == ("extreme_area",), "the table begins on its day"
