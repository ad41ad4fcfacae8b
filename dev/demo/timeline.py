"""Simulated time for those who play: when a minute of the morning comes on the machine's clock."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from dev.demo.morning import BEGINS
from legalaid import clock

_PARTS = 3


@dataclass(frozen=True)
class Timeline:
    """The morning began at ``begins`` when the machine's clock stood at ``anchor``; it runs ``rate`` times as fast."""

    begins: datetime
    anchor: float
    """Unix seconds."""
    rate: float

    @classmethod
    def of(cls, setting: str) -> "Timeline":
        """The time of processes with this clock, from when the morning begins in it.

        Raises ``ValueError`` for a clock that is real, or whose anchor every process would choose for itself.
        """
        simulated = clock.parse(setting)
        if not isinstance(simulated, clock.SimulatedClock) or setting.count("@") < _PARTS - 1:
            message = f"clock {setting!r} must be simulated and anchored: <ISO time>@x<rate>@<unix seconds>"
            raise ValueError(message)
        early = (BEGINS - simulated.start).total_seconds() / simulated.rate
        return cls(BEGINS, simulated.anchor + early, simulated.rate)

    @property
    def setting(self) -> str:
        """The value of ``LEGALAID_CLOCK`` that makes a process live in this time."""
        return f"{self.begins.isoformat()}@x{self.rate:g}@{self.anchor:.3f}"

    def now(self) -> timedelta:
        """How much of the morning is over; negative before it begins."""
        return timedelta(seconds=(clock.real_now().timestamp() - self.anchor) * self.rate)

    def clock_time(self) -> datetime:
        """What the clock on a wall in Vietnam shows."""
        return (self.begins + self.now()).astimezone(clock.VIETNAM)

    async def until(self, offset: timedelta) -> None:
        """Sleep until that minute of the morning; at once when it is over."""
        await asyncio.sleep(max(0.0, (offset - self.now()).total_seconds() / self.rate))
