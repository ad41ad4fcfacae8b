from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalaid.clock import VIETNAM
from legalaid.vietnam.calendar import SpecialDay, WorkingCalendar, load

CALENDAR = load()
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
INSTANTS = st.timedeltas(timedelta(0), timedelta(days=729)).map(lambda after: JANUARY + after)
MINUTES = st.integers(0, 20_000)


def vn(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


def test_every_special_day_says_where_it_comes_from() -> None:
    assert {day.day.year for day in CALENDAR.days} == {2026, 2027}
    for day in CALENDAR.days:
        assert day.source
        assert day.name
        assert day.kind == "closed" or day.day.weekday() == 5


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-11-23", True),
        ("2026-11-24", False),  # the day of Vietnamese culture
        ("2026-11-28", False),
        ("2026-01-02", False),
        ("2026-01-10", True),
        ("2026-08-22", True),
        ("2026-08-31", False),
        ("2026-02-16", False),
        ("2027-05-03", False),
    ],
)
def test_days(day: str, worked: bool) -> None:
    assert CALENDAR.is_working_day(date.fromisoformat(day)) is worked


@pytest.mark.parametrize(
    ("at", "minutes", "due"),
    [
        ("2026-11-23T09:00", 60, "2026-11-23T10:00"),
        ("2026-11-23T16:30", 60, "2026-11-25T08:30"),  # over the 24th
        ("2026-11-23T16:00", 60, "2026-11-25T08:00"),  # what ends at closing is due at the next opening
        ("2026-11-21T12:00", 0, "2026-11-23T08:00"),
        ("2026-02-13T16:59", 2, "2026-02-23T08:01"),  # over Tết
        ("2026-01-09T16:00", 120, "2026-01-10T09:00"),  # into a worked Saturday
    ],
)
def test_minutes(at: str, minutes: int, due: str) -> None:
    assert CALENDAR.add_working_minutes(vn(at), minutes) == vn(due)


@pytest.mark.parametrize(
    ("at", "days", "due"),
    [
        ("2026-11-23T09:00", 1, "2026-11-25T17:00"),
        ("2026-11-20T23:00", 3, "2026-11-26T17:00"),
        ("2026-02-13T10:00", 1, "2026-02-23T17:00"),
        ("2026-11-28T10:00", 1, "2026-11-30T17:00"),
    ],
)
def test_working_days(at: str, days: int, due: str) -> None:
    assert CALENDAR.add_working_days(vn(at), days) == vn(due)


def test_opening_and_closing_instants() -> None:
    assert CALENDAR.is_open(vn("2026-11-23T08:00"))
    assert not CALENDAR.is_open(vn("2026-11-23T17:00"))
    assert not CALENDAR.is_open(vn("2026-11-23T07:59:59"))


@given(INSTANTS)
def test_the_next_opening_is_open_and_the_first(at: datetime) -> None:
    opening = CALENDAR.next_opening(at)
    assert opening >= at
    assert CALENDAR.is_open(opening)
    assert opening == at or not any(
        CALENDAR.is_open(at + timedelta(minutes=30 * step))
        for step in range(int((opening - at) / timedelta(minutes=30)))
    )


@given(INSTANTS, MINUTES, MINUTES)
def test_adding_twice_is_adding_the_sum(at: datetime, one: int, other: int) -> None:
    twice = CALENDAR.add_working_minutes(CALENDAR.add_working_minutes(at, one), other)
    assert twice == CALENDAR.add_working_minutes(at, one + other)


@given(INSTANTS, st.timedeltas(timedelta(0), timedelta(days=20)), MINUTES)
def test_who_comes_later_is_due_later(at: datetime, later: timedelta, minutes: int) -> None:
    assert CALENDAR.add_working_minutes(at, minutes) <= CALENDAR.add_working_minutes(at + later, minutes)


@given(INSTANTS, MINUTES)
def test_what_is_due_is_due_in_open_time(at: datetime, minutes: int) -> None:
    due = CALENDAR.add_working_minutes(at, minutes)
    assert CALENDAR.is_open(due)
    assert due - at >= timedelta(minutes=minutes)


@given(INSTANTS, st.integers(1, 30))
def test_a_term_of_days_ends_as_a_working_day_closes(at: datetime, days: int) -> None:
    due = CALENDAR.add_working_days(at, days).astimezone(VIETNAM)
    assert CALENDAR.is_working_day(due.date())
    assert due.time() == time(17)
    between = (at.astimezone(VIETNAM).date() + timedelta(days=step) for step in range(1, 400))
    assert sum(CALENDAR.is_working_day(day) for day in between if day <= due.date()) == days


def test_wrong_tables_are_refused(tmp_path: Path) -> None:
    table = tmp_path / "holidays.csv"
    table.write_text("date,kind,name,source,verified\n2026-01-01,shut,a,b,true\n", encoding="utf-8")
    with pytest.raises(ValueError, match="2026-01-01"):
        load(table)
    twice = SpecialDay(date(2026, 1, 1), "closed", "a", "b", verified=True)
    with pytest.raises(ValueError, match="twice"):
        WorkingCalendar((twice, twice))
    with pytest.raises(ValueError, match="forward"):
        CALENDAR.add_working_minutes(vn("2026-11-23T09:00"), -1)
    with pytest.raises(ValueError, match="at least one"):
        CALENDAR.add_working_days(vn("2026-11-23T09:00"), 0)
