"""What a change of the law does to cases that came before it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from legalaid.events.base import Place
from legalaid.events.cases import CaseReassessed
from legalaid.events.people import Consent, Contact, Facts, Person, Wishes
from legalaid.events.words import Answer, CaseKind, Claim, Household, LawField, NextAction, Purpose, Role, Status
from legalaid.testing.events import make
from routing.rules import progress
from routing.rules.comparison import Stored
from routing.rules.directory import DESK
from routing.rules.eligibility import Outcome
from routing.rules.immediate import NOT_IMMEDIATE
from routing.rules.renewal import Effect, change_day, renewed
from routing.rules.rulebook import Rulebook

AT = datetime(2026, 12, 28, 2, 0, tzinfo=UTC)
DAY = date(2027, 1, 1)
NEW_YEAR = datetime(2027, 1, 1, 1, 0, tzinfo=UTC)
PLACE = Place(province="11", commune="03160")
CONTACT = Contact(person=Person(phone="+84912345678"))
PLAIN: dict[str, Any] = {
    "birth_year": 1985,
    "vietnamese_citizen": Answer.YES,
    "ethnicity": "01",
    "household": Household.NEITHER,
    "monthly_allowance": Answer.NO,
    "role": Role.NONE,
    "field": LawField.CIVIL,
}


def facts(**about: Any) -> Facts:
    claims = dict.fromkeys(Claim, Answer.NO) | about.pop("claims", {})
    return Facts(**PLAIN | about, claims=claims)


DISABLED = facts(claims={Claim.DISABLED: Answer.YES})
OLD = facts(birth_year=1950)


def stored(told: Facts, rules: Rulebook, **state: Any) -> Stored:
    """A case as it was opened on AT, then changed to ``state``."""
    allocation = rules.allocate(PLACE, None, AT)
    record = rules.decide(told, PLACE, allocation, AT).record
    status, action = record.next_step(allocation.owner.kind)
    about = {"status": status, "owner": allocation.owner, "next_action": action, "due_at": AT, "changed_at": AT}
    case = make(
        CaseReassessed, received_at=AT, kind=CaseKind.REQUEST, routing_reason=allocation.reason, **about | state
    )
    return Stored(case, told, record, PLACE, None)


def ended(told: Facts, rules: Rulebook, status: Status = Status.REFUSED) -> Stored:
    return stored(told, rules, status=status, owner=None, next_action=None, due_at=None)


def test_the_law_changes_on_the_days_of_its_rows(rules: Rulebook) -> None:
    assert change_day(rules.law, date(2027, 3, 1)) == DAY
    assert change_day(rules.law, date(2026, 12, 31)) == date(2026, 1, 29)
    assert change_day(rules.law, date(2017, 12, 31)) is None


def test_whom_the_new_text_helps_is_judged_anew(rules: Rulebook) -> None:
    before = stored(DISABLED, rules)
    assert before.record.outcome is Outcome.NOT_ELIGIBLE
    after = renewed(before, CONTACT, DAY, NEW_YEAR, rules)
    assert (after.effect, after.record.outcome, after.record.judged_on) == (Effect.GAINED, Outcome.ELIGIBLE, DAY)
    assert (after.state.status, after.state.next_action) == (Status.ASSIGNED, NextAction.REVIEW)
    assert after.state.owner == before.state.owner
    assert "1/1/2027" in after.record.explanation_vi[0]


def test_where_the_readings_of_the_new_text_differ_an_officer_looks(rules: Rulebook) -> None:
    after = renewed(stored(OLD, rules), CONTACT, DAY, NEW_YEAR, rules)
    assert (after.effect, after.record.outcome) == (Effect.GAINED, Outcome.NEEDS_INFO)
    assert (after.state.status, after.state.next_action) == (Status.CHECKING, NextAction.REVIEW)


def test_whoever_stands_as_before_is_left_alone(rules: Rulebook) -> None:
    poor = stored(facts(household=Household.POOR), rules)
    assert renewed(poor, CONTACT, DAY, NEW_YEAR, rules).effect is Effect.NONE
    plain = stored(facts(), rules)
    assert renewed(plain, CONTACT, DAY, NEW_YEAR, rules).effect is Effect.NONE


def test_nobody_loses_by_a_later_text_and_the_owner_is_told(rules: Rulebook) -> None:
    """As if the new law took the poor out of the list."""
    ends = {"valid_to": date(2026, 12, 31)}
    poor = tuple(row.model_copy(update=ends) if row.code == "POOR_HOUSEHOLD" else row for row in rules.law.categories)
    harsher = Rulebook(rules.law.model_copy(update={"categories": poor}), rules.directory, rules.calendar)
    before = stored(facts(household=Household.POOR), harsher)
    after = renewed(before, CONTACT, DAY, NEW_YEAR, harsher)
    assert (after.effect, after.record.outcome) == (Effect.TOLD, Outcome.ELIGIBLE)
    assert "có thể không còn thuộc diện" in after.record.explanation_vi[0]
    assert (after.state.status, after.state.next_action) == (Status.ASSIGNED, NextAction.REVIEW)
    again = Stored(after.state, before.facts, after.record, PLACE, None)
    assert renewed(again, CONTACT, DAY, NEW_YEAR, harsher).effect is Effect.NONE, "once, whatever version comes later"


def test_what_a_centre_accepted_goes_on(rules: Rulebook) -> None:
    """Article 37(3)."""
    case = stored(DISABLED, rules)
    accepted = Stored(progress.accepted(case.state, AT, rules, NOT_IMMEDIATE), DISABLED, case.record, PLACE, None)
    assert renewed(accepted, CONTACT, DAY, NEW_YEAR, rules) == (Effect.NONE, accepted.state, accepted.record)


def test_who_was_sent_away_is_owed_a_call_by_the_desk(rules: Rulebook) -> None:
    after = renewed(ended(DISABLED, rules), CONTACT, DAY, NEW_YEAR, rules)
    assert after.effect is Effect.CALL_OWED
    state = after.state
    assert (state.status, state.owner, state.next_action) == (Status.RECEIVED, DESK, NextAction.CALL_BACK)
    assert state.due_at == datetime(2027, 1, 15, 10, tzinfo=UTC), "ten working days after New Year"
    centre = rules.directory.find("TGPL-11", DAY)
    assert centre is not None
    step = after.record.next_step(centre.kind)
    assert progress.assigned(state, centre, step, NEW_YEAR, rules).next_action is NextAction.REVIEW
    assert progress.called_back(state, NEW_YEAR).status is Status.COMPLETED
    again = Stored(state, DISABLED, after.record, PLACE, None)
    assert renewed(again, CONTACT, DAY, NEW_YEAR, rules).effect is Effect.NONE


@pytest.mark.parametrize(
    ("told", "status", "contact"),
    [
        (DISABLED, Status.REFUSED, Contact(person=Person(), wishes=Wishes(call=False))),
        (
            DISABLED,
            Status.REFUSED,
            Contact(
                person=Person(),
                consent=Consent(
                    purposes=frozenset({Purpose.SMS_UPDATES}), at=AT, text_version="1", evidence="recording 7"
                ),
            ),
        ),
        (DISABLED, Status.WITHDRAWN, CONTACT),
        (DISABLED, Status.COMPLETED, CONTACT),
        (OLD, Status.REFUSED, CONTACT),  # the readings differ: nobody is called for a perhaps
        (facts(), Status.REFUSED, CONTACT),
        (facts(household=Household.POOR), Status.DISCONTINUED, CONTACT),  # could have been helped before
    ],
)
def test_nobody_else_is_called(told: Facts, status: Status, contact: Contact, rules: Rulebook) -> None:
    assert renewed(ended(told, rules, status), contact, DAY, NEW_YEAR, rules).effect is Effect.NONE
