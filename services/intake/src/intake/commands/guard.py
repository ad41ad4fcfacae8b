"""Against guessing receipt codes and numbers: a brake on failed status checks that is over within seconds.

It slows and never locks (docs/adr/0009-a-brake-not-a-lock.md): whatever was tried before, a right pair is answered once
the window is over, and front ends have no budget of their own, since one of them stands for all people.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from intake.commands.budgets import Budgets
from intake.rules.windows import Budget, window
from intake.settings import GuardSettings
from intake.store import RateCounters
from legalaid import clock
from legalaid.sealed import BlindIndex


class TooManyError(Exception):
    """Too many failed attempts; the next may be made after ``retry_after`` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many attempts")
        self.retry_after = retry_after


class Guess:
    """One status check, counted as failed until it is told that it succeeded."""

    def __init__(self, counts: RateCounters, budgets: Sequence[Budget]) -> None:
        self._counts = counts
        self._budgets = budgets

    async def succeeded(self) -> None:
        """Who knows a code and its number may ask as often as they like."""
        await self._counts.take_back(self._budgets)


class Guard:
    """Counts by address, receipt code and number, in windows of fixed length that all processes share."""

    def __init__(
        self,
        counts: RateCounters,
        index: BlindIndex,
        settings: GuardSettings,
        now: Callable[[], datetime] = clock.real_now,
    ) -> None:
        self._counts = counts
        self._of = Budgets(index, "attempts").of
        self._settings = settings
        self._now = now

    async def begin(self, receipt_code: str, phone: str, address: str | None) -> Guess:
        """Count an attempt before it is looked at, so that many at once gain nothing. Raises ``TooManyError``.

        An address beyond its budget is refused before it costs the number and the code any of theirs. What is refused
        is not looked at, so that the refusal tells nothing of the pair.
        """
        now, settings = self._now(), self._settings
        current = window(now, settings.window_seconds)
        by_address = [self._of("address", address, settings.per_address, current)] if address else []
        by_pair = [
            self._of("code", receipt_code, settings.per_code, current),
            self._of("phone", phone, settings.per_phone, current),
        ]
        for budgets in (by_address, by_pair):
            if not await self._within(budgets):
                raise TooManyError(current.retry_after(now))
        return Guess(self._counts, [*by_address, *by_pair])

    async def _within(self, budgets: Sequence[Budget]) -> bool:
        counts = await asyncio.gather(*(self._counts.add(each) for each in budgets))
        return all(count <= each.most for count, each in zip(counts, budgets, strict=True))
