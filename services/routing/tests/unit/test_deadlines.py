"""When what the law sets ends, and what holds of all of it; the examples are in ``test_deadline_cases.py``."""

import time as machine
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalaid.clock import VIETNAM
from legalaid.events.words import NextAction
from legalaid.vietnam import calendar
from routing import tables
from routing.rules import deadlines
from routing.rules.deadlines import APPOINT_ARRESTED, APPOINT_AT_ONCE, Term
from routing.rules.law import Deadline, DeadlineKind, Unit

TODAY = date(2026, 11, 23)
CALENDAR = calendar.load()
LAW = tables.load_law(None, TODAY)
ROWS = {row.code: row for row in LAW.deadlines}
SECTION = {
    "DOSSIER_CHECK": "at_once",
    "IMMEDIATE_ACCEPTANCE": "at_once",
    "PROOF_AFTER_IMMEDIATE": "5 working_days",
    "PROOF_AFTER_IMMEDIATE_EXTREME_AREA": "10 working_days",
    "APPOINT_ARRESTED_HELD": "12 clock_hours",
    "APPOINT_IMMEDIATE": "at_once",
    "APPOINT_LITIGATION": "3 working_days",
    "APPOINT_REPRESENTATION": "3 working_days",
    "APPOINT_AFTER_NOTICE": "3 working_days",
    "REPLACE_DEFENDER": "24 clock_hours",
    "REPLACE_PROTECTOR": "2 working_days",
    "ADVICE_WRITTEN": "10 calendar_days",
    "ADVICE_WRITTEN_COMPLEX": "30 calendar_days",
    "SIMPLE_ANSWER": "at_once",
    "CHANGE_PROVIDER": "3 working_days",
    "WITHDRAWAL_REPLY": "at_once",
    "VERIFY_FOR_OTHER_CENTRE": "10 calendar_days",
    "PETITION_ANSWER": "30 calendar_days",
    "PETITION_ANSWER_EXTENDED": "45 calendar_days",
    "FILE_HANDOVER": "30 calendar_days",
    "COMPLAINT_CENTRE": "3 working_days",
    "COMPLAINT_DEPARTMENT": "15 calendar_days",
    "DSR_ACK": "2 working_days",
    "DSR_ACCESS_RECTIFY": "10 calendar_days",
    "DSR_WITHDRAW": "15 calendar_days",
    "DSR_DELETE": "20 calendar_days",
    "BREACH_NOTICE": "72 clock_hours",
}
"""Every limit that the law sets and that was found."""


def vn(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


def test_the_whole_table_of_the_law() -> None:
    legal = [row for row in LAW.deadlines if row.kind is DeadlineKind.LEGAL]
    assert {row.code: " ".join(str(part) for part in (row.amount, row.unit) if part) for row in legal} == SECTION
    unread = {row.code for row in legal if not row.verified}
    assert unread == {"DSR_ACK", "DSR_ACCESS_RECTIFY", "DSR_WITHDRAW", "DSR_DELETE", "BREACH_NOTICE"}
    ours = [row for row in LAW.deadlines if row.kind is DeadlineKind.SERVICE]
    assert not any(row.verified for row in ours), "a standard of ours is in no text"
    ours_alone = ("FIND_CENTRE", "INTAKE_FIRST_RESPONSE", "CALL_ABOUT_LAW")
    assert all(row.serves in SECTION for row in ours if row.code not in ours_alone)


def test_twelve_hours_say_no_more_in_the_clear_than_three_days_do() -> None:
    assert ROWS["APPOINT_ARRESTED_HELD"].ref == ROWS["APPOINT_LITIGATION"].ref == "luat-11-2017.31.2"


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-11-23T09:00", "2026-11-23T17:00"),
        ("2026-11-23T17:00", "2026-11-25T17:00"),
        ("2026-11-28T10:00", "2026-11-30T17:00"),
    ],
)
def test_the_first_answer_is_due_on_the_working_day_of_the_request(start: str, due: str) -> None:
    assert deadlines.ends(ROWS["INTAKE_FIRST_RESPONSE"], vn(start), CALENDAR) == vn(due)


def term(action: NextAction, appoint: set[str] | None = None) -> Term:
    codes = deadlines.standards(action, urgent=appoint is not None, appoint=frozenset(appoint or ()))
    return deadlines.term(codes, vn("2026-11-23T09:00"), LAW, CALENDAR)


@pytest.mark.parametrize(
    ("appoint", "due", "legal_due", "basis"),
    [
        (None, "2026-11-27T17:00", "2026-11-28T00:00", "luat-11-2017.31.2"),
        ({APPOINT_ARRESTED}, "2026-11-23T21:00", "2026-11-23T21:00", "luat-11-2017.31.2"),
        ({APPOINT_AT_ONCE}, "2026-11-23T10:00", None, "ttlt-10-2018.3.4"),
        ({APPOINT_ARRESTED, APPOINT_AT_ONCE}, "2026-11-23T10:00", "2026-11-23T21:00", "luat-11-2017.31.2"),
    ],
)
def test_how_soon_a_provider_is_appointed(
    appoint: set[str] | None, due: str, legal_due: str | None, basis: str
) -> None:
    """The office closes at 17:00, the law ends at 24:00; twelve hours are those of the arrested alone."""
    assert term(NextAction.APPOINT_PROVIDER, appoint) == (vn(due), vn(legal_due) if legal_due else None, basis)


@pytest.mark.parametrize("action", sorted(set(NextAction) - {NextAction.CALL_BACK, NextAction.APPOINT_PROVIDER}))
def test_before_acceptance_the_law_names_no_time(action: NextAction) -> None:
    usual, urgent = term(action), term(action, set())
    assert (usual.due_at, urgent.due_at) == (vn("2026-11-25T17:00"), vn("2026-11-23T10:00"))
    assert (usual.legal_due_at, urgent.legal_due_at) == (None, None)
    assert usual.legal_basis == (None if action is NextAction.FIND_CENTRE else "luat-11-2017.30.2")
    assert urgent.legal_basis == "luat-11-2017.30.4"


STARTS = st.timedeltas(timedelta(0), timedelta(days=700)).map(lambda after: datetime(2026, 1, 1, tzinfo=UTC) + after)
COUNTED = st.sampled_from([row for row in LAW.deadlines if row.unit is not Unit.AT_ONCE])
IN_DAYS = st.sampled_from([row for row in LAW.deadlines if row.unit not in (Unit.AT_ONCE, Unit.CLOCK_HOURS)])


@given(IN_DAYS, STARTS)
def test_a_term_of_days_never_ends_on_a_day_of_rest(row: Deadline, start: datetime) -> None:
    end = deadlines.ends(row, start, CALENDAR)
    last_moment = (end - timedelta(microseconds=1)).astimezone(VIETNAM)
    assert CALENDAR.is_working_day(last_moment.date())
    assert end.astimezone(VIETNAM).time() == (time() if row.kind is DeadlineKind.LEGAL else time(17))
    assert CALENDAR.is_open(last_moment) is (row.kind is DeadlineKind.SERVICE)


@given(COUNTED, STARTS, st.timedeltas(timedelta(0), timedelta(days=20)))
def test_who_comes_later_is_due_no_sooner(row: Deadline, start: datetime, later: timedelta) -> None:
    assert start < deadlines.ends(row, start, CALENDAR) <= deadlines.ends(row, start + later, CALENDAR)


@given(st.dates(date(2026, 1, 1), date(2027, 12, 1)), st.integers(1, 20), st.integers(1, 20))
def test_working_days_add_up(day: date, one: int, other: int) -> None:
    """The last day of a term, from which another goes on, is the last day of both."""
    assert CALENDAR.working_day_after(CALENDAR.working_day_after(day, one), other) == CALENDAR.working_day_after(
        day, one + other
    )


@given(IN_DAYS, STARTS)
def test_the_standard_of_the_same_days_is_met_before_the_law_ends(row: Deadline, start: datetime) -> None:
    ours, of_law = (row.model_copy(update={"kind": kind}) for kind in (DeadlineKind.SERVICE, DeadlineKind.LEGAL))
    between = deadlines.ends(of_law, start, CALENDAR) - deadlines.ends(ours, start, CALENDAR)
    assert between == timedelta(hours=7)


@pytest.fixture(params=["America/Los_Angeles", "Pacific/Kiritimati", "Asia/Ho_Chi_Minh"])
def elsewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The machine stands in another time zone."""
    monkeypatch.setenv("TZ", request.param)
    machine.tzset()
    yield request.param
    monkeypatch.undo()
    machine.tzset()


@pytest.mark.usefixtures("elsewhere")
def test_a_deadline_is_the_same_wherever_the_machine_stands() -> None:
    late = datetime(2026, 12, 2, 17, 30, tzinfo=UTC)  # it is the 3rd in Vietnam
    ends = {code: deadlines.ends(ROWS[code], late, CALENDAR) for code in ("ADVICE_WRITTEN", "APPOINT_PROVIDER")}
    assert ends == {
        "ADVICE_WRITTEN": datetime(2026, 12, 14, 17, 0, tzinfo=UTC),
        "APPOINT_PROVIDER": datetime(2026, 12, 8, 10, 0, tzinfo=UTC),
    }
    assert {deadlines.ends(row, late, CALENDAR) for row in LAW.deadlines} == {
        deadlines.ends(row, late.astimezone(), CALENDAR) for row in LAW.deadlines
    }


def test_a_standard_that_is_missing_is_found_at_start() -> None:
    with pytest.raises(LookupError, match="APPOINT_PROVIDER"):
        deadlines.check(LAW, date(2017, 12, 31))
