"""Simulated time for those who play: when a minute of the morning comes on the machine's clock."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from legalaid import clock


@dataclass(frozen=True)
class Timeline:
    """The morning began at ``begins`` when the machine's clock stood at ``anchor``; it runs ``rate`` times as fast."""

    begins: datetime
    anchor: float
    """Unix seconds."""
    rate: float

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
