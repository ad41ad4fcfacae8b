"""By when we call back, and how the caller is told so."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Protocol

_MINUTES_PER_HOUR = 60
_LATE = timedelta(minutes=5)
_STEP = timedelta(minutes=30)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_DAY_PARTS = ((11, "sáng"), (13, "trưa"), (18, "chiều"), (24, "tối"))
"""Until which hour people call it so."""


class Calendar(Protocol):
    """The part of ``legalaid.vietnam.calendar.WorkingCalendar`` that is needed here."""

    def add_working_minutes(self, at: datetime, minutes: int) -> datetime:
        """The open instant ``minutes`` of open time after ``at``."""
        ...


@dataclass(frozen=True)
class Pace:
    """What the people who call back can promise."""

    minutes: int
    """Working minutes within which a call is returned when nobody waits before it."""
    per_hour: int
    """Calls that are returned in a working hour."""


def due_at(since: datetime, now: datetime, waiting: int, pace: Pace, calendar: Calendar) -> datetime:
    """The time by which a call owed ``since`` is returned, when ``waiting`` others come before it.

    ``pace.minutes`` and the time that those before need, in working time; from ``now`` when the exchange told us
    late, so that what we promise can be kept. Rounded up to half an hour, so that it can be said and kept.
    """
    minutes = pace.minutes + ceil(waiting * _MINUTES_PER_HOUR / pace.per_hour)
    due = calendar.add_working_minutes(now if now - since > _LATE else since, minutes)
    return _EPOCH + ceil((due - _EPOCH) / _STEP) * _STEP


def spoken(due: datetime) -> str:
    """The sentence for the caller; ``due`` is local time. ``Chúng tôi sẽ gọi lại trước 10 giờ sáng thứ Tư …``."""
    part = next(name for hour, name in _DAY_PARTS if due.hour < hour)
    hour = due.hour if due.hour <= 12 else due.hour - 12  # noqa: PLR2004 - noon
    minutes = f" {due.minute} phút" if due.minute else ""
    when = f"{hour} giờ{minutes} {part} {_WEEKDAYS[due.weekday()]} ngày {due.day} tháng {due.month}"
    return f"Chúng tôi sẽ gọi lại trước {when}."
