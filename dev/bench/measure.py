"""How a run is measured: progress is sampled while a process works, and its CPU is read at the same instants."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import psutil

from legalaid import clock

_FROM, _TO = 0.1, 0.9
"""The first tenth warms up and the last drains: neither is the pace of the work between."""
_EVERY_SECONDS = 0.02
_PATIENCE_SECONDS = 120.0


class StalledError(RuntimeError):
    """A process under measurement made no progress."""


@dataclass(frozen=True)
class Pace:
    """What was measured between the first and the last tenth of a run."""

    events: int
    seconds: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        """Events per second of wall time."""
        return self.events / self.seconds

    @property
    def cpu_per_thousand(self) -> float:
        """CPU seconds of the process itself per 1,000 events."""
        return self.cpu_seconds / self.events * 1000


async def pace(progress: Callable[[], Awaitable[int]], total: int, process: psutil.Process) -> Pace:
    """Sample ``progress`` until it reaches ``total``.

    Raises ``StalledError`` when it stands still for two minutes.
    """
    first: tuple[int, float, float] | None = None
    done, moved_at = 0, clock.elapsed()
    while True:
        before, done = done, await progress()
        now = clock.elapsed()
        if done != before:
            moved_at = now
        elif now - moved_at > _PATIENCE_SECONDS:
            raise StalledError(f"{process.name()} stands at {done} of {total}")
        if first is None and done >= total * _FROM:
            first = (done, now, _cpu(process))
        if first is not None and done >= total * _TO:
            events, since, cpu = first
            if done > events:
                return Pace(done - events, now - since, _cpu(process) - cpu)
            return Pace(total, max(now - since, _EVERY_SECONDS), _cpu(process))
        await asyncio.sleep(_EVERY_SECONDS)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def percentile(values: list[float], share: float) -> float:
    """The value that ``share`` of the values do not exceed (nearest rank). NaN when there are none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
