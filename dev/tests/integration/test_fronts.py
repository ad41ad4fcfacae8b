"""Clients of a stack behind proxies cannot go around them: both servers tell their clients where to connect."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from dev.faults.proxy import Network, Way
from dev.stack.local import local_stack
from dev.stack.process import free_port
from dev.stack.servers import Stack
from legalaid.bus import Producer, create_topics
from legalaid.errors import TransientError
from legalaid.settings import KafkaSettings, MongoSettings
from legalaid.store import Store


@pytest.fixture
def fronted(tmp_path: Path) -> Iterator[tuple[Stack, Network]]:
    ports = {"kafka": free_port(), "store": free_port()}
    with (
        Network(ports) as network,
        local_stack(
            tmp_path,
            kafka_port=ports["kafka"],
            mongo_port=ports["store"],
            kafka_front=network["kafka"].port,
            mongo_front=network["store"].port,
        ) as stack,
    ):
        yield stack, network


async def test_what_the_proxies_swallow_reaches_neither_server(fronted: tuple[Stack, Network]) -> None:
    stack, network = fronted
    settings = KafkaSettings(servers=stack.servers)
    await create_topics(settings)
    store = Store(MongoSettings(url=SecretStr(stack.mongo), timeout_seconds=1), app_name="test")
    async with AsyncExitStack() as opened:
        opened.push_async_callback(store.close)
        producer = await opened.enter_async_context(Producer(settings, client_id="test"))
        assert (await producer.ready()).ok
        assert (await store.ready()).ok
        for name in ("kafka", "store"):
            network[name].become(Way.BLACK_HOLE)
        await asyncio.sleep(3.1)  # an answer of the store is good for three seconds
        assert not (await store.ready()).ok
        with pytest.raises((TimeoutError, TransientError)):
            async with asyncio.timeout(2):
                assert (await producer.ready()).ok
        network.heal()
        await asyncio.sleep(3.1)
        assert (await store.ready()).ok
        assert (await producer.ready()).ok
