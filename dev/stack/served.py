"""What integration tests of the services share: a service run in the test's own process, and its topics read back."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx
from aiokafka import TopicPartition
from pydantic import SecretStr

from dev.stack.keys import Authority
from legalaid.bus.log import reader
from legalaid.events import Event, Topic, decode
from legalaid.service import Part, Resource, run
from legalaid.settings import KafkaSettings, KeyringSettings, ServiceSettings

S = TypeVar("S", bound=ServiceSettings)
_START_SECONDS = 30.0


@asynccontextmanager
async def served(build: Callable[[S], Sequence[Part | Resource]], settings: S) -> AsyncIterator[httpx.AsyncClient]:
    """Run a service until it is ready, give a client of it, and stop it as SIGTERM would. Raises what ended it."""
    stop = asyncio.Event()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.http.port}", timeout=30) as http:
        running = asyncio.create_task(run(build(settings), stop=stop))
        try:
            async with asyncio.timeout(_START_SECONDS):
                while not running.done() and not await _is_ready(http):  # noqa: ASYNC110 - HTTP has no event
                    await asyncio.sleep(0.02)
            if not running.done():
                yield http
        finally:
            stop.set()
            await running


async def _is_ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/readyz")).is_success
    except httpx.TransportError:
        return False


def keyring_of(authority: Authority, *compartments: str) -> KeyringSettings:
    """The keys of these compartments, as a service's settings hold them."""
    keys = authority.keyring(*compartments)
    return KeyringSettings(**{name.rpartition("__")[2].lower(): SecretStr(key) for name, key in keys.items()})


async def published(kafka: KafkaSettings, topic: Topic, at_least: int) -> list[Event[Any]]:
    """Everything in the topic, once there are so many different events; each once, in the order of its key."""
    seen: dict[str, Event[Any]] = {}
    partitions = [TopicPartition(kafka.prefix + topic.name, each) for each in range(topic.partitions)]
    async with asyncio.timeout(20), reader(kafka, partitions) as client:
        while len(seen) < at_least:
            for records in (await client.getmany(timeout_ms=100)).values():
                for record in records:
                    event = decode(record.value, record.headers)
                    seen.setdefault(event.id, event)
    return list(seen.values())
