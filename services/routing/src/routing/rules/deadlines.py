"""By when: a deadline of the tables, counted on the working calendar."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from legalaid.events.words import NextAction
from legalaid.vietnam.calendar import WorkingCalendar
from routing.rules.law import Deadline, Unit


def due(
    action: NextAction, *, urgent: bool, start: datetime, deadlines: Sequence[Deadline], calendar: WorkingCalendar
) -> datetime:
    """When ``action`` is due that begins at ``start``, by the row in force on that day.

    Raises ``LookupError`` when there is no such row; ``check`` looks for that at start.
    """
    row = _row(_code(action, urgent=urgent), calendar.day(start), deadlines)
    if row.unit is Unit.CLOCK_HOURS:
        return start + timedelta(hours=row.amount)
    return calendar.add_working_days(start, row.amount)


def check(deadlines: Sequence[Deadline], on: date) -> None:
    """Raises ``LookupError`` naming a deadline that is missing on that day."""
    for action in NextAction:
        if action is not NextAction.CALL_BACK:  # its time was promised to the caller
            for urgent in (False, True):
                _row(_code(action, urgent=urgent), on, deadlines)


def _code(action: NextAction, *, urgent: bool) -> str:
    if not urgent:
        return action.value
    return "APPOINT_PROVIDER_URGENT" if action is NextAction.APPOINT_PROVIDER else "URGENT"


def _row(code: str, on: date, deadlines: Sequence[Deadline]) -> Deadline:
    for row in deadlines:
        if row.code == code and row.is_in_force(on):
            return row
    message = f"no deadline {code} is in force on {on}"
    raise LookupError(message)
