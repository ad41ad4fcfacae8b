"""Windows of time that all processes agree on without talking, for counting what must not come too often."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil


@dataclass(frozen=True)
class Window:
    """One of the windows that time is cut into, from the epoch on."""

    number: int
    ends: datetime

    def retry_after(self, now: datetime) -> int:
        """Whole seconds until it is over, at least one: what ``Retry-After`` says."""
        return max(1, ceil((self.ends - now).total_seconds()))


@dataclass(frozen=True)
class Budget:
    """So many of one thing in one window. ``name`` is what all processes count it by, and tells the window too.

    One count may have several budgets, as the hotline may open more requests of a number than the app: they are equal.
    """

    name: str
    most: int = field(compare=False)
    window: Window = field(compare=False)


def window(now: datetime, seconds: int) -> Window:
    """The window of ``seconds`` that ``now`` lies in."""
    number = int(now.timestamp()) // seconds
    return Window(number, datetime.fromtimestamp((number + 1) * seconds, UTC))
