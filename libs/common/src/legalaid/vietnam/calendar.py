"""When offices are open: Monday to Friday without the days in an editable table, with its working Saturdays.

The table is data (``data/holidays.csv``): swaps are announced year by year, so nobody can compute them. Beyond its
last year only weekends count. All times given and returned are aware; days are those of Vietnam.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Literal

from legalaid.clock import VIETNAM

_SATURDAY = 5


@dataclass(frozen=True)
class SpecialDay:
    """A weekday that is closed, or a Saturday that is worked. ``verified`` is false while no notice was read."""

    day: date
    kind: Literal["closed", "working"]
    name: str
    source: str
    verified: bool


@dataclass(frozen=True, eq=False)
class WorkingCalendar:
    """Working days and, within each, one opening; 08:00 to 17:00 are the hours of the hotline.

    It equals itself alone, so that what was counted on it is quickly found again.
    """

    days: tuple[SpecialDay, ...] = ()
    opens: time = time(8)
    closes: time = time(17)

    _closed: frozenset[date] = field(init=False, repr=False)
    _worked: frozenset[date] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Split the table once. Raises ``ValueError`` when a day stands in it twice or the hours are no opening."""
        if self.opens >= self.closes:
            raise ValueError("a calendar must open before it closes")
        if len({special.day for special in self.days}) != len(self.days):
            raise ValueError("a day stands in the calendar twice")
        object.__setattr__(self, "_closed", frozenset(day.day for day in self.days if day.kind == "closed"))
        object.__setattr__(self, "_worked", frozenset(day.day for day in self.days if day.kind == "working"))

    def is_working_day(self, day: date) -> bool:
        """Whether ``day`` is worked."""
        return day in self._worked or (day.weekday() < _SATURDAY and day not in self._closed)

    @staticmethod
    def day(at: datetime) -> date:
        """The day that it is in Vietnam."""
        return at.astimezone(VIETNAM).date()

    def is_open(self, at: datetime) -> bool:
        """Whether ``at`` lies in an opening; the closing instant does not."""
        local = at.astimezone(VIETNAM)
        return self.is_working_day(local.date()) and self.opens <= local.time() < self.closes

    def next_opening(self, at: datetime) -> datetime:
        """``at`` itself when open, else the next instant of opening."""
        if self.is_open(at):
            return at.astimezone(UTC)
        local = at.astimezone(VIETNAM)
        day = local.date() if local.time() < self.opens else local.date() + timedelta(days=1)
        return self._at(self.working_day_from(day), self.opens)

    def add_working_minutes(self, at: datetime, minutes: int) -> datetime:
        """The open instant that lies ``minutes`` (0 or more) of open time after ``at``.

        A span that ends as the day closes ends at the next opening, so that what is due then is due in open time.
        """
        if minutes < 0:
            raise ValueError("minutes go forward")
        now, left = self.next_opening(at), timedelta(minutes=minutes)
        while True:
            closing = self._at(self.day(now), self.closes)
            if now + left < closing:
                return now + left
            left -= closing - now
            now = self.next_opening(closing)

    def add_working_days(self, at: datetime, days: int) -> datetime:
        """The close of the ``days``-th (1 or more) working day after the day of ``at``, which itself never counts.

        Basis: Civil Code 91/2015/QH13, Articles 147 and 148: a term of days begins on the day after, and ends with
        its last day.
        """
        return self.close_of(self.working_day_after(self.day(at), days))

    def working_day_after(self, day: date, days: int) -> date:
        """The last day of a term of ``days`` (1 or more) working days that begins with something on ``day``.

        Raises ``ValueError`` for a term without a day.
        """
        if days < 1:
            raise ValueError("a term has at least one day")
        for _ in range(days):
            day = self.working_day_from(day + timedelta(days=1))
        return day

    def working_day_from(self, day: date) -> date:
        """``day`` itself when it is worked, else the next that is: where a term of calendar days ends.

        Basis: Civil Code 91/2015/QH13, Article 148(5).
        """
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day

    def close_of(self, day: date) -> datetime:
        """When the office closes on ``day``: a standard of service, not the end of a term of law."""
        return self._at(day, self.closes)

    @staticmethod
    def end_of(day: date) -> datetime:
        """24:00 of ``day``, the first instant that is too late (Civil Code 91/2015/QH13, Article 148(6))."""
        return datetime.combine(day + timedelta(days=1), time(), VIETNAM).astimezone(UTC)

    @staticmethod
    def _at(day: date, hour: time) -> datetime:
        return datetime.combine(day, hour, VIETNAM).astimezone(UTC)


def load(path: Path | None = None) -> WorkingCalendar:
    """The calendar of the table at ``path``, or of the one shipped.

    Raises ``ValueError`` naming a row that is wrong.
    """
    table = path or files("legalaid.vietnam") / "data/holidays.csv"
    text = table.read_text(encoding="utf-8")
    return WorkingCalendar(tuple(_special_days(text.splitlines())))


def _special_days(lines: Iterable[str]) -> Iterable[SpecialDay]:
    kinds: dict[str, Literal["closed", "working"]] = {"closed": "closed", "working": "working"}
    for row in csv.DictReader(lines):
        if row["kind"] not in kinds or row["verified"] not in ("true", "false"):
            message = f"holidays: {row['date']} has a kind or a verified that is not known"
            raise ValueError(message)
        day, verified = date.fromisoformat(row["date"]), row["verified"] == "true"
        yield SpecialDay(day, kinds[row["kind"]], row["name"], row["source"], verified)
