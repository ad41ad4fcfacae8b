"""A whole intake, in this process: real HTTP, real store, real broker, names of each test's own."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from dev.stack.keys import APP, EXCHANGE, OPERATOR, Authority, Client
from dev.stack.process import free_port
from dev.stack.served import keyring_of, published, served
from intake.main import build
from intake.settings import GuardSettings, IntakeSettings
from intake.store import IntakeStore
from legalaid import ids
from legalaid.bus import create_topics
from legalaid.events import Event, Topic
from legalaid.sealed import Keyring
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
        return await published(self.settings.kafka, topic, at_least)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def keyring_settings(authority: Authority) -> KeyringSettings:
    return keyring_of(authority, "contact", "facts", "story", "index", "parties")


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
        guard=GuardSettings(window_seconds=2, per_code=3, per_phone=4),
    )


@asynccontextmanager
async def started(settings: IntakeSettings, authority: Authority) -> AsyncIterator[Intake]:
    """Start it, wait until it is ready, and stop it as SIGTERM would."""
    async with served(build, settings) as http:
        intake = Intake(settings, authority, http)
        try:
            yield intake
        finally:
            await intake.store.close()


@pytest.fixture
async def intake(settings: IntakeSettings, authority: Authority) -> AsyncIterator[Intake]:
    await create_topics(settings.kafka)
    async with started(settings, authority) as running:
        yield running
