"""What is accepted at once, papers later (Article 30(4)), and what follows for the case."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalaid import ids
from legalaid.events.base import Place
from legalaid.events.people import Facts
from legalaid.events.words import AidForm, Answer, Custody, Household, LawField, NextAction, Role
from routing.handlers import Deciding
from routing.rules import progress
from routing.rules.comparison import Stored, compare
from routing.rules.decision import DecisionRecord
from routing.rules.limits import since_acceptance
from routing.rules.rulebook import Rulebook
from routing.store import Case
from services.routing.tests.conftest import Intake

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Monday, 9 o'clock in Vietnam; the 24th is a day of rest."""
ID = ids.random_id()
YES = Answer.YES
POOR = Facts(household=Household.POOR, field=LawField.CIVIL)


def poor(**told: Any) -> Facts:
    return POOR.model_copy(update=told)


def record(rules: Rulebook, facts: Facts, at: datetime = AT, place: Place | None = None) -> DecisionRecord:
    return rules.decide(facts, place, rules.allocate(place, None, at), at).record


def grounds(rules: Rulebook, facts: Facts, at: datetime = AT) -> list[str]:
    return [ground.code for ground in record(rules, facts, at).immediate]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, []),
        ({"trial_on": date(2026, 11, 23)}, ["TRIAL_NEAR"]),  # today
        ({"trial_on": date(2026, 11, 30)}, ["TRIAL_NEAR"]),  # 25, 26, 27 and 30: four working days, over 24/11
        ({"trial_on": date(2026, 12, 1)}, []),  # the fifth
        ({"trial_on": date(2026, 11, 20)}, []),  # it is over
        ({"limitation_ends_on": date(2026, 11, 30)}, ["LIMITATION_NEAR"]),
        ({"limitation_ends_on": date(2026, 12, 1)}, []),
        ({"deadline_near": YES}, ["DEADLINE_NEAR_AS_TOLD"]),
        ({"deadline_near": YES, "trial_on": date(2026, 11, 26)}, ["TRIAL_NEAR"]),
        ({"deadline_near": YES, "trial_on": date(2026, 12, 20)}, []),  # a day outranks "soon"
        ({"appointed_defence": YES}, ["APPOINTED_DEFENCE"]),
        ({"in_danger": YES}, ["HARM"]),
        ({"custody": Custody.ARRESTED}, ["ARRESTED_OR_IN_CUSTODY"]),
        ({"custody": Custody.IN_CUSTODY, "detained": YES}, ["ARRESTED_OR_IN_CUSTODY"]),
        ({"custody": Custody.ON_REMAND, "detained": YES}, ["ON_REMAND"]),
        ({"detained": YES}, ["DETAINED_UNKNOWN_HOW"]),
        ({"detained": Answer.NO, "in_danger": Answer.NO, "custody": Custody.NONE}, []),
    ],
)
def test_the_grounds(rules: Rulebook, told: dict[str, Any], expected: list[str]) -> None:
    assert grounds(rules, poor(**told)) == expected


def test_working_days_are_those_of_the_calendar(rules: Rulebook) -> None:
    """Wednesday before Tết 2027: the next five working days are 11, 12, 15, 16 and 17 February."""
    before_tet = datetime(2027, 2, 3, 2, 0, tzinfo=UTC)
    assert grounds(rules, poor(trial_on=date(2027, 2, 16)), before_tet) == ["TRIAL_NEAR"]
    assert grounds(rules, poor(trial_on=date(2027, 2, 17)), before_tet) == []


def test_a_trial_that_is_near_makes_a_case_urgent_whatever_was_told_of_haste(told: Intake, rules: Rulebook) -> None:
    event = told.received(ID, facts=poor(trial_on=date(2026, 11, 26)), urgent=False)
    case = Deciding(told.keys, rules).follow_request(None, event)
    assert case is not None
    assert case.state is not None
    assert case.state.urgent
    assert (case.state.due_at, case.state.legal_basis) == (AT + timedelta(hours=1), "luat-11-2017.30.4")
    assert "TRIAL" not in str(case.to_document()) + str(case.outbox), "why it is urgent is sealed"


def test_a_case_becomes_urgent_when_the_day_is_told_near_it(told: Intake, rules: Rulebook) -> None:
    """Three weeks ahead it is not; of the same day, told again two days before it, it is."""
    deciding, facts = Deciding(told.keys, rules), poor(trial_on=date(2026, 12, 14))
    case = deciding.follow_request(None, told.received(ID, facts=facts))
    assert case is not None
    assert case.state is not None
    assert not case.state.urgent
    later = datetime(2026, 12, 10, 2, 0, tzinfo=UTC)
    case = deciding.follow_request(case, told.amended(ID, later, facts=facts, residence=Place(province="15")))
    assert case is not None
    assert case.state is not None
    assert case.state.urgent
    assert case.state.due_at == later + timedelta(hours=1)


def test_the_record_names_the_ground_and_when_the_papers_are_due(rules: Rulebook) -> None:
    """L13: a poor person without papers, three working days before the trial."""
    facts = poor(trial_on=date(2026, 11, 26), extreme_area=Answer.NO)
    near = record(rules, facts)
    [ground] = near.immediate
    assert (ground.code, ground.verified) == ("TRIAL_NEAR", True)
    assert "Điều 30 khoản 4" in ground.article
    text = "\n".join(near.explanation_vi)
    assert "Thuộc trường hợp thụ lý ngay, giấy tờ bổ sung sau: đến ngày xét xử còn dưới 5 ngày làm việc" in text
    assert "bổ sung trong 5 ngày làm việc kể từ khi thụ lý (Điều 6 khoản 2 Thông tư 12/2018/TT-BTP)" in text
    extreme = record(rules, facts, place=Place(province="11", commune="03160"))
    assert "trong 10 ngày làm việc (cư trú ở vùng đặc biệt khó khăn)" in "\n".join(extreme.explanation_vi)
    unknown = record(rules, facts.model_copy(update={"extreme_area": Answer.UNKNOWN}))
    assert "trong 5 ngày làm việc (10 nếu cư trú ở vùng đặc biệt khó khăn)" in "\n".join(unknown.explanation_vi)


def test_what_no_text_says_is_marked(rules: Rulebook) -> None:
    remand = record(rules, poor(custody=Custody.ON_REMAND))
    assert [ground.verified for ground in remand.immediate] == [False]
    assert "người bị tạm giam (Điều 30 khoản 4 Luật TGPL; cách áp dụng chưa được xác nhận)" in remand.explanation_vi[0]


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ({}, []),
        ({"field": LawField.CRIMINAL}, ["trial_on"]),
        ({"role": Role.ACCUSED}, ["trial_on"]),
        ({"role": Role.ACCUSED, "trial_on": date(2027, 3, 1)}, []),
        ({"role": Role.ACCUSED, "custody": Custody.ARRESTED}, []),  # it is accepted at once whatever the day
        ({"deadline_near": YES}, ["limitation_ends_on", "trial_on"]),
        ({"deadline_near": YES, "trial_on": date(2027, 3, 1)}, ["limitation_ends_on"]),
        ({"deadline_near": YES, "trial_on": date(2026, 11, 26)}, []),
    ],
)
def test_days_are_asked_for_where_they_could_matter(rules: Rulebook, told: dict[str, Any], asked: list[str]) -> None:
    decided = record(rules, poor(**told))
    assert [question.fact for question in decided.immediate_questions] == asked
    assert decided.questions == (), "they settle nothing about who is eligible"
    assert ("- Phiên tòa ngày nào?" in decided.explanation_vi) is ("trial_on" in asked)


DAYS = st.none() | st.dates(date(2026, 10, 1), date(2027, 3, 1))
TOLD = st.fixed_dictionaries(
    {
        "trial_on": DAYS,
        "limitation_ends_on": DAYS,
        "deadline_near": st.sampled_from(Answer),
        "detained": st.sampled_from(Answer),
        "custody": st.sampled_from(Custody),
        "appointed_defence": st.sampled_from(Answer),
        "in_danger": st.sampled_from(Answer),
        "role": st.sampled_from(Role),
    }
)


@given(TOLD, st.timedeltas(timedelta(0), timedelta(days=60)))
def test_haste_changes_nothing_about_who_is_eligible(rules: Rulebook, told: dict[str, Any], later: timedelta) -> None:
    hasty, calm = record(rules, poor(**told), AT + later), record(rules, poor(role=told["role"]), AT + later)
    assert (hasty.outcome, hasty.categories, hasty.questions) == (calm.outcome, calm.categories, calm.questions)
    asked = {question.fact for question in hasty.immediate_questions}
    assert not any(told[day] for day in asked), "no day is asked for that was told"


@given(TOLD)
def test_whatever_makes_intake_call_it_urgent_and_no_known_day_denies_is_a_ground(
    rules: Rulebook, told: dict[str, Any]
) -> None:
    if told["in_danger"] is YES or (told["detained"] is YES and told["custody"] is not Custody.NONE):
        assert grounds(rules, poor(**told))
    if told["deadline_near"] is YES and told["trial_on"] is None and told["limitation_ends_on"] is None:
        assert grounds(rules, poor(**told))


@pytest.mark.parametrize(
    ("told_facts", "due", "legal_due", "urgent"),
    [
        ({}, datetime(2026, 11, 27, 10, tzinfo=UTC), datetime(2026, 11, 27, 17, tzinfo=UTC), False),
        ({"custody": Custody.ARRESTED}, AT + timedelta(hours=12), AT + timedelta(hours=12), True),
        ({"custody": Custody.IN_CUSTODY}, AT + timedelta(hours=12), AT + timedelta(hours=12), True),
        ({"detained": YES}, AT + timedelta(hours=12), AT + timedelta(hours=12), True),
        ({"detained": YES, "custody": Custody.ON_REMAND}, AT + timedelta(hours=1), None, True),
        ({"in_danger": YES}, AT + timedelta(hours=1), None, True),
        ({"trial_on": date(2026, 11, 26)}, AT + timedelta(hours=1), None, True),
        ({"appointed_defence": YES}, AT + timedelta(hours=1), None, True),
        ({"custody": Custody.ARRESTED, "in_danger": YES}, AT + timedelta(hours=1), AT + timedelta(hours=12), True),
    ],
)
def test_after_acceptance_the_provider_is_appointed_by_what_is_known_of_the_person(
    told: Intake, rules: Rulebook, told_facts: dict[str, Any], due: datetime, legal_due: datetime | None, urgent: bool
) -> None:
    """Twelve hours from acceptance for the arrested and those in custody (Article 31(2)), else at once."""
    facts = poor(**told_facts)
    case = Deciding(told.keys, rules).follow_request(None, told.received(ID, facts=facts))
    assert case is not None
    assert case.state is not None
    after = progress.accepted(case.state, AT, rules, rules.immediate(facts, AT))
    assert (after.next_action, after.urgent) == (NextAction.APPOINT_PROVIDER, urgent)
    assert (after.due_at, after.legal_due_at) == (due, legal_due)


def test_of_an_erased_person_the_strictest_holds(told: Intake, rules: Rulebook) -> None:
    case = Deciding(told.keys, rules).follow_request(None, told.received(ID, facts=POOR))
    assert case is not None
    assert case.state is not None
    after = progress.accepted(case.state, AT, rules, None)
    assert (after.due_at, after.legal_due_at) == (AT + timedelta(hours=1), AT + timedelta(hours=12))


def test_what_is_learnt_after_acceptance_brings_the_appointment_forward_and_never_back(
    told: Intake, rules: Rulebook
) -> None:
    deciding, arrested = Deciding(told.keys, rules), poor(custody=Custody.ARRESTED)
    case = deciding.follow_request(None, told.received(ID, facts=POOR))
    assert case is not None
    assert case.state is not None
    case.state = progress.accepted(case.state, AT, rules, rules.immediate(POOR, AT))
    later = AT + timedelta(hours=3)
    case = deciding.follow_request(case, told.amended(ID, later, facts=arrested))
    assert case is not None
    assert case.state is not None
    assert (case.state.due_at, case.state.legal_due_at) == (later + timedelta(hours=12), later + timedelta(hours=12))
    case = deciding.follow_request(case, told.amended(ID, later + timedelta(hours=1), facts=arrested))
    assert case is not None
    assert case.state is not None
    assert case.state.due_at == later + timedelta(hours=12)
    free = deciding.follow_request(case, told.amended(ID, later + timedelta(hours=2), facts=POOR))
    assert free is not None
    assert free.state is not None
    assert (free.state.urgent, free.state.due_at) == (False, later + timedelta(hours=12))


NOT_EXTREME, EXTREME = Place(province="15", commune="02647"), Place(province="11", commune="03160")


@pytest.mark.parametrize(
    ("told_facts", "place", "expected"),
    [
        ({}, None, {"APPOINT_LITIGATION": date(2026, 11, 27)}),
        ({"form": AidForm.OUT_OF_COURT_REPRESENTATION}, None, {"APPOINT_REPRESENTATION": date(2026, 11, 27)}),
        ({"form": AidForm.LEGAL_ADVICE}, None, {"ADVICE_WRITTEN": date(2026, 12, 3)}),
        (
            {"trial_on": date(2026, 11, 26)},  # L13
            NOT_EXTREME,
            {"APPOINT_IMMEDIATE": None, "PROOF_AFTER_IMMEDIATE": date(2026, 12, 1)},
        ),
        (
            {"trial_on": date(2026, 11, 26)},
            EXTREME,
            {"APPOINT_IMMEDIATE": None, "PROOF_AFTER_IMMEDIATE_EXTREME_AREA": date(2026, 12, 8)},
        ),
        (
            {"custody": Custody.ARRESTED},
            None,
            {"APPOINT_ARRESTED_HELD": date(2026, 11, 23), "PROOF_AFTER_IMMEDIATE": date(2026, 12, 1)},
        ),
        (
            {"in_danger": YES, "form": AidForm.LEGAL_ADVICE},
            None,
            {
                "APPOINT_IMMEDIATE": None,
                "PROOF_AFTER_IMMEDIATE": date(2026, 12, 1),
                "ADVICE_WRITTEN": date(2026, 12, 3),
            },
        ),
    ],
)
def test_what_the_law_sets_since_acceptance(
    rules: Rulebook, told_facts: dict[str, Any], place: Place | None, expected: dict[str, date | None]
) -> None:
    limits = since_acceptance(poor(**told_facts), place, AT, rules)
    last = {limit.code: limit.ends_at and rules.calendar.day(limit.ends_at - timedelta(seconds=1)) for limit in limits}
    assert list(last.items()) == list(expected.items())
    assert all(limit.verified and "Điều" in limit.basis for limit in limits)


def of_store(told: Intake, case: Case) -> Stored:
    """The case as the sandbox reads it."""
    assert case.state is not None
    assert case.state.facts is not None
    assert case.record is not None
    keys = told.keys[ID]
    boxes = keys.open(case.state.facts, Facts), keys.open(case.record, DecisionRecord)
    return Stored(case.state, *boxes, case.residence, case.matter_place)


@pytest.mark.parametrize("day", [date(2026, 12, 11), date(2026, 12, 14), date(2027, 3, 1), None])
def test_under_the_same_tables_nothing_is_otherwise_whenever_a_day_was_told(
    told: Intake, rules: Rulebook, day: date | None
) -> None:
    """Nearness is counted from when it was told, as the record says, and not from receipt."""
    deciding, facts = Deciding(told.keys, rules), poor(trial_on=day, role=Role.ACCUSED)
    places = {"residence": Place(province="11", commune="03160"), "matter_place": Place(province="15")}
    case = deciding.follow_request(None, told.received(ID, facts=facts, **places))
    assert case is not None
    assert compare(of_store(told, case), rules, rules).parts == ()
    later = datetime(2026, 12, 10, 2, 0, tzinfo=UTC)
    case = deciding.follow_request(case, told.amended(ID, later, facts=facts, **places))
    assert case is not None
    assert compare(of_store(told, case), rules, rules).parts == ()


def test_a_trial_that_is_over_makes_a_case_calm_and_the_sandbox_knows(told: Intake, rules: Rulebook) -> None:
    deciding, facts = Deciding(told.keys, rules), poor(trial_on=date(2026, 11, 26))
    places = {"residence": Place(province="11", commune="03160"), "matter_place": Place(province="15")}
    case = deciding.follow_request(None, told.received(ID, facts=facts, **places))
    case = deciding.follow_request(case, told.amended(ID, AT + timedelta(days=5), facts=facts, **places))
    assert case is not None
    assert case.state is not None
    assert not case.state.urgent
    assert compare(of_store(told, case), rules, rules).parts == ()
