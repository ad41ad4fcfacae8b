"""Every record of some topics, read without a group: what a plain Kafka client sees, from the first to the last."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from legalaid.bus.log import hang_up, reader, up_to_now
from legalaid.bus.topics import groups
from legalaid.events import TOPICS
from legalaid.settings import KafkaSettings


async def topics(settings: KafkaSettings) -> list[str]:
    """All topics with this installation's prefix, dead letters included."""
    async with _admin(settings) as admin:
        names: list[str] = await admin.list_topics()
    return sorted(name for name in names if name.startswith(f"{settings.prefix}legalaid."))


async def remove_topics(settings: KafkaSettings) -> None:
    """Remove all topics with this installation's prefix, and what is in them."""
    names = await topics(settings)
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.servers)
    await admin.start()
    try:
        if names:
            await admin.delete_topics(names)
    finally:
        await admin.close()


async def records(settings: KafkaSettings, names: Iterable[str]) -> AsyncIterator[Any]:
    """The records of these topics (full names) up to where they end now; the order is kept within a partition."""
    async with _admin(settings) as admin:
        partitions = [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in await admin.describe_topics(list(names))
            for partition in topic["partitions"]
        ]
    async with reader(settings, partitions) as client:
        async for _, found in up_to_now(client):
            for record in found:
                yield record


async def count(settings: KafkaSettings, names: Iterable[str]) -> int:
    """How many records these topics (full names) hold."""
    return len([entry async for entry in records(settings, names)])


@asynccontextmanager
async def _admin(settings: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.servers)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


class Lag:
    """How many records each consumer group has still to commit."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._prefix = settings.prefix
        self._admin = AIOKafkaAdminClient(bootstrap_servers=settings.servers)
        self._consumer = AIOKafkaConsumer(bootstrap_servers=settings.servers, enable_auto_commit=False)

    async def __aenter__(self) -> Self:
        """Connect."""
        await self._admin.start()
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hang up."""
        await hang_up(self._consumer)
        await self._admin.close()

    async def by_group(self) -> dict[str, int]:
        """The lag of each group that the registry knows, over all partitions of its topics."""
        wanted = {
            group: {
                TopicPartition(self._prefix + topic.name, partition)
                for topic in TOPICS
                if group in topic.consumers
                for partition in range(topic.partitions)
            }
            for group in groups()
        }
        ends = await self._consumer.end_offsets(sorted(set().union(*wanted.values())))
        lags = {}
        for group, partitions in wanted.items():
            committed = await self._admin.list_consumer_group_offsets(self._prefix + group)
            lags[group] = sum(ends[each] - (committed[each].offset if each in committed else 0) for each in partitions)
        return lags
