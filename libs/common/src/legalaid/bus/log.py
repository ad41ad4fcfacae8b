"""Whole topics, read from their first record, without a consumer group: for what is built anew from the log."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from legalaid.bus.batch import Batch
from legalaid.bus.connection import connection
from legalaid.bus.dead_letters import read
from legalaid.errors import TransientError
from legalaid.events import Topic
from legalaid.settings import KafkaSettings

_POLL_MS = 200


@asynccontextmanager
async def reader(settings: KafkaSettings, partitions: Sequence[TopicPartition]) -> AsyncIterator[Any]:
    """A client without a group that stands before the first record of these partitions (names with the prefix).

    Raises ``TransientError`` when the brokers are away, now or inside the block.
    """
    client = AIOKafkaConsumer(auto_offset_reset="earliest", enable_auto_commit=False, **connection(settings))
    try:
        await client.start()
        client.assign(partitions)
        yield client
    except KafkaError as error:
        raise TransientError("the brokers do not answer") from error
    finally:
        await hang_up(client)


async def hang_up(client: Any) -> None:
    """Stop a client that has no group.

    Now and then aiokafka 0.14 lets the cancellation of its own task out of ``stop`` (NoGroupCoordinator.close awaits a
    task that it has just cancelled), and leaves its connections open; only a cancellation meant for us goes on.
    """
    try:
        await client.stop()
    except asyncio.CancelledError:
        ours = asyncio.current_task()
        if ours is not None and ours.cancelling():
            raise
        for part in (client._fetcher, client._client):  # noqa: SLF001 - what ``stop`` did not come to any more
            await part.close()


async def up_to_now(client: Any) -> AsyncIterator[tuple[TopicPartition, list[Any]]]:
    """The records of a reader's partitions, from where the last call ended to where they end now.

    What arrives meanwhile may be among them. To be read to the end, or the next call misses some.
    """
    waiting = list(client.assignment())
    ends = await client.end_offsets(waiting)
    while waiting := [each for each in waiting if await client.position(each) < ends[each]]:
        for found in (await client.getmany(*waiting, timeout_ms=_POLL_MS)).items():
            yield found


class Log:
    """Gives the events of some topics in the batches that a handler takes. What is no event is only counted."""

    def __init__(self, settings: KafkaSettings, topics: Sequence[Topic]) -> None:
        self._topics = {
            TopicPartition(settings.prefix + topic.name, partition): topic
            for topic in topics
            for partition in range(topic.partitions)
        }
        self._reader = reader(settings, list(self._topics))
        self.unreadable = 0

    async def __aenter__(self) -> Self:
        """Connect. Raises ``TransientError`` when the brokers are away."""
        self._client = await self._reader.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Hang up. Raises ``TransientError`` when the brokers went away in the block."""
        await self._reader.__aexit__(kind, error, at)

    async def batches(self) -> AsyncIterator[Batch]:
        """From where the last call ended (the first record, at first) to where the topics end now."""
        async for partition, records in up_to_now(self._client):
            topic = self._topics[partition]
            events, _, refusals = read(topic, records)
            self.unreadable += len(refusals)
            if events:
                yield Batch(topic, partition.partition, events)
