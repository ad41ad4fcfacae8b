"""How many messages one number gets, and how far apart: counted by slots, of which a day has so many.

A slot is a text that only one notice can have, ``<day>/<mark of the number>/<which of the day>``, so that the store
itself keeps two processes from giving a number more than its share.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from legalaid.clock import VIETNAM

_MORNING = time(7)
"""When the night ends, in which nothing goes that can wait (``rules.reach``)."""


@dataclass(frozen=True)
class Limits:
    """What a number may get."""

    a_day: int
    apart: timedelta


@dataclass(frozen=True)
class Go:
    """One message may go now, and takes this slot."""

    slot: str


@dataclass(frozen=True)
class NotYet:
    """The number had a message a moment ago: the next may go at this instant, with all that has come together then."""

    until: datetime


@dataclass(frozen=True)
class Full:
    """The number had all its messages of the day; the next day's may go from this instant."""

    until: datetime


def day(at: datetime) -> str:
    """The day of Vietnam that ``at`` counts for, as slots begin."""
    return at.astimezone(VIETNAM).date().isoformat()


def first_slot(number: str, at: datetime) -> str:
    """The slot of the day's first message to a number (its mark)."""
    return f"{day(at)}/{number}/1"


def next_message(number: str, taken: Mapping[str, datetime], now: datetime, limits: Limits) -> Go | NotYet | Full:
    """What may go to ``number`` at ``now``; ``taken`` are the slots of the day, and when each was taken."""
    today = f"{day(now)}/{number}/"
    own = {slot: at for slot, at in taken.items() if slot.startswith(today)}
    free = next((which for which in range(1, limits.a_day + 1) if f"{today}{which}" not in own), None)
    if free is None:
        return Full(_next_morning(now))
    known = (at for at in own.values() if at <= now + limits.apart)  # else by a clock that is too far ahead to say when
    until = max(known, default=now - limits.apart) + limits.apart
    return NotYet(until) if until > now else Go(f"{today}{free}")


def _next_morning(now: datetime) -> datetime:
    tomorrow = now.astimezone(VIETNAM).date() + timedelta(days=1)
    return datetime.combine(tomorrow, _MORNING, VIETNAM).astimezone(UTC)
