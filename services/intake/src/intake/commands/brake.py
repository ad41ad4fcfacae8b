"""A brake on new requests: how many one number and one front end may open in a window of time.

Somebody else's number must not be made to ring all night, and one front end must not use up everything.
It is soft: processes that write in the same moment may let a few more through, and nobody is refused who need not be.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from intake.commands.budgets import Budgets
from intake.rules.windows import Budget, window
from intake.settings import BrakeSettings
from intake.store import RateCounters
from legalaid import clock
from legalaid.events.words import Channel
from legalaid.sealed import BlindIndex


@dataclass(frozen=True)
class Opening:
    """A new request, as far as the brake looks at it."""

    client: str
    channel: Channel
    phones: tuple[str, ...]
    """E.164; a request without any is only counted for its front end."""


@dataclass(frozen=True)
class Look:
    """What the brake saw of some requests, by id, before it is known which of them are new."""

    at: datetime
    budgets: Mapping[str, Sequence[Budget]]
    counts: Mapping[Budget, int]
    """Of those budgets that were counted before."""

    def refused(self, new: Iterable[str]) -> dict[str, int]:
        """Of these, in their order, those that are too many, and after how many seconds each may be sent again."""
        counts = Counter(self.counts)
        refused: dict[str, int] = {}
        for id_ in new:
            own = self.budgets[id_]
            waits = [each.window.retry_after(self.at) for each in own if counts[each] >= each.most]
            if waits:
                refused[id_] = max(waits)
            else:
                counts.update(own)
        return refused


class Brake:
    """Counts by number and front end, in windows that all processes share."""

    def __init__(
        self,
        counts: RateCounters,
        index: BlindIndex,
        settings: BrakeSettings,
        now: Callable[[], datetime] = clock.real_now,
    ) -> None:
        self._counts = counts
        self._of = Budgets(index, "requests").of
        self._settings = settings
        self._now = now

    async def look(self, openings: Mapping[str, Opening]) -> Look:
        """At what was counted of these until now. Raises ``TransientError``."""
        now = self._now()
        budgets = {id_: self._budgets(opening, now) for id_, opening in openings.items()}
        return Look(now, budgets, await self._counts.read(each for own in budgets.values() for each in own))

    async def count(self, look: Look, written: Iterable[str]) -> None:
        """Count those that were written of what was looked at. Raises ``TransientError``."""
        await self._counts.add_all((each for id_ in written for each in look.budgets[id_]), look.counts)

    def _budgets(self, opening: Opening, now: datetime) -> list[Budget]:
        hotline = opening.channel is Channel.HOTLINE
        most = self._settings.per_phone_hotline if hotline else self._settings.per_phone_app
        by_phone = window(now, self._settings.phone_window_seconds)
        by_client = window(now, self._settings.client_window_seconds)
        return [
            self._of("requests-client", opening.client, self._settings.per_client, by_client),
            *(self._of("requests-phone", phone, most, by_phone) for phone in dict.fromkeys(opening.phones)),
        ]
