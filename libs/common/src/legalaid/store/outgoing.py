"""Publishing what was written, at once but in the background: whoever wrote it does not wait for Kafka.

Whatever is not published here (the broker is away, the process dies, too much waits) lies in the outboxes of the
documents, where the sweeper finds it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextvars import Context
from typing import Any, Final, Generic, TypeVar

import structlog

from legalaid.errors import PermanentError, TransientError
from legalaid.service import Resource, pause
from legalaid.store.aggregate import Aggregate
from legalaid.store.documents import Documents

A = TypeVar("A", bound=Aggregate)

_MOST_WAITING: Final = 10_000
_AT_ONCE: Final = 500
_SETTLE_SECONDS: Final = 0.5
"""How long what is published waits to be cleared together with others; less than the sweeper's patience."""

log = structlog.get_logger()


class Outgoing(Generic[A]):
    """One queue of written aggregates; what gathers while one batch is published goes with the next.

    ``publish`` sends the whole outboxes of the aggregates it gets, as ``publish_outboxes`` does.
    """

    def __init__(self, documents: Documents[A], publish: Callable[[Sequence[A]], Awaitable[None]]) -> None:
        self._documents = documents
        self._publish = publish
        self._waiting: deque[A] = deque(maxlen=_MOST_WAITING)
        self._published: list[A] = []
        self._publishing: asyncio.Task[None] | None = None
        self._settling: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()

    def put(self, written: Iterable[A]) -> None:
        """Publish the outboxes of these soon; what was put before and waits too long is left to the sweeper."""
        self._waiting.extend(written)
        if self._waiting and self._publishing is None:
            self._publishing = self._begin(self._publish_all())

    def resource(self) -> Resource:
        """Publishes and clears at the very end what is still on its way."""
        return Resource(f"outgoing {self._documents.name}", close=self.flush)

    async def flush(self) -> None:
        """Publish and clear what waits, as far as the broker and the store let it."""
        self._hurry.set()
        while tasks := {task for task in (self._publishing, self._settling) if task is not None}:
            await asyncio.wait(tasks)
        self._hurry.clear()

    async def _publish_all(self) -> None:
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
                await self._publish_batch(list({each.id: each for each in batch}.values()))
        finally:
            self._publishing = None

    async def _publish_batch(self, batch: Sequence[A]) -> None:
        try:
            await self._publish(batch)
        except PermanentError as error:
            log.warning("publication_left_to_sweeper", documents=len(batch), error=error.reason)
            return
        except TransientError as error:
            log.warning("publication_left_to_sweeper", documents=len(batch) + len(self._waiting), error=str(error))
            self._waiting.clear()
            return
        self._published += batch
        if len(self._published) >= _AT_ONCE:
            await self._settle()
        if self._published and self._settling is None:
            self._settling = self._begin(self._settle_soon())

    async def _settle_soon(self) -> None:
        """Clearing is one more write: at an even pace many documents share it."""
        try:
            while self._published:
                await pause(self._hurry, _SETTLE_SECONDS)
                await self._settle()
        finally:
            self._settling = None

    async def _settle(self) -> None:
        published, self._published = self._published, []
        try:
            await self._documents.settle(published)
        except (PermanentError, TransientError) as error:
            log.warning("clearing_left_to_sweeper", documents=len(published), error=type(error).__name__)

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        # An empty context: the work belongs to no caller, nor to its trace and log fields.
        return asyncio.create_task(work, name="outgoing", context=Context())
