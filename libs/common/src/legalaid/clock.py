"""The only place that reads a clock.

``now()`` is the time of the domain: opening hours, deadlines, the ``time`` of an event. It is real, or simulated by
``LEGALAID_CLOCK`` so that a demonstration can play a week of deadlines in minutes and a test owns every instant.
``real_now()`` and ``elapsed()`` are for mechanics (retries, lag, latency), which no simulation may bend.
"""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

VIETNAM = timezone(timedelta(hours=7), "+07")
"""Asia/Ho_Chi_Minh: UTC+7 all year, so no time-zone database is needed."""

_SIMULATED = re.compile(r"^(?P<start>[^@]+)@x(?P<rate>\d+(?:\.\d+)?)(?:@(?P<anchor>\d+(?:\.\d+)?))?$")


class Clock(Protocol):
    """Something that tells the time of the domain, aware and in UTC."""

    def now(self) -> datetime:
        """This instant."""
        ...


class RealClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """This instant."""
        return datetime.now(UTC)


@dataclass(frozen=True)
class SimulatedClock:
    """A clock that began at ``start`` when the machine's clock stood at ``anchor``, and runs ``rate`` times as fast.

    Processes given the same three values agree on the time, which is why the anchor belongs to the setting.
    """

    start: datetime
    rate: float
    anchor: float = field(default_factory=time.time)

    def now(self) -> datetime:
        """This instant."""
        return self.start + timedelta(seconds=(time.time() - self.anchor) * self.rate)


@dataclass
class FixedClock:
    """A clock that stands still until a test moves it."""

    at: datetime

    def now(self) -> datetime:
        """This instant."""
        return self.at

    def advance(self, by: timedelta) -> None:
        """Let ``by`` pass at once."""
        self.at += by


def parse(setting: str) -> Clock:
    """Read ``real`` or ``<ISO time>@x<rate>[@<unix seconds of the anchor>]``, as in ``2026-11-23T08:00+07:00@x60``.

    Raises ``ValueError`` when the setting is neither, or when its time has no offset.
    """
    if setting == "real":
        return RealClock()
    match = _SIMULATED.match(setting)
    if match is None:
        message = f"clock {setting!r} is neither 'real' nor '<ISO time>@x<rate>[@<unix seconds>]'"
        raise ValueError(message)
    start = datetime.fromisoformat(match["start"])
    if start.tzinfo is None:
        message = f"clock {setting!r} needs an offset, such as +07:00"
        raise ValueError(message)
    anchor = float(match["anchor"]) if match["anchor"] else time.time()
    return SimulatedClock(start.astimezone(UTC), float(match["rate"]), anchor)


_clock: Clock = parse(os.environ.get("LEGALAID_CLOCK", "real"))


def now() -> datetime:
    """The time of the domain in UTC, cut to milliseconds: the store keeps no more, and a reread must be equal."""
    at = _clock.now()
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def real_now() -> datetime:
    """The machine's time in UTC, for lag, latency and leases."""
    return datetime.now(UTC)


def elapsed() -> float:
    """Seconds of a clock that never goes back; only differences mean anything."""
    return time.monotonic()


@contextmanager
def use(clock: Clock) -> Iterator[Clock]:
    """Let ``now()`` read ``clock`` inside the block. For tests."""
    global _clock  # noqa: PLW0603 - one clock for the process is the point of this module
    before, _clock = _clock, clock
    try:
        yield clock
    finally:
        _clock = before
