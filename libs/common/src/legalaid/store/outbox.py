"""Publishing what waits in outboxes: by whoever wrote it, and by a sweeper after a crash (docs/outbox.md)."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol, TypeVar

import structlog

from legalaid import clock
from legalaid.errors import PermanentError, TransientError
from legalaid.events import Message
from legalaid.service import Part, pause
from legalaid.store.aggregate import Aggregate
from legalaid.store.documents import Documents
from legalaid.telemetry import metrics

A = TypeVar("A", bound=Aggregate)

_AT_ONCE: Final = 500

log = structlog.get_logger()


class Publisher(Protocol):
    """Who publishes: ``legalaid.bus.Producer``, or a list in a test."""

    async def publish(self, messages: Sequence[Message]) -> None:
        """Return when all are acknowledged. Raises ``TransientError`` when any may not be."""
        ...


async def publish_outboxes(publisher: Publisher, documents: Documents[A], aggregates: Iterable[A]) -> None:
    """Publish the whole outbox of each aggregate, oldest first, except what this process published before.

    Keeps them in the journal, and writes no document: the next write of each drops what was published.
    """
    sending = list(aggregates)
    new = [message for each in sending for message in each.outbox if not documents.is_acknowledged(message)]
    await publisher.publish(new)
    await documents.journal.keep(new)
    documents.acknowledge(sending)


def sweeper(
    documents: Documents[Any] | Sequence[Documents[Any]],
    publisher: Publisher,
    *,
    every_seconds: float = 1.0,
    older_than_seconds: float = 2.0,
) -> Part:
    """The part that publishes what API calls and loops wrote and did not publish within ``older_than_seconds``.

    Several processes may sweep at once: the worst is an event published twice.
    """
    collections = [documents] if isinstance(documents, Documents) else list(documents)

    async def run(stop: asyncio.Event) -> None:
        while not stop.is_set():
            full = False
            for each in collections:
                try:
                    full |= await sweep(each, publisher, older_than_seconds)
                except TransientError as error:
                    log.warning("sweep_put_off", collection=each.name, error=str(error))
            if not full:
                await pause(stop, every_seconds)

    return Part("sweeper", run)


async def sweep(documents: Documents[A], publisher: Publisher, older_than_seconds: float) -> bool:
    """Publish the oldest of what was left, and clear it. Returns whether more may be waiting."""
    left = await documents.unsent(older_than_seconds, _AT_ONCE)
    metrics.STORE_UNSENT.labels(documents.name).set(len(left))
    metrics.STORE_UNSENT_OLDEST_SECONDS.labels(documents.name).set(_oldest_age(left))
    if not left:
        return False
    try:
        await publisher.publish([message for each in left for message in each.outbox])
        sent = left
    except PermanentError:
        sent = [each for each in left if await _publishable(publisher, each)]
    await documents.journal.keep([message for each in sent for message in each.outbox])
    await documents.settle(sent)
    metrics.STORE_SWEPT.labels(documents.name).inc(len(sent))
    log.info("outbox_swept", collection=documents.name, documents=len(sent))
    return len(sent) == _AT_ONCE


def _oldest_age(left: Sequence[Aggregate]) -> float:
    """Seconds since the first of them was left; 0 for none. ``unsent`` gives the oldest first."""
    since = left[0].outbox_since if left else None
    return max(0.0, (clock.real_now() - since).total_seconds()) if since else 0.0


async def _publishable(publisher: Publisher, aggregate: Aggregate) -> bool:
    """Publish one outbox by itself, so that one that no broker takes keeps nobody else's back."""
    try:
        await publisher.publish(aggregate.outbox)
    except PermanentError as error:
        log.error("outbox_unpublishable", id=aggregate.id, reason=error.reason)  # noqa: TRY400 - the reason says it all
        return False
    return True
