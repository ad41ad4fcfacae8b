"""P9 for calls: none is due, or may begin, in an hour that the person barred."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from legalaid.clock import VIETNAM
from legalaid.events.people import Wishes
from legalaid.vietnam import calendar
from notify.rules.callbacks import window

DAYS = calendar.load()
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 09:00 in Vietnam; Tuesday is a holiday
hours = st.builds(lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 23), st.integers(0, 59))
times = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 20), timezones=st.just(UTC))  # noqa: DTZ001 - aware by st


def clock_of(at: datetime) -> str:
    return at.astimezone(VIETNAM).strftime("%H:%M")


def lies_in(at: datetime, begin: str, end: str) -> bool:
    now = clock_of(at)
    return begin <= now < end if begin <= end else now >= begin or now < end


@given(hours, hours, times, st.booleans())
def test_a_call_is_made_in_the_wished_hours(begin: str, end: str, at: datetime, urgent: bool) -> None:
    found = window(DAYS, Wishes(hours_from=begin, hours_to=end), at, urgent=urgent)
    usual = window(DAYS, Wishes(), at, urgent=urgent)
    if begin == end:
        assert found == usual
        return
    assert lies_in(found.opens, begin, end)
    assert lies_in(found.due, begin, end)
    assert at <= found.opens <= found.due
    assert found.opens <= at + timedelta(days=1)
    assert found.due <= max(usual.due, found.opens + timedelta(days=1)), "a wish makes nobody wait without need"


def test_windows() -> None:
    friday_close = datetime.fromisoformat("2026-11-25T17:00:00+07:00")
    plain = window(DAYS, Wishes(), MONDAY, urgent=False)
    assert (plain.opens, plain.due) == (MONDAY, friday_close)
    evenings = window(DAYS, Wishes(hours_from="18:00", hours_to="20:00"), MONDAY, urgent=False)
    assert (clock_of(evenings.opens), clock_of(evenings.due)) == ("18:00", "19:59")
    assert evenings.due < friday_close
    soon = window(DAYS, Wishes(hours_from="12:00", hours_to="12:30"), MONDAY, urgent=True)
    assert (clock_of(soon.opens), clock_of(soon.due)) == ("12:00", "12:29")
