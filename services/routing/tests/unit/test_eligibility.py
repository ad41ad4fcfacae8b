from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from legalaid.events.people import Facts
from legalaid.events.words import Answer, Claim, Household, LawField, Role
from routing import tables
from routing.rules.allocation import allocate
from routing.rules.decision import decide
from routing.rules.directory import Directory
from routing.rules.eligibility import Outcome, evaluate
from routing.rules.law import Conditions, Dated, Law
from services.routing.tests.people import ASKED

TODAY = date(2026, 11, 23)
LAW = tables.load_law(None, TODAY)
YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
NOBODY = Facts(**ASKED)
"""Somebody who was asked everything and belongs to no category."""


def someone(**facts: Any) -> Facts:
    claims = NOBODY.claims | facts.pop("claims", {})
    if "birth_year" in facts:
        facts["birth_date"] = None
    return NOBODY.model_copy(update={**facts, "claims": claims})


def outcome(facts: Facts, on: date = TODAY) -> Outcome:
    return evaluate(facts, LAW, on).outcome


def matched(facts: Facts, on: date = TODAY) -> set[str]:
    return {category.code for category in evaluate(facts, LAW, on).matched}


def test_somebody_of_no_category_is_not_eligible() -> None:
    result = evaluate(NOBODY, LAW, TODAY)
    assert (result.outcome, result.matched, result.possible, result.missing) == (Outcome.NOT_ELIGIBLE, (), (), ())


def test_somebody_who_was_asked_nothing_needs_asking() -> None:
    result = evaluate(Facts(), LAW, TODAY)
    assert result.outcome is Outcome.NEEDS_INFO
    in_force = {
        fact
        for category in LAW.categories
        if category.is_in_force(TODAY)
        for group in category.conditions
        for fact in group.facts
    }
    assert set(result.missing) == in_force | {"field", "household", "monthly_allowance"}
    efforts = [LAW.effort.get(fact, 2) for fact in result.missing]
    assert efforts == sorted(efforts), "what is told most easily comes first"


CHILD = date(2012, 1, 1)
YOUTH = date(2009, 6, 1)
WITHOUT_HARDSHIP = [
    ("MERITORIOUS_PERSON", {"claims": {Claim.MERITORIOUS_PERSON: YES}}),
    ("POOR_HOUSEHOLD", {"household": Household.POOR}),
    ("CHILD_UNDER_16", {"birth_date": CHILD}),
    ("ETHNIC_MINORITY_EXTREME_AREA", {"ethnicity": "08", "extreme_area": YES}),
    ("ACCUSED_NEAR_POOR", {"role": Role.ACCUSED, "household": Household.NEAR_POOR}),
    ("TRAFFICKING_VICTIM", {"claims": {Claim.TRAFFICKING_VICTIM: YES}, "matter_of_trafficking": YES}),
    (
        "TRAFFICKING_BEING_IDENTIFIED",
        {"claims": {Claim.TRAFFICKING_BEING_IDENTIFIED: YES}, "matter_of_trafficking": YES},
    ),
    (
        "TRAFFICKING_ACCOMPANYING_MINOR",
        {"claims": {Claim.TRAFFICKING_ACCOMPANYING_MINOR: YES}, "matter_of_trafficking": YES, "birth_date": YOUTH},
    ),
    *(
        ("JUVENILE_JUSTICE_16_TO_UNDER_18", {"role": role, "birth_date": YOUTH})
        for role in Role
        if role not in (Role.NONE, Role.UNKNOWN)
    ),
]
WITH_HARDSHIP = [
    ("MARTYR_RELATIVE", {"claims": {Claim.MARTYR_RELATIVE: YES}}),
    ("AGENT_ORANGE_VICTIM", {"claims": {Claim.AGENT_ORANGE_VICTIM: YES}}),
    ("ELDERLY", {"birth_date": date(1950, 1, 1)}),
    ("DISABLED", {"claims": {Claim.DISABLED: YES}}),
    ("DOMESTIC_VIOLENCE_VICTIM", {"claims": {Claim.DOMESTIC_VIOLENCE_VICTIM: YES}}),
    ("HIV_POSITIVE", {"claims": {Claim.HIV_POSITIVE: YES}}),
]


@pytest.mark.parametrize(("code", "facts"), WITHOUT_HARDSHIP)
def test_categories_that_ask_for_no_hardship(code: str, facts: dict[str, Any]) -> None:
    assert code in matched(someone(**facts))
    assert outcome(someone(**facts)) is Outcome.ELIGIBLE


@pytest.mark.parametrize(("code", "facts"), WITH_HARDSHIP)
def test_categories_that_ask_for_hardship(code: str, facts: dict[str, Any]) -> None:
    assert outcome(someone(**facts)) is Outcome.NOT_ELIGIBLE
    for hardship in ({"household": Household.NEAR_POOR}, {"monthly_allowance": YES}):
        assert matched(someone(**facts, **hardship)) == {code}
        assert outcome(someone(**facts, **hardship)) is Outcome.ELIGIBLE
    unasked = evaluate(someone(**facts, household=Household.UNKNOWN, monthly_allowance=UNKNOWN), LAW, TODAY)
    assert unasked.outcome is Outcome.NEEDS_INFO
    assert [category.code for category in unasked.possible] == ["POOR_HOUSEHOLD", code]
    assert unasked.missing == ("household", "monthly_allowance")


def test_a_victim_of_16_to_18_needed_hardship_until_2026() -> None:
    victim = someone(role=Role.CRIME_VICTIM, birth_date=YOUTH)
    assert outcome(victim, date(2025, 12, 31)) is Outcome.NOT_ELIGIBLE
    in_hardship = victim.model_copy(update={"monthly_allowance": YES})
    assert matched(in_hardship, date(2025, 12, 31)) == {"CRIME_VICTIM_16_TO_UNDER_18"}
    assert matched(victim, date(2026, 1, 1)) == {"JUVENILE_JUSTICE_16_TO_UNDER_18"}


def test_a_victim_of_trafficking_needed_hardship_until_july_2025() -> None:
    victim = someone(claims={Claim.TRAFFICKING_VICTIM: YES}, matter_of_trafficking=YES)
    assert outcome(victim, date(2025, 6, 30)) is Outcome.NOT_ELIGIBLE
    assert outcome(victim, date(2025, 7, 1)) is Outcome.ELIGIBLE


@pytest.mark.parametrize(
    ("birth", "on", "is_child"),
    [
        (date(2010, 11, 24), date(2026, 11, 23), True),  # sixteen tomorrow
        (date(2010, 11, 23), date(2026, 11, 23), False),  # sixteen today
        (date(2012, 2, 29), date(2028, 2, 28), True),
        (date(2012, 2, 29), date(2028, 2, 29), False),
    ],
)
def test_the_day_of_a_birthday(birth: date, on: date, is_child: bool) -> None:
    assert ("CHILD_UNDER_16" in matched(someone(birth_date=birth), on)) is is_child


@pytest.mark.parametrize(
    ("year", "on", "expected"),
    [
        (2011, TODAY, Outcome.ELIGIBLE),
        (2010, TODAY, Outcome.NEEDS_INFO),  # sixteen this year: had they their birthday?
        (2010, date(2026, 12, 31), Outcome.NOT_ELIGIBLE),  # everybody born in 2010 is sixteen now
        (2009, TODAY, Outcome.NOT_ELIGIBLE),
        (2027, TODAY, Outcome.NEEDS_INFO),  # nobody was born next year
    ],
)
def test_who_knows_only_the_year_of_birth(year: int, on: date, expected: Outcome) -> None:
    result = evaluate(someone(birth_year=year), LAW, on)
    assert result.outcome is expected
    assert result.missing == (("birth",) if expected is Outcome.NEEDS_INFO else ())


def test_business_is_out_of_scope_whoever_asks() -> None:
    poor = someone(household=Household.POOR, field=LawField.BUSINESS_COMMERCE)
    result = evaluate(poor, LAW, TODAY)
    assert (result.outcome, result.in_scope) == (Outcome.NOT_ELIGIBLE, NO)
    unsaid = evaluate(someone(household=Household.POOR, field=LawField.UNKNOWN), LAW, TODAY)
    assert (unsaid.outcome, unsaid.missing) == (Outcome.NEEDS_INFO, ("field",))


def test_only_what_could_still_matter_is_asked() -> None:
    kinh = evaluate(someone(extreme_area=UNKNOWN), LAW, TODAY)
    assert kinh.outcome is Outcome.NOT_ELIGIBLE
    hmong = evaluate(someone(ethnicity="08", extreme_area=UNKNOWN), LAW, TODAY)
    assert hmong.missing == ("extreme_area",)
    in_no_hardship = evaluate(
        someone(ethnicity="08", extreme_area=UNKNOWN, claims={Claim.DISABLED: UNKNOWN}), LAW, TODAY
    )
    assert in_no_hardship.missing == ("extreme_area",)
    poor = evaluate(Facts(household=Household.POOR, field=LawField.CRIMINAL), LAW, TODAY)
    assert (poor.outcome, poor.missing) == (Outcome.ELIGIBLE, ())


ANSWERS = st.sampled_from(Answer)
BIRTHS = st.dates(date(1930, 1, 1), TODAY)
FACTS = st.builds(
    Facts,
    birth_date=st.none() | BIRTHS,
    birth_year=st.none() | st.integers(1930, 2026),
    ethnicity=st.none() | st.sampled_from(["01", "03", "08"]),
    household=st.sampled_from(Household),
    monthly_allowance=ANSWERS,
    extreme_area=ANSWERS,
    role=st.sampled_from(Role),
    claims=st.dictionaries(st.sampled_from(Claim), ANSWERS),
    detained=ANSWERS,
    field=st.sampled_from(LawField),
    vietnamese_citizen=ANSWERS,
    in_vietnam=ANSWERS,
    matter_of_trafficking=ANSWERS,
    concrete_matter=ANSWERS,
)
DAYS = st.dates(date(2018, 1, 1), date(2027, 12, 31))
PLAIN = {
    "household": Household,
    "monthly_allowance": Answer,
    "extreme_area": Answer,
    "role": Role,
    "detained": Answer,
    "field": LawField,
    "vietnamese_citizen": Answer,
    "in_vietnam": Answer,
    "matter_of_trafficking": Answer,
    "concrete_matter": Answer,
}


@st.composite
def learning(draw: st.DrawFn) -> tuple[Facts, Facts]:
    """Facts, and the same facts after some unknown ones were answered, in any way."""
    before = draw(FACTS)
    learnt: dict[str, Any] = {}
    for fact, words in PLAIN.items():
        if getattr(before, fact) == "UNKNOWN" and draw(st.booleans()):
            learnt[fact] = draw(st.sampled_from([word for word in words if word != "UNKNOWN"]))
    if before.ethnicity is None and draw(st.booleans()):
        learnt["ethnicity"] = draw(st.sampled_from(["01", "08"]))
    if before.birth_date is None and draw(st.booleans()):
        year = before.birth_year
        learnt["birth_date"] = draw(st.dates(date(year, 1, 1), date(year, 12, 31)) if year else BIRTHS)
    unknown = [claim for claim in Claim if before.claims.get(claim, UNKNOWN) is UNKNOWN]
    answered = draw(st.dictionaries(st.sampled_from(unknown), st.sampled_from([YES, NO]))) if unknown else {}
    return before, before.model_copy(update={**learnt, "claims": before.claims | answered})


@given(learning(), DAYS)
def test_learning_never_contradicts_what_was_decided(facts: tuple[Facts, Facts], on: date) -> None:
    assume(all(each.birth_date is None or each.birth_date <= on for each in facts))
    assume(facts[0].birth_year is None or facts[0].birth_year <= on.year)
    before, after = (evaluate(each, LAW, on) for each in facts)
    if before.outcome is not Outcome.NEEDS_INFO:
        assert after.outcome is before.outcome
    codes = {category.code for category in before.matched}
    possible = {category.code for category in before.possible}
    assert codes <= {category.code for category in after.matched} <= codes | possible
    assert {category.code for category in after.possible} <= possible


def _births_of(facts: Facts, on: date) -> st.SearchStrategy[date]:
    """The days on which somebody may have been born of whom as much is known."""
    year = facts.birth_year if facts.birth_date is None else None
    if year is not None and year <= on.year:
        return st.dates(date(year, 1, 1), min(date(year, 12, 31), on))
    return st.dates(date(1930, 1, 1), on)


@given(FACTS, st.data(), DAYS)
def test_answering_all_questions_settles_it(facts: Facts, data: st.DataObject, on: date) -> None:
    result = evaluate(facts, LAW, on)
    assert (result.outcome is Outcome.NEEDS_INFO) is (bool(result.missing) or result.is_for_an_officer)
    answers: dict[str, Any] = {}
    claims = dict(facts.claims)
    for fact in result.missing:
        if fact in PLAIN:
            answers[fact] = data.draw(st.sampled_from([word for word in PLAIN[fact] if word != "UNKNOWN"]))
        elif fact == "birth":
            answers["birth_date"] = data.draw(_births_of(facts, on))
        elif fact == "ethnicity":
            answers[fact] = data.draw(st.sampled_from(["01", "08"]))
        else:
            claims[Claim(fact)] = data.draw(st.sampled_from([YES, NO]))
    settled = evaluate(facts.model_copy(update={**answers, "claims": claims}), LAW, on)
    assert settled.outcome is not Outcome.NEEDS_INFO or settled.is_for_an_officer


NOWHERE = Directory("none", ())
LOST = allocate(None, None, NOWHERE, TODAY)


def _changed_from(day: date) -> Law:
    """The law as it would be if everything in it were replaced on that day, as an operator adds rows for it."""
    ended = {"valid_to": day - timedelta(days=1)}
    begun = {"valid_from": day, "valid_to": None}
    anybody = (Conditions(age_from=0),)
    scope = {**begun, "excluded_fields": frozenset({LawField.CIVIL}), "article": "Điều mới"}
    hardship = {**begun, "conditions": anybody, "article": "Điều mới"}
    category = {**begun, "code": "ANYBODY", "conditions": anybody, "financial_hardship": False}

    def replaced(rows: Sequence[Dated], new: dict[str, Any]) -> tuple[Dated, ...]:
        kept = (row.model_copy(update=ended) if row.valid_to is None else row for row in rows)
        return (*kept, rows[0].model_copy(update=new))

    return LAW.model_copy(
        update={
            "scope": replaced(LAW.scope, scope),
            "hardship": replaced(LAW.hardship, hardship),
            "categories": replaced(LAW.categories, category),
        }
    )


@given(FACTS, DAYS, st.integers(1, 4_000))
def test_no_row_that_begins_later_changes_a_decision(facts: Facts, on: date, days: int) -> None:
    changed = _changed_from(on + timedelta(days=days))
    before, after = (decide(facts, None, LOST, law=law, directory=NOWHERE, on=on) for law in (LAW, changed))
    assert before == after


def test_rows_that_begin_decide_from_their_first_day() -> None:
    changed = _changed_from(TODAY)
    last, first = evaluate(NOBODY, changed, TODAY - timedelta(days=1)), evaluate(NOBODY, changed, TODAY)
    assert (last.in_scope, last.hardship.article, last.matched) == (YES, "Điều 2 Nghị định 144/2017/NĐ-CP", ())
    assert (first.in_scope, first.hardship.article, [row.code for row in first.matched]) == (
        NO,
        "Điều mới",
        ["ANYBODY"],
    )


@given(FACTS, st.data())
def test_what_is_not_asked_does_not_matter(facts: Facts, data: st.DataObject) -> None:
    asked = evaluate(facts, LAW, TODAY)
    idle = [fact for fact, words in PLAIN.items() if getattr(facts, fact) == "UNKNOWN" and fact not in asked.missing]
    learnt = {fact: data.draw(st.sampled_from([word for word in PLAIN[fact] if word != "UNKNOWN"])) for fact in idle}
    assert outcome(facts.model_copy(update=learnt)) is asked.outcome


@given(FACTS, DAYS)
def test_the_same_facts_give_the_same_decision(facts: Facts, on: date) -> None:
    again = Facts.model_validate_json(facts.model_dump_json())
    law = tables.load_law(None, TODAY)
    one, other = evaluate(facts, LAW, on), evaluate(again, law, on)
    assert (vars(one.finding), one.area, one.facts_used) == (vars(other.finding), other.area, other.facts_used)


@given(st.integers(0, 40_000))
def test_a_year_of_birth_says_what_any_day_of_it_says(days: int) -> None:
    birth = date(1930, 1, 1) + timedelta(days=days)
    assume(birth <= TODAY)
    by_year = outcome(someone(birth_year=birth.year))
    assert by_year in (Outcome.NEEDS_INFO, outcome(someone(birth_date=birth)))
