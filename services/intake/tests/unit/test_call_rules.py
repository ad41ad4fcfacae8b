"""What is owed to a caller, in whatever order the exchange tells us, and by when."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.rules.callbacks import Pace, due_at, spoken
from intake.rules.calls import CallState, Life, Report, debt
from intake.rules.statuses import words
from legalaid.clock import VIETNAM
from legalaid.events.words import CallbackReason, CallOutcome, Status
from legalaid.vietnam import calendar

WORKING = calendar.load()
PACE = Pace(minutes=60, per_hour=12)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=VIETNAM).astimezone(UTC)


def report(state: CallState, at: datetime, outcome: CallOutcome | None = None) -> Report:
    return Report(state, at, WORKING.is_open(at), outcome)


def life(*reports: Report) -> Life:
    known = Life()
    for each in reports:
        known = known.learn(each)
    return known


STARTS = [local(23, 9), local(23, 20), local(22, 9)]


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("outcome", CallOutcome)
def test_every_order_and_repetition_of_reports_leads_to_the_same(start: datetime, outcome: CallOutcome) -> None:
    reports = [
        report(CallState.STARTED, start),
        report(CallState.ANSWERED, start + timedelta(minutes=1)),
        report(CallState.ENDED, start + timedelta(minutes=2), outcome),
    ]
    ends = {life(*order, *order[:2]) for order in permutations(reports)}
    assert len(ends) == 1


@pytest.mark.parametrize("state", CallState)
def test_of_each_state_the_first_report_counts(state: CallState) -> None:
    first, second = (report(state, local(23, 9, minute), CallOutcome.MISSED) for minute in (1, 2))
    assert life(first, second) == life(first)


@pytest.mark.parametrize(
    ("start", "outcome", "reason"),
    [
        (local(23, 9), CallOutcome.COMPLETED, None),
        (local(23, 9), CallOutcome.MISSED, CallbackReason.MISSED),
        (local(23, 9), CallOutcome.ABANDONED, CallbackReason.ABANDONED),
        (local(23, 20), CallOutcome.ABANDONED, CallbackReason.CLOSED),
        (local(22, 9), CallOutcome.MISSED, CallbackReason.CLOSED),
        (local(24, 9), CallOutcome.MISSED, CallbackReason.CLOSED),  # Ngày Văn hóa Việt Nam
    ],
)
def test_what_is_owed(start: datetime, outcome: CallOutcome, reason: CallbackReason | None) -> None:
    end = report(CallState.ENDED, start + timedelta(minutes=1), outcome)
    for known in (life(end), life(report(CallState.STARTED, start), end)):
        owed = debt(known)
        assert (owed.reason if owed else None) == reason


def test_who_calls_while_we_are_closed_is_owed_a_call_at_once() -> None:
    owed = debt(life(report(CallState.STARTED, local(23, 20))))
    assert owed is not None
    assert (owed.reason, owed.since) == (CallbackReason.CLOSED, local(23, 20))
    assert debt(life(report(CallState.STARTED, local(23, 9)))) is None


@pytest.mark.parametrize(
    ("since", "waiting", "due"),
    [
        (local(23, 9), 0, local(23, 10)),
        (local(23, 9, 1), 0, local(23, 10, 30)),
        (local(23, 16, 30), 0, local(25, 8, 30)),  # over the evening and the holiday of the 24th
        (local(23, 20), 0, local(25, 9)),
        (local(23, 20), 12, local(25, 10)),
        (local(23, 20), 120, local(26, 10)),
        (local(20, 17), 0, local(23, 9)),  # Friday, at the very close
    ],
)
def test_due_times_are_working_time_and_count_who_waits_before(since: datetime, waiting: int, due: datetime) -> None:
    assert due_at(since, since, waiting, PACE, WORKING) == due


def test_a_report_that_comes_too_late_is_promised_from_now() -> None:
    assert due_at(local(23, 9), local(23, 13), 0, PACE, WORKING) == local(23, 14)


@given(
    since=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 6, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants naive bounds
    late=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3)),
    waiting=st.integers(0, 500),
)
def test_a_promise_is_in_the_future_sayable_and_not_late_at_night(
    since: datetime, late: timedelta, waiting: int
) -> None:
    due = due_at(since, since + late, waiting, PACE, WORKING)
    assert due > since + late
    assert due.minute in (0, 30)
    assert due.second == due.microsecond == 0
    assert WORKING.is_open(due - timedelta(minutes=1)) or WORKING.is_open(due)
    assert due_at(since, since + late, waiting + 12, PACE, WORKING) >= due + timedelta(hours=1)


@pytest.mark.parametrize(
    ("due", "sentence"),
    [
        (local(24, 10), "Chúng tôi sẽ gọi lại trước 10 giờ sáng thứ Ba ngày 24 tháng 11."),
        (local(25, 8, 30), "Chúng tôi sẽ gọi lại trước 8 giờ 30 phút sáng thứ Tư ngày 25 tháng 11."),
        (local(26, 12), "Chúng tôi sẽ gọi lại trước 12 giờ trưa thứ Năm ngày 26 tháng 11."),
        (local(27, 17), "Chúng tôi sẽ gọi lại trước 5 giờ chiều thứ Sáu ngày 27 tháng 11."),
    ],
)
def test_the_sentence_for_the_caller(due: datetime, sentence: str) -> None:
    assert spoken(due.astimezone(VIETNAM)) == sentence


def test_status_words_do_not_tell_refusal_from_acceptance() -> None:
    assert words(Status.REFUSED) == words(Status.COMPLETED) == words(Status.TRANSFERRED)
    assert words(Status.ACCEPTED) == words(Status.ASSIGNED) == words(Status.RECEIVED)
    for status in Status:
        assert status.value not in words(status)
