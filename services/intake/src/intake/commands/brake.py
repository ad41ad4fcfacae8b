"""A brake on new requests: how many one number and one front end may open in a window of time.

Somebody else's number must not be made to ring all night, and one front end must not use up everything.
It is soft: processes that write in the same moment may let a few more through, and nobody is refused who need not be.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from intake.rules.windows import Window, window
from intake.settings import BrakeSettings
from intake.store import RateCounters
from legalaid import clock
from legalaid.events.words import Channel
from legalaid.sealed import BlindIndex

_PURPOSE = "requests"


@dataclass(frozen=True)
class Opening:
    """A new request, as far as the brake looks at it."""

    client: str
    channel: Channel
    phones: tuple[str, ...]
    """E.164; a request without any is only counted for its front end."""


@dataclass(frozen=True)
class _Budget:
    name: str
    most: int
    window: Window


class Brake:
    """Counts under marks of the blind index, in windows that all processes share."""

    def __init__(
        self,
        counts: RateCounters,
        index: BlindIndex,
        settings: BrakeSettings,
        now: Callable[[], datetime] = clock.real_now,
    ) -> None:
        self._counts = counts
        self._index = index
        self._settings = settings
        self._now = now

    async def refused(self, openings: Mapping[str, Opening]) -> dict[str, int]:
        """Of new requests by id those that are too many, and after how many seconds each may be sent again."""
        now = self._now()
        budgets = {id_: self._budgets(opening, now) for id_, opening in openings.items()}
        counts = Counter(await self._counts.read({each.name for own in budgets.values() for each in own}))
        refused: dict[str, int] = {}
        for id_, own in budgets.items():
            waits = [each.window.retry_after(now) for each in own if counts[each.name] >= each.most]
            if waits:
                refused[id_] = max(waits)
            else:
                counts.update(each.name for each in own)
        return refused

    async def count(self, openings: Iterable[Opening]) -> None:
        """Count requests that were written."""
        now = self._now()
        budgets = [each for opening in openings for each in self._budgets(opening, now)]
        ends = {each.name: each.window.ends for each in budgets}
        await self._counts.add_all(Counter(each.name for each in budgets), ends)

    def _budgets(self, opening: Opening, now: datetime) -> list[_Budget]:
        hotline = opening.channel is Channel.HOTLINE
        most = self._settings.per_phone_hotline if hotline else self._settings.per_phone_app
        by_phone = window(now, self._settings.phone_window_seconds)
        by_client = window(now, self._settings.client_window_seconds)
        return [
            self._budget("requests-client", opening.client, self._settings.per_client, by_client),
            *(self._budget("requests-phone", phone, most, by_phone) for phone in dict.fromkeys(opening.phones)),
        ]

    def _budget(self, kind: str, value: str, most: int, current: Window) -> _Budget:
        return _Budget(f"{kind}:{self._index.mark(_PURPOSE, value.encode())}:{current.number}", most, current)
