from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from legalaid.events.base import Place
from legalaid.events.people import Facts
from legalaid.events.words import Claim, Household, LawField, NextAction, OwnerKind, Role, Status
from routing.rules.decision import DecisionRecord, next_step
from routing.rules.eligibility import Outcome
from routing.rules.rulebook import Rulebook
from services.routing.tests.unit.test_eligibility import FACTS

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Monday, 9 o'clock in Vietnam; the 24th is a day of rest."""


def test_a_record_explains_itself(rules: Rulebook) -> None:
    facts = Facts(household=Household.POOR, field=LawField.CIVIL, birth_year=1980)
    allocation = rules.allocate(Place(province="11", commune="03160"), None, AT)
    record = rules.decide(facts, None, allocation, AT).record
    assert record.outcome is Outcome.ELIGIBLE
    assert (record.ruleset, record.directory) == (rules.law.ruleset, rules.directory.version)
    assert record.judged_on == date(2026, 11, 23)
    assert record.facts_used == {
        "birth": "1980",
        "concrete_matter": "YES",
        "field": "CIVIL",
        "household": "POOR",
    }
    assert [category.code for category in record.categories] == ["POOR_HOUSEHOLD"]
    assert record.owner == "TGPL-11-CN5"
    taken = next(candidate for candidate in record.candidates if candidate.taken)
    assert not taken.verified
    assert "chưa được tỉnh xác nhận" in taken.why_vi
    text = "\n".join(record.explanation_vi)
    assert "Người thuộc hộ nghèo (Điều 7 khoản 2)" in text
    assert "đủ điều kiện" in text
    assert "theo nơi cư trú" in text
    assert "chưa được tỉnh xác nhận" in text
    assert DecisionRecord.model_validate_json(record.model_dump_json()) == record


@given(FACTS, st.sampled_from(["vie", "hmn"]))
def test_a_record_is_sealed_as_it_is_written_anywhere(rules: Rulebook, facts: Facts, language: str) -> None:
    soon = facts.model_copy(update={"language": language, "trial_on": date(2026, 11, 25)})
    allocation = rules.allocate(Place(province="11", commune="03160"), Place(province="15"), AT, facts=soon)
    record = rules.decide(soon, Place(province="11", commune="03160"), allocation, AT).record
    assert record.to_json() == record.model_dump_json().encode()
    assert record.of_accepted().to_json() == record.of_accepted().model_dump_json().encode()


def test_what_would_change_the_answer_is_asked_in_vietnamese(rules: Rulebook) -> None:
    record = rules.decide(Facts(), None, rules.allocate(None, None, AT), AT).record
    assert record.outcome is Outcome.NEEDS_INFO
    assert all(question.question_vi.endswith("?") for question in record.questions)
    assert {question.fact for question in record.questions} >= {"birth", "household", *Claim}
    text = "\n".join(record.explanation_vi)
    assert "hộ nghèo hoặc hộ cận nghèo không?" in text
    assert "chưa biết nơi cư trú" in text


def test_no_machine_refuses(rules: Rulebook) -> None:
    facts = Facts(field=LawField.BUSINESS_COMMERCE, household=Household.POOR)
    record = rules.decide(facts, None, rules.allocate(Place(province="11"), None, AT), AT).record
    assert record.outcome is Outcome.NOT_ELIGIBLE
    text = "\n".join(record.explanation_vi)
    assert "Điều 27" in text
    assert "máy không từ chối ai" in text


def test_who_belongs_to_one_category_or_another_is_eligible_and_asked_nothing(rules: Rulebook) -> None:
    """An accused born in 2010 is a child or a juvenile, whichever the day."""
    facts = Facts(birth_year=2010, role=Role.ACCUSED, household=Household.NEITHER, field=LawField.CRIMINAL)
    record = rules.decide(facts, None, rules.allocate(Place(province="11"), None, AT), AT).record
    assert (record.outcome, record.questions, record.categories) == (Outcome.ELIGIBLE, (), ())
    text = "\n".join(record.explanation_vi)
    assert "Chắc chắn thuộc một trong các diện: " in text
    assert "Trẻ em (Điều 7 khoản 3)" in text


def test_what_follows_from_an_outcome() -> None:
    assert next_step(Outcome.ELIGIBLE, OwnerKind.CENTRE) == (Status.ASSIGNED, NextAction.REVIEW)
    assert next_step(Outcome.NEEDS_INFO, OwnerKind.BRANCH) == (Status.NEED_MORE_INFO, NextAction.ASK_PERSON)
    assert next_step(Outcome.NEEDS_INFO, OwnerKind.CENTRE, asks_person=False) == (Status.CHECKING, NextAction.REVIEW)
    assert next_step(Outcome.NOT_ELIGIBLE, OwnerKind.CENTRE) == (Status.CHECKING, NextAction.CONFIRM_NOT_ELIGIBLE)
    for outcome in Outcome:
        assert next_step(outcome, OwnerKind.DESK) == (Status.CHECKING, NextAction.FIND_CENTRE)
