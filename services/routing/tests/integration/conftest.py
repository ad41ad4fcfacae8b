"""A whole routing, in this process: real HTTP, real store, real broker, names of each test's own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from dev.stack.directory import DEMONSTRATION
from dev.stack.keys import Authority, Client
from dev.stack.process import free_port
from dev.stack.served import keyring_of, published, served
from legalaid import ids
from legalaid.bus import Producer, create_topics
from legalaid.events import Event, Topic, cases, encode
from legalaid.sealed import Keyring, Parties
from legalaid.settings import AuthSettings, HttpSettings, KafkaSettings, MongoSettings
from legalaid.store import Store
from routing.main import build
from routing.settings import RoutingSettings
from routing.store import Case, RoutingStore
from services.routing.tests.conftest import Intake


class Routing:
    """A running routing, and what a test needs to feed it and to look into it."""

    def __init__(self, settings: RoutingSettings, authority: Authority, http: httpx.AsyncClient, told: Intake) -> None:
        self.settings = settings
        self.authority = authority
        self.http = http
        self.told = told
        self.store = Store(settings.mongo, app_name="test")
        self.collections = RoutingStore(self.store)
        self.keyring = Keyring(self.store, settings.keyring)
        self.producer = Producer(settings.kafka, client_id="test")

    async def known(self, *owners: str, **parties: Parties) -> None:
        """Give these requests and calls their keys, as intake does before it publishes them."""
        self.told.keys |= await self.keyring.create(dict.fromkeys((*owners, *parties)), parties)

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
        return await published(self.settings.kafka, topic, at_least)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def settings(kafka: KafkaSettings, mongo: MongoSettings, authority: Authority) -> RoutingSettings:
    return RoutingSettings(
        kafka=kafka,
        mongo=mongo,
        keyring=keyring_of(authority, "contact", "facts", "story", "index", "parties"),
        auth=AuthSettings(jwks_file=Path(authority.jwks_file)),
        http=HttpSettings(port=free_port()),
        directory_file=DEMONSTRATION,
    )


@asynccontextmanager
async def started(settings: RoutingSettings, authority: Authority, told: Intake) -> AsyncIterator[Routing]:
    """Start it, wait until it is ready, and stop it as SIGTERM would."""
    async with served(build, settings) as http:
        routing = Routing(settings, authority, http, told)
        try:
            async with routing.producer:
                yield routing
        finally:
            await routing.store.close()


@pytest.fixture
async def routing(settings: RoutingSettings, authority: Authority, told: Intake) -> AsyncIterator[Routing]:
    await create_topics(settings.kafka)
    async with started(settings, authority, told) as running:
        yield running
