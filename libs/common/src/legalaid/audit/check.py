"""Whether the record is whole: asked by the command, and every day by the service that keeps it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import structlog

from legalaid import clock
from legalaid.audit.chain import ChainCheck, ChainFault
from legalaid.audit.trail import Trail
from legalaid.errors import PermanentError, TransientError
from legalaid.service import Part, pause
from legalaid.telemetry import metrics

_EVERY_SECONDS: Final = 86_400.0
_AGAIN_SECONDS: Final = 600.0
"""After a check that could not come to its end."""
_BREATH_SECONDS: Final = 0.02
"""Between two pages, for the other work of the process."""
_TOLD: Final = 100
"""Faults of one check that go to the log: the first of them says when it began."""

log = structlog.get_logger()


async def look_through(trail: Trail, check: ChainCheck) -> AsyncIterator[list[ChainFault]]:
    """Read the whole record into ``check``, a page at a time: the faults of each. Raises ``TransientError``."""
    async for page in trail.documents():
        yield [fault for document in page for fault in check.see(document)]
    yield list(check.end())


class RecordCheck:
    """Reads the record of its own service when the process starts and every day after, and keeps the gauges of it.

    As long as the process lives it remembers the head of the last whole record that it saw: so it finds also what the
    chain alone cannot tell, a record that was cut at its end or written anew.
    """

    def __init__(self, trail: Trail, *, every_seconds: float = _EVERY_SECONDS) -> None:
        self._trail = trail
        self._every_seconds = every_seconds
        self._noted: dict[int, str] = {}
        self._ended = 0.0

    def part(self) -> Part:
        """The part that checks."""
        return Part("record-check", self.run)

    async def run(self, stop: asyncio.Event) -> None:
        """As a part. A store that is away or refuses costs the check, never the work of the process."""
        self._ended = clock.elapsed()
        metrics.ACCESS_UNCHECKED_SECONDS.set_function(lambda: clock.elapsed() - self._ended)
        while not stop.is_set():
            wait = _AGAIN_SECONDS
            try:
                await self._check(stop)
                wait = self._every_seconds
            except TransientError as error:
                log.warning("record_check_put_off", error=str(error))
            except PermanentError as error:
                log.error("record_check_refused", reason=error.reason)  # noqa: TRY400 - the reason says it all
            await pause(stop, wait)

    async def _check(self, stop: asyncio.Event) -> None:
        check, found = ChainCheck(noted=dict(self._noted)), 0
        async for faults in look_through(self._trail, check):
            for fault in faults[: max(0, _TOLD - found)]:
                log.error("record_fault", sequence=fault.sequence)
            found += len(faults)
            await pause(stop, _BREATH_SECONDS)
            if stop.is_set():
                return
        metrics.ACCESS_FAULTS.set(found)
        self._ended = clock.elapsed()
        log.info("record_checked", entries=check.count, faults=found, sequence=check.last, hash=check.head)
        if not found:
            self._noted = {check.last: check.head}
