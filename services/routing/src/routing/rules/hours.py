"""Opening hours as centres write them: ``Mo-Fr 08:00-11:30,13:30-17:00; Sa 08:00-11:30``.

The part of OpenStreetMap's opening_hours that offices need. Times are those of Vietnam.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import time
from typing import Final, NoReturn

DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
Span = tuple[time, time]
"""From, and until: the last instant is not open."""
Week = tuple[Sequence[Span], ...]
"""The spans of each day, from Monday."""
_RULE: Final = re.compile(r"(?P<first>[A-Z][a-z])(-(?P<last>[A-Z][a-z]))? (?P<spans>[0-9:,-]+)")
_SPAN: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")


def week(text: str) -> Week:
    """The hours of each day. Raises ``ValueError`` for what is no such text, or names a day twice."""
    days: dict[int, Sequence[Span]] = {}
    for part in text.split("; "):
        rule = _RULE.fullmatch(part)
        if rule is None:
            _refuse(part)
        spans = tuple(_spans(rule["spans"]))
        for day in _days(rule["first"], rule["last"] or rule["first"]):
            if day in days:
                _refuse(part)
            days[day] = spans
    return tuple(days.get(day, ()) for day in range(len(DAYS)))


def is_open(hours: Week, weekday: int, at: time) -> bool:
    """Whether the office is open then; ``weekday`` 0 is Monday."""
    return any(first <= at < last for first, last in hours[weekday])


def _days(first: str, last: str) -> range:
    if first not in DAYS or last not in DAYS or DAYS.index(first) > DAYS.index(last):
        _refuse(f"{first}-{last}")
    return range(DAYS.index(first), DAYS.index(last) + 1)


def _spans(text: str) -> Iterator[Span]:
    for each in text.split(","):
        found = _SPAN.fullmatch(each)
        if found is None:
            _refuse(each)
        hours = [int(number) for number in found.groups()]
        first, last = time(hours[0], hours[1]), time(hours[2], hours[3])
        if first >= last:
            _refuse(each)
        yield first, last


def _refuse(text: str) -> NoReturn:
    message = f"{text} is no hours: write Mo-Fr 08:00-11:30,13:30-17:00; Sa 08:00-11:30"
    raise ValueError(message)
