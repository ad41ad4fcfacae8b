"""By when somebody must call who could not be told by SMS."""

from datetime import datetime

from legalaid.vietnam.calendar import WorkingCalendar

_URGENT_MINUTES = 60
_DAYS = 1


def due_at(calendar: WorkingCalendar, at: datetime, *, urgent: bool) -> datetime:
    """Within a working hour when it is urgent, else by the close of the next working day."""
    if urgent:
        return calendar.add_working_minutes(at, _URGENT_MINUTES)
    return calendar.add_working_days(at, _DAYS)
