"""The limits that a lawyer can count on a calendar (``cases/deadlines.md``), each counted by the shipped tables."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import pytest

from legalaid.clock import VIETNAM
from legalaid.vietnam import calendar
from routing import tables
from routing.rules import deadlines
from routing.rules.law import DeadlineKind
from services.routing.tests.cases.reading import day, rows

CALENDAR = calendar.load()
LAW = tables.load_law(None, date(2026, 11, 24))
MIDNIGHT = "24 giờ "


class Case(NamedTuple):
    """One row of the table."""

    code: str
    what: str
    limit: str
    start: str
    end: str
    article: str


CASES = [Case(*row) for row in rows("deadlines.md")]


def start(text: str) -> datetime:
    """03/12/2026 09:00."""
    on, at = text.split(" ")
    return datetime.combine(day(on), time.fromisoformat(at), VIETNAM)


def end(text: str) -> datetime:
    """24 giờ 14/12/2026, the whole day; or 10:30 06/02/2027."""
    if text.startswith(MIDNIGHT):
        return datetime.combine(day(text.removeprefix(MIDNIGHT)) + timedelta(days=1), time(), VIETNAM)
    at, on = text.split(" ")
    return start(f"{on} {at}")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_a_limit_ends_as_the_table_says(case: Case) -> None:
    begins = start(case.start)
    [row] = [row for row in LAW.deadlines if row.code == case.limit and row.is_in_force(begins.date())]
    assert row.kind is DeadlineKind.LEGAL
    assert case.article, "every case names its article"
    assert deadlines.ends(row, begins, CALENDAR) == end(case.end)


def test_the_table_is_whole() -> None:
    assert len(CASES) >= 20
    assert len({case.code for case in CASES}) == len(CASES)
