"""The decisions of the stage, without a store: what each event makes of a case."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalaid import ids
from legalaid.events import Event, decode
from legalaid.events.base import Place
from legalaid.events.people import Contact, Facts, Story
from legalaid.events.words import Answer, Claim, Household, LawField, NextAction, OwnerKind, Role, RoutingReason, Status
from routing.handlers import Deciding, take_up
from routing.rules import progress
from routing.rules.comparison import compare
from routing.rules.decision import DecisionRecord, next_step
from routing.rules.directory import DESK
from routing.rules.eligibility import Outcome
from routing.rules.immediate import NOT_IMMEDIATE
from routing.rules.progress import NotPossibleError
from routing.rules.rulebook import Rulebook
from routing.store import Case
from routing.store import opened as opened_case
from services.routing.tests.conftest import Intake

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=2)
ID, CALL = ids.random_id(), ids.random_id()
ASKED = {
    "ethnicity": "01",
    "monthly_allowance": Answer.NO,
    "claims": dict.fromkeys(Claim, Answer.NO),
}
"""Of whoever is asked after everything else."""
POOR = Facts(household=Household.POOR, field=LawField.CIVIL)


def events(case: Case | None) -> list[Event[Any]]:
    assert case is not None
    return [decode(message.value, message.headers) for message in case.outbox]


def follow(deciding: Deciding, told: Iterable[Event[Any]], case: Case | None = None) -> Case:
    for event in told:
        case = deciding.follow_request(case, event) or case
    assert case is not None
    return case


def test_an_eligible_request_goes_to_its_branch(told: Intake, rules: Rulebook) -> None:
    event = told.received(ID, facts=POOR)
    case = follow(Deciding(told.keys, rules), [event])
    [opened] = events(case)
    assert opened.type == "vn.legalaid.case.opened.v1"
    assert (opened.subject, opened.sequence, opened.time, opened.correlation_id) == (ID, 1, AT, ID)
    assert opened.id == ids.event_id(event.id, opened.type)
    data = opened.data
    assert (data.status, data.next_action) == (Status.ASSIGNED, NextAction.REVIEW)
    assert (data.owner.code, data.routing_reason) == ("TGPL-11-CN5", RoutingReason.RESIDENCE)
    assert data.due_at == datetime(2026, 11, 25, 10, tzinfo=UTC)
    assert data.ruleset == rules.law.ruleset
    assert (data.contact, data.facts, case.story) == (event.data.contact, event.data.facts, event.data.story)
    assert case.record is not None
    assert told.keys[ID].open(case.record, DecisionRecord).owner == "TGPL-11-CN5"


def test_nothing_personal_stands_in_the_document(told: Intake, rules: Rulebook) -> None:
    facts = POOR.model_copy(update={"detained": Answer.YES})
    case = follow(Deciding(told.keys, rules), [told.received(ID, facts=facts)])
    text = str(case.to_document()) + str(case.outbox)
    for secret in ("Vàng", "912345678", "Bị đánh", "POOR", "hộ nghèo", "detained", "household"):
        assert secret not in text


@pytest.mark.parametrize(
    ("facts", "status", "action"),
    [
        (Facts(), Status.NEED_MORE_INFO, NextAction.ASK_PERSON),
        (Facts(field=LawField.BUSINESS_COMMERCE), Status.CHECKING, NextAction.CONFIRM_NOT_ELIGIBLE),
    ],
)
def test_other_outcomes(told: Intake, rules: Rulebook, facts: Facts, status: Status, action: NextAction) -> None:
    [opened] = events(follow(Deciding(told.keys, rules), [told.received(ID, facts=facts)]))
    assert (opened.data.status, opened.data.next_action) == (status, action)
    assert opened.data.owner.code == "TGPL-11-CN5"


def test_an_unknown_place_and_an_urgent_matter(told: Intake, rules: Rulebook) -> None:
    [opened] = events(follow(Deciding(told.keys, rules), [told.received(ID, residence=None, urgent=True)]))
    assert (opened.data.owner, opened.data.routing_reason) == (DESK, RoutingReason.PLACE_UNKNOWN)
    assert (opened.data.status, opened.data.next_action) == (Status.CHECKING, NextAction.FIND_CENTRE)
    assert opened.data.due_at == AT + timedelta(hours=1)


def test_an_amendment_is_decided_again_and_never_due_later(told: Intake, rules: Rulebook) -> None:
    first = told.received(ID)
    more = told.amended(ID, LATER, facts=POOR)
    same = told.amended(ID, LATER + timedelta(days=3), facts=POOR)
    case = follow(Deciding(told.keys, rules), [first, more, same])
    _, assigned, unchanged = events(case)
    assert (assigned.type, assigned.sequence) == ("vn.legalaid.case.reassessed.v1", 2)
    assert (assigned.data.status, assigned.data.next_action) == (Status.ASSIGNED, NextAction.REVIEW)
    assert assigned.time == assigned.data.changed_at == LATER
    assert assigned.data.received_at == AT
    assert unchanged.data.due_at == assigned.data.due_at
    assert unchanged.data.facts == same.data.facts


def test_who_moves_gets_another_centre(told: Intake, rules: Rulebook) -> None:
    moved = told.received(ID, facts=POOR), told.amended(ID, LATER, facts=POOR, residence=Place(province="15"))
    case = follow(Deciding(told.keys, rules), moved)
    assert events(case)[1].data.owner.code == "TGPL-15"
    assert case.held_by == "TGPL-15"


def test_a_case_that_turns_urgent_goes_to_where_the_matter_is(told: Intake, rules: Rulebook) -> None:
    elsewhere = Place(province="15")
    calm = told.received(ID, facts=POOR, matter_place=elsewhere)
    danger = told.amended(ID, LATER, facts=POOR, matter_place=elsewhere, urgent=True)
    over = told.amended(ID, LATER, facts=POOR, matter_place=elsewhere)
    opened, after, calmed = events(follow(Deciding(told.keys, rules), [calm, danger, over]))
    assert (calmed.data.owner, calmed.data.routing_reason) == (opened.data.owner, opened.data.routing_reason)
    assert (opened.data.owner.code, opened.data.routing_reason) == ("TGPL-11-CN5", RoutingReason.RESIDENCE)
    assert (after.data.owner.code, after.data.routing_reason) == ("TGPL-15", RoutingReason.MATTER_PLACE)


def test_what_is_offered_stays_offered_when_the_case_stays(told: Intake, rules: Rulebook) -> None:
    accused = Facts(household=Household.POOR, role=Role.ACCUSED)
    about: dict[str, Any] = {"facts": accused, "matter_place": Place(province="01")}
    case = follow(Deciding(told.keys, rules), [told.received(ID, **about), told.amended(ID, LATER, **about)])
    assert case.record is not None
    record = told.keys[ID].open(case.record, DecisionRecord)
    assert [(each.code, each.why) for each in record.candidates] == [("TGPL-01", "OFFERED")]
    assert record.explanation_vi[-1].startswith(
        "Người yêu cầu cũng có thể chọn Trung tâm TGPL nhà nước thành phố Hà Nội"
    )


def test_what_was_accepted_stays_where_it_is(told: Intake, rules: Rulebook) -> None:
    deciding = Deciding(told.keys, rules)
    case = follow(deciding, [told.received(ID, facts=POOR)])
    assert case.state is not None
    case.state = progress.accepted(case.state, AT + timedelta(hours=1), rules, NOT_IMMEDIATE)
    moved = told.amended(ID, LATER, facts=Facts(), residence=Place(province="15"))
    after = follow(deciding, [moved], case).state
    assert after is not None
    assert (after.status, after.next_action, after.due_at) == (
        Status.ACCEPTED,
        NextAction.APPOINT_PROVIDER,
        case.state.due_at,
    )
    assert after.owner == case.state.owner
    assert (after.contact, after.facts) == (moved.data.contact, moved.data.facts)
    urgent = follow(deciding, [told.amended(ID, LATER, urgent=True)], case).state
    assert urgent is not None
    assert urgent.due_at == LATER + timedelta(hours=1)


YOUTH = Facts(birth_date=date(2009, 1, 10), role=Role.ACCUSED, household=Household.NEITHER, field=LawField.CRIMINAL)
"""Seventeen, and eighteen on 10 January 2027."""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (YOUTH, YOUTH.model_copy(update={"step_on": date(2027, 1, 10), **ASKED})),
        (
            POOR,
            POOR.model_copy(
                update={"household": Household.NEITHER, "birth_date": date(1985, 3, 1), "role": Role.NONE, **ASKED}
            ),
        ),
    ],
    ids=["turns eighteen", "leaves poverty"],
)
def test_whoever_is_of_no_category_any_more_keeps_the_aid(
    told: Intake, rules: Rulebook, before: Facts, after: Facts
) -> None:
    """Article 37(3): what was accepted goes on until its end, and the record says so."""
    deciding = Deciding(told.keys, rules)
    case = follow(deciding, [told.received(ID, facts=before)])
    assert case.state is not None
    accepted = progress.accepted(case.state, AT + timedelta(hours=1), rules, NOT_IMMEDIATE)
    case.state = accepted
    later = follow(deciding, [told.amended(ID, LATER, facts=after)], case)
    assert later.state is not None
    assert later.record is not None
    kept = (later.state.status, later.state.owner, later.state.next_action, later.state.due_at)
    assert kept == (accepted.status, accepted.owner, accepted.next_action, accepted.due_at)
    record = told.keys[ID].open(later.record, DecisionRecord)
    assert (record.outcome, record.aid_goes_on) == (Outcome.NOT_ELIGIBLE, True)
    assert "Điều 37 khoản 3" in record.explanation_vi[-1]


def test_age_is_that_of_the_day_of_receipt_however_late_a_case_is_amended(told: Intake, rules: Rulebook) -> None:
    """Sixteen during the case, still a child by the day of receipt; nobody had accepted it."""
    child = Facts(birth_date=date(2010, 12, 1), field=LawField.CIVIL)
    months_later = AT + timedelta(days=90)
    case = follow(
        Deciding(told.keys, rules), [told.received(ID, facts=child), told.amended(ID, months_later, facts=child)]
    )
    assert case.record is not None
    record = told.keys[ID].open(case.record, DecisionRecord)
    assert (record.outcome, record.judged_on, record.aid_goes_on) == (Outcome.ELIGIBLE, date(2026, 11, 23), False)


def test_people_choose_over_rules(told: Intake, rules: Rulebook) -> None:
    """A centre that gave it back is not chosen again; what the Desk chose stays when the places stay."""
    deciding = Deciding(told.keys, rules)
    case = follow(deciding, [told.received(ID, facts=POOR)])
    assert case.state is not None
    case.state = progress.returned(case.state, AT, rules)
    case.returned_by = ["TGPL-11-CN5", "TGPL-11"]
    found = follow(deciding, [told.amended(ID, LATER, facts=POOR, matter_place=Place(province="11"))], case).state
    assert found is not None
    assert (found.owner, found.routing_reason) == (DESK, RoutingReason.RETURNED)
    centre = rules.directory.find("TGPL-14", AT.date())
    assert centre is not None
    case.state = progress.assigned(case.state, centre, next_step(Outcome.ELIGIBLE, centre.kind), LATER, rules)
    assert (case.state.status, case.state.routing_reason) == (Status.ASSIGNED, RoutingReason.DESK_FOUND)
    kept = follow(deciding, [told.amended(ID, LATER, facts=POOR)], case)
    assert kept.state is not None
    assert kept.record is not None
    assert kept.state.owner == centre.owner
    assert "tiếp tục phụ trách" in told.keys[ID].open(kept.record, DecisionRecord).explanation_vi[-1]


def test_a_withdrawn_request_ends_its_case(told: Intake, rules: Rulebook) -> None:
    story = told.received(ID), told.withdrawn(ID, LATER), told.amended(ID, LATER)
    case = follow(Deciding(told.keys, rules), story)
    opened, closed = events(case)
    assert (closed.type, closed.data.status, closed.time) == ("vn.legalaid.case.closed.v1", Status.WITHDRAWN, LATER)
    assert (closed.data.owner, closed.data.next_action, closed.data.due_at) == (None, None, None)
    assert case.held_by == opened.data.owner.code


def test_an_erased_person_leaves_nothing_to_do(told: Intake, rules: Rulebook) -> None:
    erased = Deciding({}, rules)
    opened, closed = events(follow(erased, [told.received(ID, facts=POOR)]))
    assert (opened.data.owner.code, closed.data.status) == ("TGPL-11-CN5", Status.DISCONTINUED)
    open_case = follow(Deciding(told.keys, rules), [told.received(CALL, facts=POOR)])
    assert events(follow(erased, [told.amended(CALL, LATER)], open_case))[-1].data.status is Status.DISCONTINUED
    owed = erased.open_callback(None, told.owed(ids.random_id()))
    assert [event.data.status for event in events(owed)] == [Status.RECEIVED, Status.DISCONTINUED]


def test_an_owed_call_is_the_desks(told: Intake, rules: Rulebook) -> None:
    event = told.owed(CALL)
    case = Deciding(told.keys, rules).open_callback(None, event)
    [opened] = events(case)
    assert (opened.data.owner, opened.data.next_action) == (DESK, NextAction.CALL_BACK)
    assert opened.data.due_at == event.data.due_at
    assert opened.data.contact == event.data.contact
    assert Deciding(told.keys, rules).open_callback(case, event) is None


def carried_out(deciding: Deciding, told: Sequence[Event[Any]]) -> Case:
    """As ``fold`` does it: each event on the call's case, every write counted."""
    case: Case | None = None
    for event in told:
        after = take_up(case, event) if event.subject != CALL else deciding.open_callback(case, event)
        case = after or case
    assert case is not None
    return case


@pytest.mark.parametrize("erased", [False, True])
@pytest.mark.parametrize("hours", [-1, 0, 1])
def test_a_request_and_the_call_it_settles_may_come_in_any_order(
    told: Intake, rules: Rulebook, hours: int, erased: bool
) -> None:
    """The two topics have no common order: every order, and every repeat, ends in one document and the same events."""
    owed = told.owed(CALL, AT + timedelta(hours=hours))
    request = told.received(ID, call_id=CALL)
    deciding = Deciding({} if erased else told.keys, rules)
    cases = [carried_out(deciding, order) for order in permutations([owed, request, owed, request])]
    assert all(case == cases[0] for case in cases)
    opened, closed = events(cases[0])
    assert closed.data.status is (Status.DISCONTINUED if erased else Status.LINKED)
    assert [opened.sequence, closed.sequence] == [1, 2]
    assert closed.time == (owed.time if erased else max(owed.time, request.time))
    assert closed.id == ids.event_id(owed.id if erased else request.id, closed.type)
    assert cases[0].link is not None
    assert cases[0].link.request_id == ID


class Machine:
    """Everything that can happen to a case, one thing at a time."""

    def __init__(self, told: Intake, rules: Rulebook) -> None:
        self.told, self.rules, self.deciding = told, rules, Deciding(told.keys, rules)
        self.case = follow(self.deciding, [told.received(ID, facts=POOR)])

    def step(self, name: str, minutes: int) -> None:
        state, at, rules = self.case.state, AT + timedelta(minutes=minutes), self.rules
        assert state is not None
        if name == "amend":
            self.case = follow(self.deciding, [self.told.amended(ID, at, facts=Facts(), residence=None)], self.case)
        elif name == "move":
            place = Place(province="15")
            self.case = follow(self.deciding, [self.told.amended(ID, at, residence=place)], self.case)
        elif name == "withdraw":
            self.case = follow(self.deciding, [self.told.withdrawn(ID, at)], self.case)
        elif state.status.is_open:
            centre = rules.directory.find("TGPL-12", AT.date())
            assert centre is not None
            commands = {
                "accept": lambda: progress.accepted(state, at, rules, NOT_IMMEDIATE),
                "return": lambda: progress.returned(state, at, rules),
                "assign": lambda: progress.assigned(
                    state, centre, next_step(Outcome.NEEDS_INFO, centre.kind), at, rules
                ),
                "callback-done": lambda: progress.called_back(state, at),
            }
            self.case.state = commands[name]()


THINGS = st.sampled_from(["amend", "move", "withdraw", "accept", "return", "assign", "callback-done"])


def test_whatever_happens_an_open_case_has_one_owner_one_action_one_time(told: Intake, rules: Rulebook) -> None:
    @given(st.lists(st.tuples(THINGS, st.integers(0, 10_000)), max_size=12))
    def run(things: list[tuple[str, int]]) -> None:
        machine = Machine(told, rules)
        for name, minutes in things:
            before = machine.case.state
            try:
                machine.step(name, minutes)
            except NotPossibleError:
                assert machine.case.state == before
            after = machine.case.state
            assert before is not None
            assert after is not None
            held = (after.owner, after.next_action, after.due_at)
            assert all(held) if after.status.is_open else not any(held)
            assert after.changed_at >= before.changed_at
            assert before.status.is_open or after == before
            desk_acts = after.next_action in (NextAction.FIND_CENTRE, NextAction.CALL_BACK)
            assert after.owner is None or (after.owner.kind is OwnerKind.DESK) is desk_acts

    run()


def test_boxes_of_the_officer_open(told: Intake, rules: Rulebook) -> None:
    case = follow(Deciding(told.keys, rules), [told.received(ID, facts=POOR)])
    keys = told.keys[ID]
    assert case.state is not None
    assert case.story is not None
    assert keys.open(case.state.contact, Contact).person.name == "Vàng Thị Mỷ"
    assert keys.open(case.story, Story).text == "Bị đánh."


TURNS = st.tuples(st.booleans(), st.sampled_from(["11", "15", "01", None]), st.sampled_from(["hmn", "vie"]))


@given(story=st.lists(TURNS, min_size=1, max_size=4))
def test_whatever_the_rules_decided_they_decide_again(
    rules: Rulebook, story: list[tuple[bool, str | None, str]]
) -> None:
    """The owner hangs on the last places and urgency alone, so that deciding a stored case again differs in nothing."""
    told = Intake()
    about: list[dict[str, Any]] = [
        {"urgent": urgent, "matter_place": Place(province=place) if place else None, "facts": Facts(language=language)}
        for urgent, place, language in story
    ]
    first, *more = about
    amended = [told.amended(ID, LATER, **each) for each in more]
    case = follow(Deciding(told.keys, rules), [told.received(ID, **first), *amended])
    assert case is not None
    stored = opened_case(case, told.keys[ID])
    assert stored is not None
    assert compare(stored, rules, rules).parts == ()
