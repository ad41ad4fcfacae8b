"""The brokers go and come back while everybody works."""

import asyncio
from functools import partial

import pytest

from dev.stack.servers import Stack
from legalaid.bus import Producer, create_topics
from legalaid.errors import TransientError
from legalaid.events import Message
from legalaid.settings import KafkaSettings

from .conftest import Bus, Seen, messages, until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]


@pytest.fixture
def kafka(own_stack: Stack) -> KafkaSettings:
    return KafkaSettings(servers=own_stack.servers)


async def _publish(producer: Producer, sent: list[Message]) -> None:
    """As the owner of an outbox does: again, until it is acknowledged."""
    while True:
        try:
            return await producer.publish(sent)
        except TransientError:
            await asyncio.sleep(0.2)


@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_a_broker_that_goes_and_comes_back_loses_and_reorders_nothing(
    bus: Bus, own_stack: Stack, how: str
) -> None:
    seen = Seen()
    sent: list[Message] = []
    enough = asyncio.Event()
    alive: list[bool] = []

    async def load() -> None:
        while not enough.is_set():
            more = messages(keys=30, each=1, first=1 + len(sent) // 30)
            await _publish(bus.producer, more)
            sent.extend(more)
            await asyncio.sleep(0.01)

    consumer = bus.consumer(seen, stuck_seconds=3.0)
    async with bus.running(consumer) as part:
        loading = asyncio.create_task(load())
        for _ in range(2):
            handled = len(seen.counts)
            await until(partial(lambda before: len(seen.counts) > before + 300, handled))
            await asyncio.to_thread(getattr(own_stack.kafka, how))
            for _ in range(20):
                await asyncio.sleep(0.2)
                alive.append(consumer.live().ok)
            await asyncio.to_thread(own_stack.kafka.start)
        handled = len(seen.counts)
        await until(lambda: len(seen.counts) > handled + 300, seconds=60)
        enough.set()
        await loading
        await until(lambda: len(seen.counts) == len(sent), seconds=60)
        assert not part.done()
    assert seen.skipped == []
    assert all(alive)
    assert await bus.committed() >= len(sent)


async def test_all_start_before_the_broker_does_and_then_work(own_stack: Stack, bus: Bus) -> None:
    await asyncio.to_thread(own_stack.kafka.stop)
    seen = Seen()
    async with Producer(bus.kafka, client_id="early") as producer:
        sent = messages(keys=5, each=2)
        with pytest.raises(TransientError):
            await producer.publish(sent)
        publishing = asyncio.create_task(_publish(producer, sent))
        starting = asyncio.get_running_loop().run_in_executor(None, own_stack.kafka.start)
        async with bus.running(bus.consumer(seen)):
            await starting
            await publishing
            await until(lambda: len(seen.counts) == len(sent))


async def test_a_shutdown_ends_while_the_broker_is_away(own_stack: Stack, bus: Bus) -> None:
    seen = Seen()
    sent = messages(keys=5, each=2)
    async with bus.running(bus.consumer(seen, commit_seconds=60.0)):
        await bus.producer.publish(sent)
        await until(lambda: len(seen.counts) == len(sent))
        await asyncio.to_thread(own_stack.kafka.kill)
        await asyncio.sleep(0.5)
        before = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - before < 16  # a commit that nobody answers, and a leave
    await asyncio.to_thread(own_stack.kafka.start)
    await create_topics(bus.kafka)
    assert await bus.committed() == 0
