"""The pace that a gateway allows: a token bucket that holds one second's worth."""

import asyncio

from legalaid import clock


class Bucket:
    """``await take()`` returns when one more message may go; ``per_second`` 0 means at once."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._free_at = clock.elapsed()
        """When a token for the next message exists, if none is left over."""

    async def take(self) -> None:
        """Wait for a token. Callers are served in the order in which they came."""
        if not self._per_second:
            return
        now = clock.elapsed()
        self._free_at = max(self._free_at, now - 1) + 1 / self._per_second
        if self._free_at > now:
            await asyncio.sleep(self._free_at - now)

    @property
    def waits_seconds(self) -> float:
        """For how long the next caller would wait."""
        return max(0.0, self._free_at - clock.elapsed()) if self._per_second else 0.0
