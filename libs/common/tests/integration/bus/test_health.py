"""Liveness is progress; a dependency that is away is no reason to restart."""

import asyncio
from typing import Any

from legalaid.bus import Batch
from legalaid.errors import TransientError
from legalaid.settings import KafkaSettings

from .conftest import Bus, Seen, messages, until


async def test_a_handler_that_hangs_fails_liveness_and_not_readiness(bus: Bus) -> None:
    async def hangs(_batch: Batch) -> None:
        await asyncio.Event().wait()

    consumer = bus.consumer(hangs, stuck_seconds=0.8, drain_seconds=0.1)
    async with bus.running(consumer):
        await asyncio.sleep(1.2)
        assert consumer.live().ok  # nothing to do is no hang
        await bus.producer.publish(messages(keys=1, each=1))
        await until(lambda: not consumer.live().ok, seconds=5)
        assert "legalaid.calls/" in consumer.live().detail
        assert (await consumer.ready()).ok


async def test_waiting_for_a_dependency_is_not_being_stuck(bus: Bus) -> None:
    away = True
    seen = Seen()

    async def handler(batch: Batch) -> None:
        if away:
            raise TransientError("the store is away")
        await seen(batch)

    consumer = bus.consumer(handler, stuck_seconds=2.0)
    async with bus.running(consumer):
        await bus.producer.publish(messages(keys=1, each=1))
        for _ in range(30):
            await asyncio.sleep(0.1)
            assert consumer.live().ok
        away = False
        await until(lambda: len(seen.counts) == 1)


async def test_a_slow_handler_that_gets_on_is_not_stuck(bus: Bus) -> None:
    seen = Seen()

    async def slow(batch: Batch) -> None:
        await asyncio.sleep(0.4)
        await seen(batch)

    consumer = bus.consumer(slow, stuck_seconds=2.0, batch_records=1)
    async with bus.running(consumer):
        await bus.producer.publish(messages(keys=1, each=8))
        while len(seen.counts) < 8:
            await asyncio.sleep(0.05)
            assert consumer.live().ok


async def test_not_ready_before_joining_nor_while_stopping(bus: Bus) -> None:
    may_end = asyncio.Event()
    begun = asyncio.Event()

    async def handler(_batch: Batch) -> None:
        begun.set()
        await may_end.wait()

    consumer = bus.consumer(handler)
    assert (await consumer.ready()).detail == "not a member of its group"
    stopping = asyncio.Event()
    part = asyncio.create_task(_run(consumer, stopping))
    await bus.producer.publish(messages(keys=1, each=1))
    await begun.wait()
    assert (await consumer.ready()).ok
    stopping.set()
    await asyncio.sleep(0.05)
    assert (await consumer.ready()).detail == "stopping"
    assert not part.done()
    may_end.set()
    await part


async def _run(consumer: Any, stopping: asyncio.Event) -> None:
    await consumer.part().run(stopping)


async def test_brokers_that_are_away_do_not_end_the_part(bus: Bus) -> None:
    consumer = bus.elsewhere(KafkaSettings(servers="127.0.0.1:1")).consumer(Seen())
    stopping = asyncio.Event()
    part = asyncio.create_task(_run(consumer, stopping))
    await asyncio.sleep(1.5)
    assert not part.done()
    assert consumer.live().ok
    assert not (await consumer.ready()).ok
    stopping.set()
    async with asyncio.timeout(5):
        await part
