"""Whom an officer can offer now. Capacity and closed days change that, and never who owns the case."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.stack.directory import DEMONSTRATION
from legalaid.events.base import Place
from legalaid.events.cases import Owner
from legalaid.events.centres import CentreDetails
from legalaid.events.people import Facts
from legalaid.events.words import Role
from legalaid.vietnam import calendar
from routing import tables
from routing.rules import offers
from routing.rules.allocation import allocate
from routing.rules.decision import CandidateRecord
from routing.rules.directory import Directory
from routing.rules.rulebook import Rulebook

TODAY = date(2026, 11, 23)
DEMO = tables.load_directory(DEMONSTRATION)
LAW = tables.load_law(None, TODAY)
HOME, COURT = Place(province="11", commune="03160"), Place(province="15", commune="02947")
BRANCH, CENTRE, ELSEWHERE = "TGPL-11-CN5", "TGPL-11", "TGPL-15-CN2"


def with_details(directory: Directory, details: dict[str, CentreDetails]) -> Directory:
    source = {"details_source": "thử nghiệm"}
    rows = directory.centres
    changed = (row.model_copy(update={"details": details.get(row.code, row.details), **source}) for row in rows)
    return Directory("changed", tuple(changed))


def decided(
    directory: Directory, *, court: Place | None = None, agency: bool = True
) -> tuple[Owner, tuple[CandidateRecord, ...]]:
    rules = Rulebook(LAW, directory, calendar.load())
    facts = Facts(role=Role.ACCUSED if agency else Role.NONE)
    at = rules.noon(TODAY)
    record = rules.decide(facts, HOME, rules.allocate(HOME, court, at, facts=facts), at)
    return record.allocation.owner, record.record.candidates


def offered(directory: Directory, *, court: Place | None = None, agency: bool = True, taken: int = 0) -> dict[str, str]:
    looked_at = (*decided(directory, court=court, agency=agency), directory, TODAY)
    counts = dict.fromkeys(offers.counted(*looked_at), taken)
    return {offer.code: offer.ground for offer in offers.offers(*looked_at, counts)}


FREE = with_details(DEMO, {code: CentreDetails() for code in (BRANCH, CENTRE)})


def test_the_second_centre_of_article_26_is_offered() -> None:
    assert offered(FREE, court=COURT) == {ELSEWHERE: "ARTICLE_26_1"}
    assert offered(FREE, court=COURT, agency=False) == {}
    assert offered(FREE) == {}


@pytest.mark.parametrize(
    "details", [CentreDetails(closed_days=(TODAY,)), CentreDetails(weekly_capacity=0), CentreDetails(weekly_capacity=3)]
)
def test_who_is_closed_or_full_is_not_offered(details: CentreDetails) -> None:
    assert offered(with_details(FREE, {ELSEWHERE: details}), court=COURT, taken=3) == {}


def test_where_the_owner_is_closed_or_full_its_centre_and_the_other_place_are_offered() -> None:
    closed = with_details(FREE, {BRANCH: CentreDetails(closed_days=(TODAY,))})
    assert offered(closed, court=COURT, agency=False) == {
        CENTRE: "OWNER_CLOSED_TODAY",
        ELSEWHERE: "OWNER_CLOSED_TODAY",
    }
    full = with_details(FREE, {BRANCH: CentreDetails(weekly_capacity=3)})
    assert offered(full, court=COURT, taken=3) == {CENTRE: "OWNER_WEEK_FULL", ELSEWHERE: "ARTICLE_26_1"}
    assert offered(full, court=COURT, taken=2) == {ELSEWHERE: "ARTICLE_26_1"}
    both = with_details(full, {CENTRE: CentreDetails(closed_days=(TODAY,))})
    assert offered(both, taken=3) == {}


def test_who_gave_it_back_is_not_offered() -> None:
    closed = with_details(FREE, {BRANCH: CentreDetails(closed_days=(TODAY,))})
    owner, candidates = decided(closed)
    returned = tuple(
        each.model_copy(update={"why": "RETURNED"}) if each.code == CENTRE else each for each in candidates
    )
    assert offers.offers(owner, returned, closed, TODAY, {}) == ()


@given(st.sampled_from([HOME, COURT, Place(province="25"), Place(province="11")]), st.booleans())
def test_capacity_and_closed_days_never_change_who_owns(place: Place, urgent: bool) -> None:
    shut = CentreDetails(weekly_capacity=0, closed_days=(TODAY,))
    nobody_free = with_details(DEMO, dict.fromkeys(DEMO.rows, shut))
    before = allocate(place, COURT, DEMO, TODAY, urgent=urgent)
    after = allocate(place, COURT, nobody_free, TODAY, urgent=urgent)
    assert after.owner == before.owner
    assert vars(after) | {"candidates": ()} == vars(before) | {"candidates": ()}


def test_a_week_begins_on_its_monday() -> None:
    assert {offers.week_of(TODAY + timedelta(days=ahead)) for ahead in range(7)} == {TODAY}
    assert offers.week_of(TODAY - timedelta(days=1)) == date(2026, 11, 16)
