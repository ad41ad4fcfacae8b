"""A whole intake, in this process: real HTTP, real store, real broker, names of each test's own."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import SecretStr

from dev.keys import APP, EXCHANGE, OPERATOR, Authority, Client
from dev.process import free_port
from intake.main import build
from intake.settings import GuardSettings, IntakeSettings
from intake.store import IntakeStore
from legalaid import ids
from legalaid.bus import create_topics
from legalaid.events import Event, Topic, decode
from legalaid.sealed import Keyring
from legalaid.service import run
from legalaid.settings import AuthSettings, HttpSettings, KafkaSettings, KeyringSettings, MongoSettings
from legalaid.store import Store


class Intake:
    """A running intake and what a test needs to look into it."""

    def __init__(self, settings: IntakeSettings, authority: Authority, http: httpx.AsyncClient) -> None:
        self.settings = settings
        self.authority = authority
        self.http = http
        self.store = Store(settings.mongo, app_name="test")
        self.collections = IntakeStore(self.store)
        self.keyring = Keyring(self.store, settings.keyring)

    def headers(self, client: Client, key: str | None = None) -> dict[str, str]:
        authorization = {"Authorization": f"Bearer {self.authority.token(client)}"}
        return authorization if key is None else authorization | {"Idempotency-Key": key}

    async def ask(
        self, body: Mapping[str, Any], *, key: str | None = None, client: Client = OPERATOR
    ) -> httpx.Response:
        """POST /v1/requests."""
        headers = self.headers(client, key or ids.random_id())
        return await self.http.post("/v1/requests", json=body, headers=headers)

    async def change(
        self, request_id: str, body: Mapping[str, Any], *, key: str | None = None, client: Client = OPERATOR
    ) -> httpx.Response:
        """POST /v1/requests/{id}/amendments."""
        headers = self.headers(client, key or ids.random_id())
        return await self.http.post(f"/v1/requests/{request_id}/amendments", json=body, headers=headers)

    async def ring(self, body: Mapping[str, Any]) -> httpx.Response:
        """POST /v1/calls."""
        return await self.http.post("/v1/calls", json=body, headers=self.headers(EXCHANGE))

    async def check(self, code: str, phone: str) -> httpx.Response:
        """POST /v1/status-checks."""
        body = {"receipt_code": code, "phone": phone}
        return await self.http.post("/v1/status-checks", json=body, headers=self.headers(APP))

    async def published(self, topic: Topic, at_least: int) -> list[Event[Any]]:
        """Everything in the topic, once there are so many records; every event once, in the order of its key."""
        seen: dict[str, Event[Any]] = {}
        consumer = AIOKafkaConsumer(bootstrap_servers=self.settings.kafka.servers, auto_offset_reset="earliest")
        await consumer.start()
        try:
            consumer.assign(
                [TopicPartition(self.settings.kafka.prefix + topic.name, each) for each in range(topic.partitions)]
            )
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
def keyring_settings(authority: Authority) -> KeyringSettings:
    values = authority.keyring("contact", "facts", "story", "index")
    return KeyringSettings(**{name.rpartition("__")[2].lower(): SecretStr(value) for name, value in values.items()})


@pytest.fixture
def settings(
    kafka: KafkaSettings, mongo: MongoSettings, keyring_settings: KeyringSettings, authority: Authority
) -> IntakeSettings:
    return IntakeSettings(
        kafka=kafka,
        mongo=mongo,
        keyring=keyring_settings,
        auth=AuthSettings(jwks_file=Path(authority.jwks_file)),
        http=HttpSettings(port=free_port()),
        guard=GuardSettings(per_code=3, per_phone=4, per_client=20),
    )


@asynccontextmanager
async def started(settings: IntakeSettings, authority: Authority) -> AsyncIterator[Intake]:
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
                intake = Intake(settings, authority, http)
                undo.push_async_callback(intake.store.close)
                yield intake
        finally:
            stop.set()
            await running


async def _is_ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
async def intake(settings: IntakeSettings, authority: Authority) -> AsyncIterator[Intake]:
    await create_topics(settings.kafka)
    async with started(settings, authority) as running:
        yield running
