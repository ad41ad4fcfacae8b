"""Publishing what was accepted, at once but in the background: the answer does not wait for Kafka.

Whatever is not published here (the broker is away, the process dies, too much waits) lies in the outboxes of the
documents, where the sweeper finds it.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Final, Generic, TypeVar

import structlog

from legalaid.errors import PermanentError, TransientError
from legalaid.service import Part, Resource
from legalaid.store import Aggregate, Documents, Publisher, publish_outboxes

A = TypeVar("A", bound=Aggregate)

_MOST_WAITING: Final = 10_000
_AT_ONCE: Final = 500

log = structlog.get_logger()


class Outgoing(Generic[A]):
    """One queue of written aggregates; what gathers while one batch is published goes with the next."""

    def __init__(self, name: str, documents: Documents[A], publisher: Publisher) -> None:
        self._name = name
        self._documents = documents
        self._publisher = publisher
        self._waiting: deque[A] = deque(maxlen=_MOST_WAITING)
        self._any = asyncio.Event()

    def put(self, written: Iterable[A]) -> None:
        """Publish the outboxes of these soon; what was put before and waits too long is left to the sweeper."""
        self._waiting.extend(written)
        self._any.set()

    def part(self) -> Part:
        """The loop. It ends with the other parts; what is put after that is published by ``resource``."""

        async def run(stop: asyncio.Event) -> None:
            stopping = asyncio.create_task(stop.wait())
            while not stop.is_set():
                any_waiting = asyncio.create_task(self._any.wait())
                await asyncio.wait({any_waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
                any_waiting.cancel()
                await self.flush()

        return Part(self._name, run)

    def resource(self) -> Resource:
        """Publishes at the very end what requests in flight still wrote."""
        return Resource(self._name, close=self.flush)

    async def flush(self) -> None:
        """Publish what waits, as far as the broker and the store let it."""
        self._any.clear()
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
            newest = list({each.id: each for each in batch}.values())
            try:
                await publish_outboxes(self._publisher, self._documents, newest)
                await self._documents.settle(newest)
            except PermanentError as error:
                log.warning("publication_left_to_sweeper", documents=len(newest), error=error.reason)
            except TransientError as error:
                log.warning("publication_left_to_sweeper", documents=len(newest) + len(self._waiting), error=str(error))
                self._waiting.clear()
