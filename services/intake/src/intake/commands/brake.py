"""A brake on new requests: how many one number and one front end may open in a window of time.

Somebody else's number must not be made to ring all night, and one front end must not use up everything.
It is soft: processes that write in the same moment may let a few more through, and nobody is refused who need not be.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
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

    async def refused(self, openings: Mapping[str, Opening]) -> dict[str, int]:
        """Of new requests by id those that are too many, and after how many seconds each may be sent again."""
        now = self._now()
        budgets = {id_: self._budgets(opening, now) for id_, opening in openings.items()}
        counts = Counter(await self._counts.read(each for own in budgets.values() for each in own))
        refused: dict[str, int] = {}
        for id_, own in budgets.items():
            waits = [each.window.retry_after(now) for each in own if counts[each] >= each.most]
            if waits:
                refused[id_] = max(waits)
            else:
                counts.update(own)
        return refused

    async def count(self, openings: Iterable[Opening]) -> None:
        """Count requests that were written."""
        now = self._now()
        await self._counts.add_all(each for opening in openings for each in self._budgets(opening, now))

    def _budgets(self, opening: Opening, now: datetime) -> list[Budget]:
        hotline = opening.channel is Channel.HOTLINE
        most = self._settings.per_phone_hotline if hotline else self._settings.per_phone_app
        by_phone = window(now, self._settings.phone_window_seconds)
        by_client = window(now, self._settings.client_window_seconds)
        return [
            self._of("requests-client", opening.client, self._settings.per_client, by_client),
            *(self._of("requests-phone", phone, most, by_phone) for phone in dict.fromkeys(opening.phones)),
        ]
