"""A whole routing, in this process: real HTTP, real store, real broker, names of each test's own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import SecretStr

from dev.keys import Authority, Client
from dev.process import free_port
from legalaid import ids
from legalaid.bus import Producer, create_topics
from legalaid.events import Event, Topic, cases, decode, encode
from legalaid.sealed import Keyring
from legalaid.service import run
from legalaid.settings import AuthSettings, HttpSettings, KafkaSettings, KeyringSettings, MongoSettings
from legalaid.store import Store
from routing.main import build
from routing.settings import RoutingSettings
from routing.store import Case, RoutingStore


class Routing:
    """A running routing, and what a test needs to feed it and to look into it."""

    def __init__(self, settings: RoutingSettings, authority: Authority, http: httpx.AsyncClient, told: Any) -> None:
        self.settings = settings
        self.authority = authority
        self.http = http
        self.told = told
        self.store = Store(settings.mongo, app_name="test")
        self.collections = RoutingStore(self.store)
        self.keyring = Keyring(self.store, settings.keyring)
        self.producer = Producer(settings.kafka, client_id="test")

    async def known(self, *owners: str) -> None:
        """Give these requests and calls their keys, as intake does before it publishes them."""
        self.told.keys |= await self.keyring.create(dict.fromkeys(owners))

    async def publish(self, *events: Event[Any]) -> None:
        await self.producer.publish([encode(event) for event in events])

    async def case(self, case_id: str, **state: Any) -> Case:
        """The case, as soon as its state is like this."""
        async with asyncio.timeout(20):
            while True:
                case = (await self.collections.cases.load([case_id])).get(case_id)
                if case and case.state and all(getattr(case.state, name) == value for name, value in state.items()):
                    return case
                await asyncio.sleep(0.02)

    async def get(self, path: str, client: Client, **query: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.authority.token(client)}"}
        return await self.http.get(f"/v1/cases{path}", headers=headers, params=query)

    async def command(
        self, case_id: str, name: str, client: Client, body: Any = None, key: str | None = None
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.authority.token(client)}", "Idempotency-Key": key or ids.random_id()}
        return await self.http.post(f"/v1/cases/{case_id}/{name}", headers=headers, json=body)

    async def published(self, at_least: int, topic: Topic = cases.TOPIC) -> list[Event[Any]]:
        """Everything in the topic, once there are so many different events; each once, in the order of its key."""
        seen: dict[str, Event[Any]] = {}
        consumer = AIOKafkaConsumer(bootstrap_servers=self.settings.kafka.servers, auto_offset_reset="earliest")
        await consumer.start()
        try:
            name = self.settings.kafka.prefix + topic.name
            consumer.assign([TopicPartition(name, each) for each in range(topic.partitions)])
            async with asyncio.timeout(20):
                while len(seen) < at_least:
                    for records in (await consumer.getmany(timeout_ms=100)).values():
                        for record in records:
                            event = decode(record.value, record.headers)
                            seen.setdefault(event.id, event)
        finally:
            await consumer.stop()
        return list(seen.values())


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def settings(kafka: KafkaSettings, mongo: MongoSettings, authority: Authority) -> RoutingSettings:
    keys = authority.keyring("contact", "facts", "story", "index")
    return RoutingSettings(
        kafka=kafka,
        mongo=mongo,
        keyring=KeyringSettings(**{name.rpartition("__")[2].lower(): SecretStr(key) for name, key in keys.items()}),
        auth=AuthSettings(jwks_file=Path(authority.jwks_file)),
        http=HttpSettings(port=free_port()),
    )


@asynccontextmanager
async def started(settings: RoutingSettings, authority: Authority, told: Any) -> AsyncIterator[Routing]:
    """Start it, wait until it is ready, and stop it as SIGTERM would."""
    stop = asyncio.Event()
    async with AsyncExitStack() as undo:
        http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.http.port}", timeout=30)
        await undo.enter_async_context(http)
        running = asyncio.create_task(run(build(settings), stop=stop))
        try:
            async with asyncio.timeout(20):
                while not await _is_ready(http):
                    if running.done():
                        break
                    await asyncio.sleep(0.02)
            if not running.done():
                routing = Routing(settings, authority, http, told)
                undo.push_async_callback(routing.store.close)
                await undo.enter_async_context(routing.producer)
                yield routing
        finally:
            stop.set()
            await running


async def _is_ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
async def routing(settings: RoutingSettings, authority: Authority, told: Any) -> AsyncIterator[Routing]:
    await create_topics(settings.kafka)
    async with started(settings, authority, told) as running:
        yield running
