"""How far each partition is behind, for the metric and for the watchdog."""

import asyncio
from collections.abc import Hashable, Mapping
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition

from legalaid.bus.worker import Worker
from legalaid.telemetry import metrics

_POSITION_SECONDS = 0.01
"""A position that is known is told at once; one that is not is not waited for."""


def name(partition: TopicPartition) -> str:
    """For people: topic and number."""
    return f"{partition.topic}/{partition.partition}"


async def marks(
    client: AIOKafkaConsumer, workers: Mapping[TopicPartition, Worker], group: str, topic: str
) -> dict[str, Hashable]:
    """What lags and should move, each with something that changes when it does. Sets the metric by the way.

    The brokers are asked even when there is no worker (then for the first partition of ``topic``): whether they answer
    is what tells a stuck client from brokers that are away. Raises ``KafkaError`` when they do not.
    """
    asked = dict(workers)
    ends = await client.end_offsets(list(asked) or [TopicPartition(topic, 0)])
    found: dict[str, Hashable] = {}
    for partition, worker in asked.items():
        position = await _position(client, partition, worker)
        if position is not None:
            behind = max(0, ends[partition] - position)
            metrics.CONSUMER_LAG.labels(group, worker.topic.name, partition.partition).set(behind)
            if behind == 0:
                continue
        if not worker.breaker.is_open:  # a stopped partition has an alarm of its own, and a restart would not mend it
            found[name(partition)] = (position, worker.tries)
    return found


def forget(workers: Mapping[TopicPartition, Worker], group: str) -> None:
    """Others tell the lag of these partitions from now on."""
    for partition, worker in workers.items():
        with suppress(KeyError):  # it had no lag to tell yet
            metrics.CONSUMER_LAG.remove(group, worker.topic.name, str(partition.partition))


async def _position(client: AIOKafkaConsumer, partition: TopicPartition, worker: Worker) -> int | None:
    """The first record that is not settled; None while that is not known."""
    if worker.progress.done is not None:
        return worker.progress.done
    if worker.progress.taken is not None:  # the first batch is in hand, and nothing was done before it
        return None
    try:
        async with asyncio.timeout(_POSITION_SECONDS):
            position: int = await client.position(partition)
    except TimeoutError:
        return None
    return position
