"""The page of a day: every row that is in force on it, with article, days, source and mark."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain

from routing.lawpage import eligibility, handling
from routing.lawpage.model import Page
from routing.rules.law import Dated, DeadlineKind, Law


def page(law: Law, on: date) -> Page:
    """The page of that day. Raises ``LookupError`` for a day before the law began."""
    sections = (
        eligibility.categories(law, on),
        eligibility.definitions(law, on),
        eligibility.readings(law, on),
        eligibility.notices(law, on),
        handling.grounds(law, on),
        handling.deadlines(law, on, DeadlineKind.LEGAL),
        handling.deadlines(law, on, DeadlineKind.SERVICE),
        handling.ladder(law, on),
        eligibility.questions(law),
        eligibility.areas(law, on),
        eligibility.coming(law, on),
    )
    return Page(on, law.ruleset, tuple(section for section in sections if section.items), change_days(law))


def change_days(law: Law) -> tuple[date, ...]:
    """The days from which it is otherwise who is helped, and with what; the first is that on which the law began."""
    days = set[date]()
    for row in _of_article_7(law):
        days |= {row.valid_from} | ({row.valid_to + timedelta(days=1)} if row.valid_to else set())
    return tuple(sorted(days))


def _of_article_7(law: Law) -> Iterator[Dated]:
    yield from chain(law.scope, law.hardship, law.categories, law.readings)
