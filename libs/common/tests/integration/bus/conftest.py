"""Real brokers, real members of groups."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from legalaid import ids
from legalaid.bus import Batch, Consumer, Handler, Producer, create_topics
from legalaid.bus.dead_letters import Letter
from legalaid.bus.producer import partition_of
from legalaid.bus.replay import letters
from legalaid.events import Event, Message, Topic, calls, encode, requests
from legalaid.settings import ConsumerSettings, KafkaSettings

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
QUICK = ConsumerSettings(
    batch_records=50,
    commit_seconds=0.2,
    retry_first_seconds=0.01,
    retry_most_seconds=0.1,
    session_timeout_seconds=6,
    drain_seconds=5,
)


def messages(keys: int, each: int, *, first: int = 1) -> list[Message]:
    """Events of so many calls, ``each`` for every call, numbered, as a writer would send them."""
    names = [ids.call_id("test", str(number)) for number in range(keys)]
    return [
        encode(
            Event(
                ids.event_id(key, "answered", sequence),
                key,
                sequence,
                AT,
                key,
                calls.CallAnswered(call_id=key, answered_at=AT),
            )
        )
        for sequence in range(first, first + each)
        for key in names
    ]


def withdrawals(count: int) -> list[Message]:
    """One event each of so many requests."""
    names = [ids.request_id("test", str(number)) for number in range(count)]
    return [
        encode(
            Event(
                ids.event_id(key, "withdrawn"),
                key,
                1,
                AT,
                key,
                requests.RequestWithdrawn(request_id=key, withdrawn_at=AT),
            )
        )
        for key in names
    ]


@dataclass
class Seen:
    """A handler that remembers what it was given, and checks the order of every key."""

    last: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    async def __call__(self, batch: Batch) -> None:
        for event in batch.events:
            before = self.last.get(event.subject, 0)
            if event.sequence > before + 1:
                self.skipped.append(f"{event.subject}: {event.sequence} after {before}")
            self.last[event.subject] = max(before, event.sequence)
            self.counts[event.id] = self.counts.get(event.id, 0) + 1


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for it; fails when it does not come true."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - a condition is no event
            await asyncio.sleep(0.01)


@dataclass
class Bus:
    """One installation on the brokers."""

    kafka: KafkaSettings
    producer: Producer

    def consumer(self, handler: Handler, *, topic: Topic = calls.TOPIC, **changes: Any) -> Consumer:
        pace = QUICK.model_copy(update=changes)
        return Consumer(group="routing", handlers={topic: handler}, kafka=self.kafka, pace=pace, producer=self.producer)

    @asynccontextmanager
    async def running(self, consumer: Consumer) -> AsyncIterator[asyncio.Task[None]]:
        """Joined inside the block, shut down in order after it."""
        stopping = asyncio.Event()

        async def run() -> None:
            await consumer.part().run(stopping)

        task = asyncio.create_task(run())
        try:
            async with asyncio.timeout(60):  # where the broker starts meanwhile, in a container, that alone takes 20 s
                # not "until ready": poison may have opened a breaker before anybody looked
                while (await consumer.ready()).detail == "not a member of its group":
                    if task.done():
                        task.result()
                    await asyncio.sleep(0.01)
            yield task
        finally:
            stopping.set()
            async with asyncio.timeout(20):
                await asyncio.wait([task])
            if not task.cancelled():
                task.result()

    async def committed(self, topic: Topic = calls.TOPIC) -> int:
        """How many records of a topic the group has committed."""
        client = AIOKafkaConsumer(
            bootstrap_servers=self.kafka.servers, group_id=self.kafka.prefix + "routing", enable_auto_commit=False
        )
        await client.start()
        try:
            name = self.kafka.prefix + topic.name
            places = [TopicPartition(name, number) for number in range(topic.partitions)]
            return sum([await client.committed(place) or 0 for place in places])
        finally:
            await client.stop()

    async def letters(self) -> list[Letter]:
        return [letter async for letter in letters(self.kafka, "routing")]

    @asynccontextmanager
    async def letters_until(self, count: int) -> AsyncIterator[list[Letter]]:
        """So many dead letters, as soon as they are there; fails when there are more."""
        async with asyncio.timeout(20):
            while len(found := await self.letters()) < count:  # noqa: ASYNC110 - the brokers send no event
                await asyncio.sleep(0.05)
        assert len(found) == count
        yield found

    async def records(self, topic: Topic) -> list[tuple[Any, Any, Any]]:
        """Key, value and headers of all records of a topic, in the order of each partition."""
        client = AIOKafkaConsumer(bootstrap_servers=self.kafka.servers, auto_offset_reset="earliest")
        await client.start()
        try:
            places = [TopicPartition(self.kafka.prefix + topic.name, number) for number in range(topic.partitions)]
            client.assign(places)
            ends = await client.end_offsets(places)
            found: list[tuple[Any, Any, Any]] = []
            while len(found) < sum(ends.values()):
                for records in (await client.getmany(timeout_ms=500)).values():
                    found += [(record.key, record.value, record.headers) for record in records]
            return found
        finally:
            await client.stop()

    def partition_of(self, key: str) -> int:
        return partition_of(key.encode(), range(calls.TOPIC.partitions), [])

    def elsewhere(self, kafka: KafkaSettings) -> "Bus":
        return Bus(kafka, self.producer)


@pytest.fixture
async def bus(kafka: KafkaSettings) -> AsyncIterator[Bus]:
    await create_topics(kafka)
    async with Producer(kafka, client_id="test") as producer:
        yield Bus(kafka, producer)
