"""By when: the deadlines of the tables, counted on the working calendar.

Two ends are told apart. By the law a term ends at 24:00 of its last day; our own standard of service ends as the office
closes. An action is due by our standard, and the law's end stands beside it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from legalaid.events.words import NextAction
from legalaid.vietnam.calendar import WorkingCalendar
from routing.rules.compiled import Version
from routing.rules.law import Deadline, DeadlineKind, Law, Unit

URGENT: Final = "URGENT"
"""The standard for every action of an urgent case before it is accepted."""
APPOINT_AT_ONCE: Final = "APPOINT_PROVIDER_IMMEDIATE"
APPOINT_ARRESTED: Final = "APPOINT_PROVIDER_ARRESTED_HELD"
CALL_ABOUT_LAW: Final = "CALL_ABOUT_LAW"
"""The standard for telling somebody that a new text of the law would help them."""
STRICTEST: Final = frozenset({APPOINT_AT_ONCE, APPOINT_ARRESTED})
"""The standards for appointing in an urgent case of which nobody can tell any more why it is."""
_STARTED: Final = frozenset({*NextAction, URGENT, CALL_ABOUT_LAW, *STRICTEST}) - {NextAction.CALL_BACK}
"""What the product starts itself. When a call is due was promised to the caller."""
_BY_THE_HOUR: Final = frozenset({Unit.CLOCK_HOURS, Unit.SAME_WORKING_DAY})
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Term(NamedTuple):
    """By when an action has to be done."""

    due_at: datetime
    """By our standard."""
    legal_due_at: datetime | None = None
    """By the law; None where it says at once, or nothing."""
    legal_basis: str | None = None
    """The ref of the row of law."""


def standards(action: NextAction, *, urgent: bool, appoint: frozenset[str] = STRICTEST) -> list[str]:
    """The standards of service for an action; ``appoint`` are those for appointing when the case is urgent."""
    if not urgent:
        return [action.value]
    return sorted(appoint) if action is NextAction.APPOINT_PROVIDER else [URGENT]


def term(codes: Iterable[str], start: datetime, law: Law, calendar: WorkingCalendar) -> Term:
    """The strictest of these standards of service for what begins at ``start``, with the law's end beside it.

    Raises ``LookupError`` when a row is not in force on that day; ``check`` looks for that at start.
    """
    version, on = Version(law), calendar.day(start)
    terms = [_of_day(code, version, on, calendar) or _term(code, version, start, calendar) for code in codes]
    return terms[0] if len(terms) == 1 else strictest(terms)


def strictest(terms: Sequence[Term]) -> Term:
    """The earliest of each end. An end of law that has a time outranks an "at once" that has none."""
    legal = min(
        (each for each in terms if each.legal_basis),
        key=lambda each: each.legal_due_at or _NEVER,
        default=Term(terms[0].due_at),
    )
    return legal._replace(due_at=min(each.due_at for each in terms))


def ends(row: Deadline, start: datetime, calendar: WorkingCalendar) -> datetime:
    """When what began at ``start`` has to be done; what has to be done at once ends as it starts."""
    if row.unit is Unit.AT_ONCE:
        return start
    if row.unit is Unit.CLOCK_HOURS:
        return start + timedelta(hours=row.amount or 0)
    last = last_day(row, start, calendar)
    return calendar.end_of(last) if row.kind is DeadlineKind.LEGAL else calendar.close_of(last)


def last_day(row: Deadline, start: datetime, calendar: WorkingCalendar) -> date:
    """The last day of a term of days. It is always a working day."""
    day, amount = calendar.day(start), row.amount or 0
    if row.unit is Unit.WORKING_DAYS:
        return calendar.working_day_after(day, amount)
    if row.unit is Unit.CALENDAR_DAYS:
        return calendar.working_day_from(day + timedelta(days=amount))
    return calendar.day(calendar.next_opening(start))


@lru_cache(maxsize=64)
def in_force(law: Version, on: date) -> Mapping[str, Deadline]:
    """The rows of that day by code."""
    return {row.code: row for row in law.law.deadlines if row.is_in_force(on)}


def check(law: Law, on: date) -> None:
    """Raises ``LookupError`` naming a standard that the product starts and that is missing on that day."""
    rows = in_force(Version(law), on)
    for code in sorted(_STARTED):
        _row(code, on, rows)


def _row(code: str, on: date, rows: Mapping[str, Deadline]) -> Deadline:
    if code not in rows:
        message = f"no deadline {code} is in force on {on}"
        raise LookupError(message)
    return rows[code]


def _term(code: str, law: Version, start: datetime, calendar: WorkingCalendar) -> Term:
    on = calendar.day(start)
    rows = in_force(law, on)
    row = _row(code, on, rows)
    due_at, legal = ends(row, start, calendar), rows.get(row.serves or "")
    if legal is None:
        return Term(due_at)
    return Term(due_at, None if legal.unit is Unit.AT_ONCE else ends(legal, start, calendar), legal.ref)


@lru_cache(maxsize=512)
def _of_day(code: str, law: Version, on: date, calendar: WorkingCalendar) -> Term | None:
    """The term of whatever begins on that day; None where its hour matters."""
    rows = in_force(law, on)
    row = _row(code, on, rows)
    legal = rows.get(row.serves or "", row)
    if row.unit in _BY_THE_HOUR or legal.unit in _BY_THE_HOUR:
        return None
    return _term(code, law, calendar.close_of(on), calendar)
