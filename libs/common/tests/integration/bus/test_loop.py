import asyncio
from functools import partial

import pytest
from aiokafka import AIOKafkaConsumer

from legalaid.bus import Batch, Consumer
from legalaid.errors import TransientError
from legalaid.events import Message, calls, requests

from .conftest import QUICK, Bus, Seen, messages, until, withdrawals


async def test_all_events_are_handled_once_and_in_order(bus: Bus) -> None:
    seen = Seen()
    sent = messages(keys=40, each=25)
    await bus.producer.publish(sent)
    async with bus.running(bus.consumer(seen)):
        await until(lambda: len(seen.counts) == len(sent))
    assert seen.skipped == []
    assert set(seen.counts.values()) == {1}
    assert set(seen.counts) == {message.id for message in sent}


async def test_after_a_shutdown_nothing_is_delivered_again(bus: Bus) -> None:
    first, second = Seen(), Seen()
    sent = messages(keys=20, each=20)
    await bus.producer.publish(sent)
    async with bus.running(bus.consumer(first, commit_seconds=60.0)):  # only the shutdown can have committed
        await until(lambda: len(first.counts) == len(sent))
    assert await bus.committed() == len(sent)
    more = messages(keys=20, each=1, first=21)
    second.last.update(first.last)
    async with bus.running(bus.consumer(second)):
        await bus.producer.publish(more)
        await until(lambda: len(second.counts) >= len(more))
    assert set(second.counts) == {message.id for message in more}


async def test_a_shutdown_finishes_the_batch_in_hand_and_leaves_the_rest(bus: Bus) -> None:
    seen = Seen()
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow(batch: Batch) -> None:
        begun.set()
        await may_end.wait()
        await seen(batch)

    sent = messages(keys=1, each=200)
    await bus.producer.publish(sent)
    async with bus.running(bus.consumer(slow, batch_records=10)):
        await begun.wait()
        asyncio.get_running_loop().call_later(0.3, may_end.set)
    assert len(seen.counts) == 10
    assert await bus.committed() == 10


async def test_commits_come_about_once_a_second_without_a_shutdown(bus: Bus) -> None:
    seen = Seen()
    sent = messages(keys=10, each=10)
    async with bus.running(bus.consumer(seen, commit_seconds=0.1)):
        await bus.producer.publish(sent)
        await until(lambda: len(seen.counts) == len(sent))
        await asyncio.sleep(0.5)
        assert await bus.committed() == len(sent)


async def test_a_group_that_nobody_waits_for_gathers_what_comes_one_by_one(bus: Bus) -> None:
    batches: list[int] = []
    seen = Seen()

    async def counted(batch: Batch) -> None:
        batches.append(len(batch.events))
        await seen(batch)

    sent = messages(keys=1, each=40)
    async with bus.running(bus.consumer(counted, gather_seconds=1.0)):
        await bus.producer.publish(sent[:1])
        await until(lambda: len(seen.counts) == 1)
        for message in sent[1:]:
            await bus.producer.publish([message])
            await asyncio.sleep(0.01)
        await until(lambda: len(seen.counts) == len(sent))
    assert seen.skipped == []
    assert len(batches) <= 5


async def test_a_dependency_that_is_away_delays_and_never_reorders(bus: Bus) -> None:
    seen = Seen()
    failures = 0

    async def handler(batch: Batch) -> None:
        nonlocal failures
        if failures < 12:
            failures += 1
            raise TransientError("the store is away")
        await seen(batch)

    sent = messages(keys=30, each=10)
    await bus.producer.publish(sent)
    consumer = bus.consumer(handler)
    async with bus.running(consumer):
        await until(lambda: len(seen.counts) == len(sent))
        assert consumer.live().ok
    assert failures == 12
    assert seen.skipped == []
    assert set(seen.counts.values()) == {1}
    assert await bus.letters() == []


async def test_a_slow_handler_stays_in_the_group_and_holds_records_back(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client leaves the group by itself when it is not polled for so long."""
    monkeypatch.setattr("legalaid.bus.consumer.AIOKafkaConsumer", partial(AIOKafkaConsumer, max_poll_interval_ms=1000))
    seen = Seen()
    most_waiting = 0

    async def slow(batch: Batch) -> None:
        nonlocal most_waiting
        await asyncio.sleep(0.25)
        assert consumer._membership is not None
        workers = consumer._membership.workers.values()
        most_waiting = max(most_waiting, *(len(worker._waiting) for worker in workers))
        await seen(batch)

    sent = messages(keys=1, each=600)
    await bus.producer.publish(sent)
    consumer = bus.consumer(slow, batch_records=50, queue_batches=2)
    async with bus.running(consumer):
        membership = consumer._membership
        await until(lambda: len(seen.counts) == len(sent))
        assert consumer._membership is membership is not None
        assert membership._rebalances == 1  # the first join
    assert set(seen.counts.values()) == {1}
    assert most_waiting <= 50 * 2 + 50  # a queue, and the fetch that filled it


async def test_two_topics_have_their_own_handlers(bus: Bus) -> None:
    called, asked = Seen(), Seen()
    consumer = Consumer(
        group="routing",
        handlers={calls.TOPIC: called, requests.TOPIC: asked},
        kafka=bus.kafka,
        pace=QUICK,
        producer=bus.producer,
    )
    sent: list[Message] = messages(keys=5, each=2)
    asks: list[Message] = withdrawals(5)
    await bus.producer.publish([*sent, *asks])
    async with bus.running(consumer):
        await until(lambda: len(called.counts) == 10 and len(asked.counts) == 5)
    assert set(called.counts) == {message.id for message in sent}
    assert set(asked.counts) == {message.id for message in asks}
