"""Where nobody is known who speaks a language: by place, language and hour of the office week. Never of a person."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from itertools import groupby
from typing import Final, NamedTuple

from legalaid.events.base import Place
from routing.rules import languages
from routing.rules.allocation import allocate
from routing.rules.directory import Directory
from routing.rules.hours import DAYS, Week, week
from routing.rules.law import Ladder, Rung

FEW: Final = 5
"""A language that fewer open cases of a commune need is counted with the province: so few could be recognised."""
_OFFICE: Final = tuple((day, hour) for day in range(5) for hour in range(8, 17))
"""The hours of the hotline, Monday to Friday."""


class Need(NamedTuple):
    """A language that is needed at a place; without a commune, somewhere in the province."""

    province: str
    commune: str | None
    language: str


@dataclass(frozen=True)
class Gap:
    """A need, and the hours in which nobody is known to meet it."""

    need: Need
    cases: int
    """Open ones; never fewer than ``FEW``."""
    hours: tuple[tuple[int, int], ...]
    """Day (0 is Monday) and hour."""
    without_hours: int
    """How many speak it, of whom the directory does not say when they are there."""


class Gaps(NamedTuple):
    """What was found."""

    gaps: list[Gap]
    rest: int
    """Open cases that need a language which too few of their province need to be told."""


def gaps(needs: Mapping[Need, int], ladder: Ladder, directory: Directory, on: date) -> Gaps:
    """The gaps of all needs, those of most cases first."""
    whole, rest = _suppressed(Counter(needs))
    found = [_gap(need, cases, ladder, directory, on) for need, cases in whole.items()]
    return Gaps(sorted(found, key=lambda gap: (-gap.cases, *(code or "" for code in gap.need))), rest)


def text(hours: Iterable[tuple[int, int]]) -> str:
    """As opening hours are written: ``Mo-Fr 11:00-13:00``."""
    by_day = {day: ",".join(_spans(hour for _, hour in each)) for day, each in groupby(hours, key=lambda at: at[0])}
    return "; ".join(f"{days} {spans}" for days, spans in _days(by_day))


def _suppressed(needs: Counter[Need]) -> tuple[Counter[Need], int]:
    whole: Counter[Need] = Counter({need: cases for need, cases in needs.items() if cases >= FEW and need.commune})
    wider: Counter[Need] = Counter()
    for need, cases in (needs - whole).items():
        wider[need._replace(commune=None)] += cases
    whole.update({need: cases for need, cases in wider.items() if cases >= FEW})
    return whole, sum(cases for cases in wider.values() if cases < FEW)


def _gap(need: Need, cases: int, ladder: Ladder, directory: Directory, on: date) -> Gap:
    place = Place(province=need.province, commune=need.commune)
    owner = allocate(place, None, directory, on).owner
    steps = languages.plan(need.language, owner, need.province, ladder, directory, on, most=None)
    helpers = {
        helper.centre.code: helper.centre.details.hours if helper.centre.details else None
        for step in steps
        if step.row.code is not Rung.CALL_BACK
        for helper in step.helpers
    }
    weeks = [week(hours) for hours in helpers.values() if hours]
    missing = tuple(at for at in _OFFICE if not any(_is_there(open_, *at) for open_ in weeks))
    return Gap(need, cases, missing, sum(hours is None for hours in helpers.values()))


def _is_there(hours: Week, day: int, hour: int) -> bool:
    """The whole hour."""
    return any(first <= time(hour) and time(hour + 1) <= last for first, last in hours[day])


def _spans(hours: Iterable[int]) -> Iterator[str]:
    for _, run in groupby(enumerate(hours), key=lambda pair: pair[1] - pair[0]):
        each = [hour for _, hour in run]
        yield f"{each[0]:02d}:00-{each[-1] + 1:02d}:00"


def _days(by_day: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    """Days that follow each other and are the same, together."""
    for _, run in groupby(enumerate(sorted(by_day)), key=lambda pair: (pair[1] - pair[0], by_day[pair[1]])):
        days = [day for _, day in run]
        yield DAYS[days[0]] + (f"-{DAYS[days[-1]]}" if days[1:] else ""), by_day[days[0]]
