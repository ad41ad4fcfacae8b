"""What would have changed the answer really changes it; and the hash of what was decided on."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from legalaid.events.base import Place
from legalaid.events.people import Facts
from legalaid.events.words import Answer, Claim, Household, LawField, Role
from routing import tables
from routing.rules.decision import DecisionRecord
from routing.rules.eligibility import Eligibility, Outcome, evaluate, outcome_of
from routing.rules.law import Category, Law
from routing.rules.rulebook import Rulebook
from services.routing.tests.people import ASKED

LAW = tables.load_law(None, date(2026, 11, 24))
TODAY, NEXT_YEAR = date(2026, 11, 24), date(2027, 1, 1)
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN


def someone(claims: Mapping[Claim, Answer] | None = None, **facts: Any) -> Facts:
    """Who was asked everything, and of whom nothing holds but this."""
    return Facts(**{**ASKED, **facts, "claims": ASKED["claims"] | (claims or {})})


def changed(facts: Facts, changes: Mapping[str, str]) -> Facts:
    """The same person, but for these facts, as a record says them."""
    told: dict[str, Any] = {name: value for name, value in changes.items() if name not in (*Claim, "birth")}
    if told.get("ethnicity") == "MINORITY":
        told["ethnicity"] = "08"
    if "birth" in changes:
        told |= {"birth_date": changes["birth"], "birth_year": None}
    claims = facts.claims | {
        Claim(name): YES if value == "YES" else NO for name, value in changes.items() if name in [*Claim]
    }
    document = facts.model_dump(mode="json") | told | {"claims": claims}
    return Facts.model_validate(document, strict=False)


ANSWERS = st.sampled_from(Answer)
FACTS = st.builds(
    Facts,
    birth_date=st.none() | st.dates(date(1930, 1, 1), TODAY),
    birth_year=st.none() | st.integers(1930, 2026),
    ethnicity=st.none() | st.sampled_from(["01", "08"]),
    household=st.sampled_from(Household),
    monthly_allowance=ANSWERS,
    extreme_area=ANSWERS,
    role=st.sampled_from(Role),
    claims=st.dictionaries(st.sampled_from(Claim), ANSWERS) | st.just(dict.fromkeys(Claim, NO)),
    detained=ANSWERS,
    field=st.sampled_from(LawField),
    vietnamese_citizen=ANSWERS,
    in_vietnam=ANSWERS,
    matter_of_trafficking=ANSWERS,
    concrete_matter=ANSWERS,
    step_on=st.none() | st.dates(date(2025, 1, 1), date(2027, 12, 31)),
)
DAYS = st.sampled_from([date(2018, 6, 1), date(2025, 12, 31), TODAY, NEXT_YEAR])


@given(FACTS, DAYS)
def test_what_would_have_changed_the_answer_changes_it(facts: Facts, on: date) -> None:
    judged = evaluate(facts, LAW, on)
    found = judged.counterfactual
    event(f"{judged.outcome}, {'none' if found is None else len(found.changes)}")
    if judged.outcome is Outcome.NEEDS_INFO:
        assert found is None, "the questions say it"
        return
    if found is None:
        assert judged.outcome is Outcome.ELIGIBLE, "somebody who is not eligible is always told the nearest category"
        return
    other = evaluate(changed(facts, {change.fact: change.value for change in found.changes}), LAW, on)
    assert other.outcome is outcome_of(found.read) is not judged.outcome
    if found.category is not None:
        assert found.category in other.matched


def _in_other_order(random: Random) -> Law:
    def mixed(rows: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(random.sample(rows, len(rows)))

    def groups_mixed(rows: Sequence[Any]) -> tuple[Any, ...]:
        return mixed([row.model_copy(update={"conditions": mixed(row.conditions)}) for row in rows])

    return LAW.model_copy(update={"categories": groups_mixed(LAW.categories), "hardship": groups_mixed(LAW.hardship)})


OTHER_ORDERS = [_in_other_order(Random(seed)) for seed in range(6)]


@given(FACTS, DAYS, st.integers(0, len(OTHER_ORDERS) - 1))
@example(someone(role=Role.ACCUSED, household=Household.NEAR_POOR), TODAY, 0)
@example(someone(role=Role.ACCUSED, household=Household.NEAR_POOR), TODAY, 1)
@example(someone({Claim.HIV_POSITIVE: YES}, monthly_allowance=YES), TODAY, 2)
@example(someone({Claim.HIV_POSITIVE: YES}, monthly_allowance=YES), TODAY, 3)
def test_the_order_of_rows_never_matters(facts: Facts, on: date, order: int) -> None:
    assert _says(evaluate(facts, OTHER_ORDERS[order], on)) == _says(evaluate(facts, LAW, on))


def _says(judged: Eligibility) -> object:
    found = judged.counterfactual
    changes = found and [(change.fact, change.value, frozenset(change.conditions)) for change in found.changes]
    categories = [sorted(_named(row) for row in rows) for rows in (judged.matched, judged.possible)]
    nearest = found and found.category and _named(found.category)
    return judged.outcome, categories, judged.missing, judged.readings, found and found.read, changes, nearest


def _named(row: Category) -> tuple[str, str]:
    return row.code, row.reading or ""


@given(FACTS, DAYS, st.data())
def test_where_no_fact_alone_changes_it_none_does(facts: Facts, on: date, data: st.DataObject) -> None:
    judged = evaluate(facts, LAW, on)
    if judged.outcome is not Outcome.ELIGIBLE or judged.counterfactual is not None:
        return
    others = [Household.NEITHER, Household.POOR, Household.NEAR_POOR]
    one = data.draw(
        st.one_of(
            st.fixed_dictionaries({"household": st.sampled_from(others)}),
            st.fixed_dictionaries({"role": st.sampled_from([role.value for role in Role if role is not Role.UNKNOWN])}),
            st.fixed_dictionaries({"ethnicity": st.sampled_from(["01", "MINORITY"])}),
            st.dictionaries(st.sampled_from([*Claim]), st.sampled_from(["YES", "NO"]), min_size=1, max_size=1),
            st.fixed_dictionaries({"birth": st.dates(date(1930, 1, 1), on).map(date.isoformat)}),
        )
    )
    assert evaluate(changed(facts, one), LAW, on).outcome is Outcome.ELIGIBLE


@pytest.mark.parametrize(
    ("facts", "on", "changes", "category", "outcome"),
    [
        (someone(), TODAY, {"household": "POOR"}, "POOR_HOUSEHOLD", Outcome.ELIGIBLE),
        (someone({Claim.DISABLED: YES}), TODAY, {"household": "NEAR_POOR"}, "DISABLED", Outcome.ELIGIBLE),
        (
            someone(household=Household.POOR, field=LawField.BUSINESS_COMMERCE),
            TODAY,
            {"field": "ADMINISTRATIVE"},
            "POOR_HOUSEHOLD",
            Outcome.ELIGIBLE,
        ),
        (
            someone({Claim.TRAFFICKING_VICTIM: YES}),
            TODAY,
            {"matter_of_trafficking": "YES"},
            "TRAFFICKING_VICTIM",
            Outcome.ELIGIBLE,
        ),
        (someone(ethnicity="08"), TODAY, {"extreme_area": "YES"}, "ETHNIC_MINORITY_EXTREME_AREA", Outcome.ELIGIBLE),
        (someone(household=Household.POOR), TODAY, {"household": "NEITHER"}, None, Outcome.NOT_ELIGIBLE),
        (
            Facts(household=Household.POOR, field=LawField.CIVIL),
            TODAY,
            {"household": "NEITHER"},
            None,
            Outcome.NEEDS_INFO,
        ),
        (
            someone({Claim.HIV_POSITIVE: YES}, monthly_allowance=YES),
            TODAY,
            {"monthly_allowance": "NO"},
            None,
            Outcome.NOT_ELIGIBLE,
        ),
        (
            someone({Claim.HIV_POSITIVE: YES}, monthly_allowance=YES),
            NEXT_YEAR,
            {"monthly_allowance": "NO"},
            None,
            Outcome.NEEDS_INFO,
        ),
    ],
)
def test_what_somebody_is_told(
    facts: Facts, on: date, changes: dict[str, str], category: str | None, outcome: Outcome
) -> None:
    found = evaluate(facts, LAW, on).counterfactual
    assert found is not None
    assert {change.fact: change.value for change in found.changes} == changes
    assert (found.category.code if found.category else None) == category
    assert outcome_of(found.read) is outcome


def test_who_belongs_to_two_categories_hangs_on_no_fact(rules: Rulebook) -> None:
    both = someone({Claim.MERITORIOUS_PERSON: YES}, household=Household.POOR)
    record = _record(rules, both)
    assert record.counterfactual is None
    assert "Không điều nào một mình làm thay đổi kết quả này." in record.explanation_vi


def _record(rules: Rulebook, facts: Facts, residence: Place | None = None) -> DecisionRecord:
    return rules.decide(facts, residence, rules.allocate(residence, None, AT), AT).record


def test_the_record_says_it_in_vietnamese(rules: Rulebook) -> None:
    old = _record(rules, someone(birth_date=date(1950, 1, 1)))
    assert old.counterfactual is not None
    assert (old.counterfactual.changes, old.counterfactual.category) == ({"household": "NEAR_POOR"}, "ELDERLY")
    assert (
        "Kết quả sẽ là đủ điều kiện nếu: thuộc hộ cận nghèo (Người cao tuổi, Điều 7 khoản 7 điểm c)."
        in old.explanation_vi
    )
    child = _record(rules, someone(birth_date=date(2015, 1, 1)))
    assert "Kết quả phụ thuộc vào một điều: dưới 16 tuổi. Nếu khác đi: không thuộc diện." in child.explanation_vi


def test_every_input_is_in_the_hash(rules: Rulebook) -> None:
    facts, home = someone(household=Household.POOR), Place(province="11", commune="03160")
    one = _record(rules, facts, home)
    assert len(one.inputs) == 64
    assert _record(rules, facts.model_copy(), home).inputs == one.inputs
    law = Rulebook(rules.law.model_copy(update={"ruleset": "another"}), rules.directory, rules.calendar)
    others = [
        _record(rules, someone(), home),
        _record(rules, facts.model_copy(update={"step_on": TODAY}), home),
        _record(rules, facts, Place(province="11")),
        _record(law, facts, home),
        rules.decide(facts, home, rules.allocate(home, None, AT), datetime(2026, 11, 24, 2, tzinfo=UTC)).record,
    ]
    assert len({one.inputs, *(other.inputs for other in others)}) == 6


def test_the_hash_is_the_same_on_any_machine() -> None:
    """Sets and dicts come in another order where strings hash otherwise."""
    program = (
        "from datetime import date, datetime, UTC\n"
        "from legalaid.events.people import Facts\n"
        "from legalaid.events.words import Answer, Claim\n"
        "from routing.rules.allocation import allocate\n"
        "from routing.rules.decision import decide\n"
        "from routing.rules.directory import Directory\n"
        "from routing import tables\n"
        "day, nowhere = date(2026, 11, 24), Directory('none', ())\n"
        "facts = Facts(claims={claim: Answer.YES for claim in {*Claim}}, ethnicity='08', birth_year=2010)\n"
        "law = tables.load_law(None, day)\n"
        "goes = allocate(None, None, nowhere, day)\n"
        "print(decide(facts, None, goes, law=law, directory=nowhere, on=day).record.model_dump_json())\n"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program], env=os.environ | {"PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1
