"""When somebody may, and must, call who could not be told by SMS: never in an hour that the person barred."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from legalaid.clock import VIETNAM
from legalaid.events.people import Wishes
from legalaid.vietnam.calendar import WorkingCalendar
from notify.rules.reach import MINUTES, wished

_URGENT_MINUTES = 60
_DAYS = 1


@dataclass(frozen=True)
class CallWindow:
    """A call may be made from ``opens`` on, in the wished hours of each day, and is late after ``due``."""

    opens: datetime
    due: datetime


def window(calendar: WorkingCalendar, wishes: Wishes, at: datetime, *, urgent: bool) -> CallWindow:
    """Within a working hour when it is urgent, else by the close of the next working day; both ends in wished hours.

    Who wishes hours in which no office is open is called in those. Hours that leave none say nothing of calls: whoever
    wants none says so.
    """
    usual = _usual(calendar, at, urgent=urgent)
    allowed = wished(wishes)
    if not allowed or len(allowed) == MINUTES:
        return CallWindow(min(calendar.next_opening(at), usual), usual)
    opens = _first(allowed, at)
    last = _last(allowed, usual)
    return CallWindow(opens, last if last >= opens else _end(allowed, opens))


def _usual(calendar: WorkingCalendar, at: datetime, *, urgent: bool) -> datetime:
    if urgent:
        return calendar.add_working_minutes(at, _URGENT_MINUTES)
    return calendar.add_working_days(at, _DAYS)


def _minute(at: datetime) -> int:
    local = at.astimezone(VIETNAM)
    return local.hour * 60 + local.minute


def _whole(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def _first(allowed: frozenset[int], at: datetime) -> datetime:
    """The first wished instant from ``at`` on."""
    if _minute(at) in allowed:
        return at
    ahead = next(step for step in range(1, MINUTES + 1) if (_minute(at) + step) % MINUTES in allowed)
    return _whole(at) + timedelta(minutes=ahead)


def _last(allowed: frozenset[int], at: datetime) -> datetime:
    """The last wished minute up to ``at``."""
    back = next(step for step in range(MINUTES) if (_minute(at) - step) % MINUTES in allowed)
    return at if back == 0 else _whole(at) - timedelta(minutes=back)


def _end(allowed: frozenset[int], at: datetime) -> datetime:
    """The last minute of the wished hours that ``at`` lies in."""
    ahead = next(step for step in range(MINUTES) if (_minute(at) + step + 1) % MINUTES not in allowed)
    return at if ahead == 0 else _whole(at) + timedelta(minutes=ahead)
