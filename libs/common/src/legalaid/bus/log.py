"""Whole topics, read from their first record, without a consumer group: for what is built anew from the log."""

from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from legalaid.bus.batch import Batch
from legalaid.bus.connection import connection
from legalaid.bus.dead_letters import read
from legalaid.errors import TransientError
from legalaid.events import Topic
from legalaid.settings import KafkaSettings

_POLL_MS = 200


class Log:
    """Gives the events of some topics in the batches that a handler takes. What is no event is counted, and left out."""

    def __init__(self, settings: KafkaSettings, topics: Sequence[Topic]) -> None:
        self._settings = settings
        self._topics = {
            TopicPartition(settings.prefix + topic.name, partition): topic
            for topic in topics
            for partition in range(topic.partitions)
        }
        self.unreadable = 0

    async def __aenter__(self) -> Self:
        """Connect. Raises ``TransientError`` when the brokers are away."""
        client = AIOKafkaConsumer(auto_offset_reset="earliest", enable_auto_commit=False, **connection(self._settings))
        try:
            await client.start()
        except KafkaError as error:
            await client.stop()
            raise TransientError("the brokers do not answer") from error
        client.assign(list(self._topics))
        self._client = client
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Hang up."""
        await self._client.stop()

    async def batches(self) -> AsyncIterator[Batch]:
        """From where the last call ended (the first record, at first) to where the topics end now."""
        ends = await self._client.end_offsets(list(self._topics))
        waiting = list(self._topics)
        while waiting := [each for each in waiting if await self._client.position(each) < ends[each]]:
            for partition, records in (await self._client.getmany(*waiting, timeout_ms=_POLL_MS)).items():
                topic = self._topics[partition]
                events, _, refusals = read(topic, records)
                self.unreadable += len(refusals)
                if events:
                    yield Batch(topic, partition.partition, events)
